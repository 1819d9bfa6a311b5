"""Why Kconfig refuses: which select, range or dependency stands in the way, and what would help."""

from __future__ import annotations

from typing import Any

from kconfiglib import (
    AND,
    EQUAL,
    HEX,
    INT,
    NOT,
    OR,
    STR_TO_TRI,
    STRING,
    TRISTATE,
    Choice,
    Symbol,
    expr_items,
    expr_str,
    expr_value,
    split_expr,
)

from ksweep.errors import Where

_BASES = {INT: 10, HEX: 16}


def place(item: Symbol | Choice) -> Where:
    """Where a symbol or choice is defined, its prompt first."""
    node = next((node for node in item.nodes if node.prompt), item.nodes[0])
    return Where(node.filename, node.linenr)


def active_range(symbol: Symbol) -> tuple[int, int] | None:
    """The bounds in force now, both included; None where there are none."""
    for low, high, condition in symbol.ranges:
        if expr_value(condition):
            return _number(symbol, low), _number(symbol, high)
    return None


def widest_range(symbol: Symbol) -> tuple[int, int] | None:
    """Bounds that hold all constant ranges and the one in force now; None where there is none."""
    bounds = [
        (_number(symbol, low), _number(symbol, high))
        for low, high, condition in symbol.ranges
        if expr_value(condition) or not (low.nodes or high.nodes)
    ]
    if not bounds:
        return None
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def never(symbol: Symbol, value: str) -> str | None:
    """What is allowed, where `value` is outside it in every configuration; else None.

    `value` is well-formed for the type.
    """
    if symbol.orig_type == TRISTATE and value == "m" and not symbol.kconfig.modules.nodes:
        return "y or n, as no MODULES symbol is defined"
    if symbol.orig_type not in _BASES or not symbol.ranges:
        return None
    number = int(value, _BASES[symbol.orig_type])
    allowed = []
    for low, high, condition, unconditional in _ranges(symbol):
        if low.nodes or high.nodes:  # bounded by other symbols
            return None
        if _number(symbol, low) <= number <= _number(symbol, high):
            return None
        allowed.append(f"{low.str_value} to {high.str_value}" + _when(condition, symbol))
        if unconditional:
            return ", ".join(allowed)
    return None


def _ranges(symbol: Symbol) -> list[tuple[Any, Any, Any, bool]]:
    """Each range with its own condition, and whether it holds wherever the symbol is defined."""
    single = len(symbol.nodes) == 1
    return [
        (
            low,
            high,
            condition,
            condition is symbol.kconfig.y and (single or node.dep is symbol.kconfig.y),
        )
        for node in symbol.nodes
        for low, high, condition in node.orig_ranges
    ]


def _when(condition: Any, symbol: Symbol) -> str:
    return "" if condition is symbol.kconfig.y else f" if {expr_str(condition)}"


def _number(symbol: Symbol, bound: Symbol) -> int:
    """A bound as kconfiglib reads it: what is no number is 0."""
    try:
        return int(bound.str_value, _BASES[symbol.orig_type])
    except ValueError:
        return 0


def refusal(symbol: Symbol, value: str) -> str:
    """Why a visible symbol does not have the value that was assigned."""
    if symbol.orig_type in _BASES:
        return _outside(symbol)
    if symbol.orig_type == STRING:
        return f'it resolves to "{symbol.str_value}"'
    if symbol.choice is not None:
        return f"its choice selects {_selected(symbol.choice)}"
    asked = STR_TO_TRI[value]
    if expr_value(symbol.rev_dep) > asked:
        return f"{_selectors(symbol.rev_dep, asked)} selects it"
    if asked == 1 and expr_value(symbol.weak_rev_dep) == 2:
        return f"{_selectors(symbol.weak_rev_dep, 1)} implies y, which leaves no m"
    if asked == 1:
        return "CONFIG_MODULES is n, which leaves no m"
    return f"its dependencies ({expr_str(_visible_if(symbol))}) limit it to {symbol.str_value}"


def _outside(symbol: Symbol) -> str:
    for low, high, condition in symbol.ranges:
        if expr_value(condition):
            bounds = f"{_bound(symbol, low)} to {_bound(symbol, high)}"
            return f"outside its range here, {bounds}"
    return f"it resolves to {symbol.str_value or 'nothing'}"


def _bound(symbol: Symbol, bound: Symbol) -> str:
    number = _number(symbol, bound)
    text = str(number) if symbol.orig_type == INT else hex(number)
    return f"{text} (CONFIG_{bound.name})" if bound.nodes else text


def _selectors(reverse: Any, above: int) -> str:
    """The symbols in a reverse dependency that raise the value above what was asked."""
    names = []
    for alternative in split_expr(reverse, OR):
        if expr_value(alternative) > above:
            first = split_expr(alternative, AND)[0]
            nested = isinstance(first, tuple)
            names.append(_selectors(first, above) if nested else f"CONFIG_{first.name}")
    return " and ".join(names)


def not_selected(member: Symbol) -> str:
    """Why a member of a visible choice is not y though it was asked for."""
    if member.choice.tri_value != 2:
        return "its choice is limited to m here"
    if not member.visibility:
        return f"not visible in its choice: {unmet(member)[0]}"
    return f"its choice selects {_selected(member.choice)}"


def _selected(choice: Choice) -> str:
    return f"CONFIG_{choice.selection.name}" if choice.selection else "no member"


def unmet(item: Symbol | Choice) -> tuple[str, str]:
    """What keeps an item from being visible now, and lines that would make it so."""
    missing, remedies = [], []
    for term in split_expr(_visible_if(item), AND):
        if expr_value(term):
            continue
        if isinstance(term, Choice):
            what, remedy = unmet(term)
            missing.append(what)
        else:
            missing.append(f"{expr_str(term)} is not met")
            remedy = _remedy(term)
        remedies.append(remedy)
    return " and ".join(missing) or "it is not visible", ", ".join(filter(None, remedies))


def _visible_if(item: Symbol | Choice) -> Any:
    """The condition of the first prompt, inherited dependencies included."""
    for node in item.nodes:
        if node.prompt:
            return node.prompt[1]
    return item.direct_dep


def _remedy(term: Any) -> str:
    """A line of a range file that would meet a term, where one line can."""
    if isinstance(term, Symbol):
        return _set_to(term, "y")
    if term[0] == NOT and isinstance(term[1], Symbol):
        return f"# CONFIG_{term[1].name} is not set"
    if term[0] == EQUAL and term[1].nodes:
        return _set_to(term[1], term[2].str_value)
    if term[0] == OR:
        return " or ".join(filter(None, (_remedy(part) for part in split_expr(term, OR))))
    return ""


def _set_to(symbol: Symbol, value: str) -> str:
    if not symbol.nodes:
        return f"define CONFIG_{symbol.name} in Kconfig"
    if not any(node.prompt for node in symbol.nodes):
        origins = sources(symbol)
        return f"CONFIG_{symbol.name} follows from " + (
            ", ".join(origins) or "its definition alone"
        )
    text = f'"{value}"' if symbol.orig_type == STRING else value
    return f"CONFIG_{symbol.name}={text}"


def sources(symbol: Symbol) -> list[str]:
    """The symbols, as `CONFIG_X`, in the defaults, selects and dependencies of a symbol."""
    expressions = [symbol.direct_dep, symbol.rev_dep, symbol.weak_rev_dep]
    for value, condition in symbol.defaults:
        expressions += [value, condition]
    found = {
        item.name
        for expression in expressions
        for item in expr_items(expression)
        if isinstance(item, Symbol) and item.nodes and item is not symbol
    }
    return [f"CONFIG_{name}" for name in sorted(found)]

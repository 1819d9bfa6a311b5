"""Lines of a range file against a Kconfig tree: axes, fixed lines, and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ksweep import domain
from ksweep.errors import InputError, Mistakes, Where
from ksweep.kconfig import SymbolVariable, Tree
from ksweep.model import Assignment, Axis, AxisKind, Domain, SymbolType
from ksweep.rangefile import Line, RangeFile

_LONGEST = 128 * 1024 - 256  # what Linux allows, without a name


@dataclass(frozen=True)
class Bound:
    """What a range file says of one Kconfig tree, in file order."""

    axes: tuple[Axis, ...]
    fixed: tuple[Assignment, ...]


def bind(range_file: RangeFile, tree: Tree, mistakes: Mistakes) -> Bound:
    """Checks every line against the tree; those that are wrong are noted and left out."""
    axes: list[Axis] = []
    fixed: list[Assignment] = []
    for line in range_file.lines:
        with mistakes.gathered():
            bound = _BINDERS[line.kind](line, tree)
            (axes if isinstance(bound, Axis) else fixed).append(bound)  # type: ignore[arg-type]
    for error in (*_choices_swept_twice(axes, tree), *_unknown_names(range_file, tree)):
        mistakes.add(error)
    return Bound(tuple(axes), tuple(fixed))


def _choices_swept_twice(axes: Iterable[Axis], tree: Tree) -> Iterable[InputError]:
    first: dict[object, Axis] = {}
    for axis in axes:
        if axis.kind is AxisKind.CHOICE:
            earlier = first.setdefault(tree.symbol(axis.symbols[0], axis.where).choice, axis)
            if earlier is not axis:
                what = f"the choice of CONFIG_{axis.symbols[0]} is already swept at {earlier.where}"
                yield InputError(what, "name all of its members in one line", axis.where)


def _unknown_names(range_file: RangeFile, tree: Tree) -> Iterable[InputError]:
    for exclude in range_file.excludes:
        for name in sorted(exclude.expression.names):
            try:
                tree.symbol(name, exclude.where)
            except InputError as error:
                yield error


def _bind_single(line: Line, tree: Tree) -> Axis | Assignment:
    symbol = tree.symbol(line.symbols[0], line.where)
    pieces = line.rows[0]
    if not domain.is_axis(pieces, symbol.type):
        return Assignment(symbol.name, _one_value(symbol, pieces, line.where), line.where)
    _require_axis_symbol(symbol, line)
    values = domain.bind(pieces, symbol.type, line.where, symbol.name)
    _require_able(symbol, values.extremes(), line.where)
    if isinstance(values, domain.AnyValue):
        _require_countable(symbol, line.where)
    return Axis(line.kind, line.symbols, (values,), line.where, line.text)


def _bind_choice(line: Line, tree: Tree) -> Axis:
    members = [tree.symbol(name, line.where) for name in line.symbols]
    choices = {member.choice for member in members}
    if len(choices) > 1 or None in choices:
        stray = next((m for m in members if m.choice is not members[0].choice), members[0])
        other = members[0] if stray is not members[0] else members[-1]
        raise InputError(
            f"CONFIG_{stray.name} is not in one choice with CONFIG_{other.name}",
            f"name members of one Kconfig choice (CONFIG_{stray.name} is defined at {stray.where})",
            line.where,
        )
    if not tree.choice(members[0]).has_prompt:
        raise InputError(
            f"the choice of CONFIG_{members[0].name} has no prompt ({members[0].where})",
            "give it one, or sweep what its default follows from",
            line.where,
        )
    return Axis(line.kind, line.symbols, (domain.Choices(line.symbols),), line.where, line.text)


def _bind_linked(line: Line, tree: Tree) -> Axis:
    columns: list[Domain] = []
    for position, name in enumerate(line.symbols):
        symbol = tree.symbol(name, line.where)
        _require_axis_symbol(symbol, line)
        column = [_one_value(symbol, (row[position],), line.where) for row in line.rows]
        columns.append(domain.Choices(tuple(column)))
    rows = list(zip(*columns, strict=True))
    for row, count in Counter(rows).items():
        if count > 1:
            raise InputError(
                f"the row ({', '.join(row)}) is repeated", "remove one of the two", line.where
            )
    return Axis(line.kind, line.symbols, tuple(columns), line.where, line.text)


_BINDERS: dict[AxisKind, Callable[[Line, Tree], Axis | Assignment]] = {
    AxisKind.SINGLE: _bind_single,
    AxisKind.CHOICE: _bind_choice,
    AxisKind.LINKED: _bind_linked,
}


def _one_value(symbol: SymbolVariable, pieces: tuple[domain.Piece, ...], where: Where) -> str:
    values = domain.bind(pieces, symbol.type, where, symbol.name)
    value = next(iter(values))
    _require_able(symbol, [value], where)
    return value


def _require_axis_symbol(symbol: SymbolVariable, line: Line) -> None:
    if symbol.choice is not None:
        members = "|".join(f"CONFIG_{member.name}" for member in symbol.choice.syms)
        raise InputError(
            f"CONFIG_{symbol.name} is a member of a choice ({symbol.where}): one is y at a time",
            f"sweep the choice: {members}=y",
            line.where,
        )
    if not symbol.has_prompt:
        raise InputError(
            f"CONFIG_{symbol.name} has no prompt ({symbol.where}) and cannot be set",
            f"{_origins(symbol)}; sweep those, or give it a prompt",
            line.where,
        )


def _origins(symbol: SymbolVariable) -> str:
    names = symbol.follows_from()
    return (
        f"it follows from {', '.join(names)}" if names else "its definition alone gives its value"
    )


def _require_able(symbol: SymbolVariable, values: Iterable[str], where: Where) -> None:
    for value in values:
        if len(value) >= _LONGEST:
            what = f"CONFIG_{symbol.name} has a value of {len(value):,} characters"
            fix = f"programs can be given {_LONGEST:,}: keep it in a file and its path here"
            raise InputError(what, fix, where)
        allowed = symbol.allowed(value)
        if allowed is not None:
            raise InputError(
                f"CONFIG_{symbol.name} can never be {value} ({symbol.type} at {symbol.where})",
                f"it allows {allowed}",
                where,
            )


def _require_countable(symbol: SymbolVariable, where: Where) -> None:
    if symbol.type is SymbolType.STRING or symbol.count() is None:
        raise InputError(
            f"`*` lists values, and CONFIG_{symbol.name} is {_kind(symbol)} ({symbol.where})",
            "write the values, or give it a range in Kconfig",
            where,
        )


def _kind(symbol: SymbolVariable) -> str:
    if symbol.type is SymbolType.STRING:
        return "a string"
    return f"{'a' if symbol.type is SymbolType.HEX else 'an'} {symbol.type} without a range"

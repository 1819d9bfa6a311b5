"""The Kconfig language of today's trees, on the tokens of kconfiglib 14.1."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from glob import has_magic
from types import SimpleNamespace
from typing import Any

import kconfiglib
from kconfiglib import (
    AND,
    BOOL,
    EQUAL,
    NOT,
    OR,
    TRI_TO_STR,
    UNEQUAL,
    Choice,
    MenuNode,
    Symbol,
    split_expr,
)

_WORD = re.compile(
    r"\s*(?:(?:option\s+)?(?P<property>modules|transitional|output\s+yaml)\s*(?:#|$)"
    r"|(?P<defaults>configdefault)\s+[\w$])"
)
_OPTIONAL = {
    kconfiglib._T_SOURCE: kconfiglib._T_OSOURCE,
    kconfiglib._T_RSOURCE: kconfiglib._T_ORSOURCE,
}


class NewerLanguage(kconfiglib.Kconfig):  # type: ignore[misc]
    """kconfiglib's Kconfig with what trees have added to the language since.

    - `modules` and `transitional` as properties: Linux 5.13 and 6.18.
    - `depends on A if B`: Linux 7.0.
    - `configdefault` and `help` of a menu: Zephyr. `output yaml`: kdevops.
    - `source` of a pattern that fits no file: OpenWrt.
    - `X || !X` of a bool as y, so that it makes no loop: as C always had it.
    """

    modules: Symbol
    _reuse_tokens: bool

    def __init__(self, path: str, **options: Any) -> None:
        self._defaults_alone: dict[MenuNode, int] = {}
        self._transitional: list[Symbol] = []
        super().__init__(path, **options)

    def _tokenize(self, s: str) -> Sequence[Any]:
        match = _WORD.match(s)
        if match is None:
            tokens: Sequence[Any] = super()._tokenize(s)
            if tokens[0] in _OPTIONAL and isinstance(tokens[1], str) and has_magic(tokens[1]):
                return (_OPTIONAL[tokens[0]], *tokens[1:])
            return tokens
        if match["defaults"]:
            tokens = super()._tokenize(s.replace(match["defaults"], "config", 1))
        else:
            tokens = (match["property"].split()[0], None)
        self._line = s
        return tokens

    def _parse_props(self, node: MenuNode) -> None:
        if self._line.split(None, 1)[0] == "configdefault":
            self._defaults_alone[node] = 0
        dependencies = self.y
        while True:
            try:
                super()._parse_props(node)
            except AttributeError:  # of a menu or comment, which kconfiglib takes for a symbol
                self._parse_error("this belongs to a symbol")
            node.dep = dependencies = self._make_and(dependencies, node.dep)
            if not self._reuse_tokens or not self._is_property(node):
                return
            self._reuse_tokens = False

    def _is_property(self, node: MenuNode) -> bool:
        """The line that kconfiglib stopped at is a property that it does not know."""
        word = self._tokens[0]
        if word == "modules":
            if not isinstance(node.item, Symbol):
                self._parse_error("only a symbol can have `modules`")
            self.modules = node.item
        elif word == "transitional" and isinstance(node.item, Symbol):
            self._transitional.append(node.item)
        return isinstance(word, str)

    def load_config(self, *args: Any, **options: Any) -> Any:
        """As kconfiglib does; a transitional symbol has the value of the file, if any."""
        message = super().load_config(*args, **options)
        for symbol in self._transitional:
            value = TRI_TO_STR.get(symbol.user_value, symbol.user_value)
            symbol.defaults = [] if value is None else [(self._lookup_const_sym(value), self.y)]
            symbol._rec_invalidate()
        return message

    def _config_contents(self, header: str) -> str:
        text: str = super()._config_contents(header)
        for symbol in self._transitional:
            if symbol.config_string:
                text = text.replace(f"\n{symbol.config_string}", "\n", 1)
        return text

    def _parse_help(self, node: MenuNode) -> None:
        if not isinstance(node.item, Symbol | Choice):
            node = SimpleNamespace(help=None, item=SimpleNamespace(name_and_loc="a menu"))
        super()._parse_help(node)

    def _expect_expr_and_eol(self) -> Any:
        if self._tokens[0] is not kconfiglib._T_DEPENDS:
            return super()._expect_expr_and_eol()
        expression = self._parse_expr(True)
        if self._check_token(kconfiglib._T_IF):
            expression = (OR, expression, self._compared(EQUAL, self._parse_expr(False)))
        if self._tokens[self._tokens_i] is not None:
            self._trailing_tokens_error()
        return expression

    def _compared(self, relation: int, expression: Any) -> Any:
        """An expression that is n, or is not n, as C writes it: `!A` is n where A is not."""
        if isinstance(expression, Symbol):
            return (relation, expression, self.n)
        if expression[0] is NOT:
            return self._compared(UNEQUAL if relation is EQUAL else EQUAL, expression[1])
        if expression[0] not in (AND, OR):
            return (NOT, expression) if relation is EQUAL else expression
        all_of = (expression[0] is OR) is (relation is EQUAL)
        left, right = (self._compared(relation, part) for part in expression[1:])
        return (AND if all_of else OR, left, right)

    def _finalize_node(self, node: MenuNode, visible_if: Any) -> None:
        if node is not self.top_node:
            super()._finalize_node(node, visible_if)
            return
        for entry in _below(node):
            self._simplify(entry)
        super()._finalize_node(node, visible_if)
        for entry, place in reversed(self._defaults_alone.items()):
            symbol = entry.item
            symbol.defaults[place:place] = [
                (value, self._make_and(symbol.direct_dep, when)) for value, when in entry.defaults
            ]

    def _add_props_to_sym(self, node: MenuNode) -> None:
        if node in self._defaults_alone:
            self._defaults_alone[node] = len(node.item.defaults)
        else:
            super()._add_props_to_sym(node)

    def _simplify(self, node: MenuNode) -> None:
        node.dep = self._simplified(node.dep)
        if node.prompt:
            node.prompt = (node.prompt[0], self._simplified(node.prompt[1]))
        for properties in (node.defaults, node.selects, node.implies, node.ranges):
            properties[:] = [(*what, self._simplified(when)) for *what, when in properties]

    def _simplified(self, expression: Any) -> Any:
        """An expression in which what is y of bools whatever they are is y; else the same one."""
        if not isinstance(expression, tuple) or expression[0] not in (AND, OR):
            return expression
        parts = split_expr(expression, expression[0])
        if expression[0] is OR and _holds_anyway(parts):
            return self.y
        simplified = [self._simplified(part) for part in parts]
        if all(new is old for new, old in zip(simplified, parts, strict=True)):
            return expression
        return reduce(self._make_and if expression[0] is AND else self._make_or, simplified)


def _below(node: MenuNode) -> Iterator[MenuNode]:
    """The entries in a menu and its menus, before kconfiglib has finalized them."""
    entries = [node.list]
    while entries:
        entry = entries.pop()
        if entry is not None:
            yield entry
            entries += (entry.next, entry.list)


def _holds_anyway(alternatives: Sequence[Any]) -> bool:
    known = {_bool_is(alternative) for alternative in alternatives} - {None}
    return any((symbol, not value) in known for symbol, value in known)  # type: ignore[misc]


def _bool_is(expression: Any) -> tuple[Symbol, bool] | None:
    """The bool symbol and value that an expression holds for alone; None for any other."""
    value = True
    if isinstance(expression, tuple) and expression[0] is NOT:
        expression, value = expression[1], False
    if isinstance(expression, tuple) and expression[0] in (EQUAL, UNEQUAL):
        operator, expression, constant = expression
        if constant not in (constant.kconfig.y, constant.kconfig.n):
            return None
        value ^= (operator is EQUAL) is not (constant is constant.kconfig.y)
    if isinstance(expression, Symbol) and expression.orig_type == BOOL:
        return expression, value
    return None

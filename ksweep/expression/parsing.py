"""Text → expression, by recursive descent over tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from ksweep import number
from ksweep.errors import InputError, Where
from ksweep.expression.evaluating import (
    COMPARISONS,
    FUNCTIONS,
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Literal,
    Logical,
    Name,
    Negation,
    Node,
    Not,
    Quoted,
    names_of,
    shorten,
)

_DEEPEST = 40
"""How deep operands may nest: it keeps the parser and the evaluation off Python's own limit."""

_TOKEN = re.compile(
    r"""[ \t]*(?:
        (?P<number>(?:0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
            (?![A-Za-z0-9_.]))
      | (?P<measure>metric\.(?:[A-Za-z0-9_]+|"[^"\\]*(?:\\["\\][^"\\]*)*"))
      | (?P<name>[A-Za-z0-9_]+)
      | "(?P<text>[^"\\]*(?:\\["\\][^"\\]*)*)"
      | (?P<operator>&&|\|\||!=|<=|>=|[=<>!+\-*/(),])
      | (?P<end>$)
    )""",
    re.VERBOSE,
)
_WORDS = {"y": Decimal(1), "m": Decimal("0.5"), "n": Decimal(0)}
_MISTAKES = {
    "&": "`and` is written &&",
    "|": "`or` is written ||",
    '"': 'close the quote; in quotes only \\" and \\\\ are escapes',
    "'": 'put text in double quotes: "…"',
}
_QUOTE = '"'
_FORM = 'write A && B > 1 || C = "text", say'


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def parse(text: str, where: Where) -> Expression:
    """Parse an expression. Whether its names are symbols is for the caller to check.

    Raises:
        InputError: It is not an expression.
    """
    try:
        return Expression(text, where, _Parser(text).parse())
    except InputError as error:
        raise InputError(error.what, error.fix, where) from None


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            wrong = text[position:].lstrip(" \t")
            raise InputError(
                f"`{shorten(wrong)}` cannot be read in `{shorten(text)}`",
                _MISTAKES.get(wrong[0], _FORM),
            )
        kind = match.lastgroup
        assert kind is not None
        yield _Token(kind, match[kind], match.start(kind) + 1)
        if kind == "end":
            return
        position = match.end()


class _Parser:
    """One method for each precedence, from loosest to tightest."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def parse(self) -> Node:
        if self._token.kind == "end":
            raise InputError("the expression is empty", _FORM)
        root = self._or()
        if self._token.kind != "end":
            self._unexpected()
        return root

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _at(self, *operators: str) -> bool:
        return self._token.kind == "operator" and self._token.text in operators

    def _take(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1].text

    def _unexpected(self) -> NoReturn:
        token = self._token
        if token.kind == "end":
            raise InputError(f"`{shorten(self._text)}` breaks off", "complete it")
        raise InputError(
            f"`{shorten(token.text)}` is not expected in column {token.column} of "
            f"`{shorten(self._text)}`",
            _FORM,
        )

    def _expect(self, operator: str) -> None:
        if not self._at(operator):
            self._unexpected()
        self._take()

    def _or(self) -> Node:
        operands = [self._and()]
        while self._at("||"):
            self._take()
            operands.append(self._and())
        return _logical("||", operands)

    def _and(self) -> Node:
        operands = [self._comparison()]
        while self._at("&&"):
            self._take()
            operands.append(self._comparison())
        return _logical("&&", operands)

    def _comparison(self) -> Node:
        left = self._sum()
        if not self._at(*COMPARISONS):
            return left
        operator = self._take()
        if self._at("="):
            raise InputError(f"`{operator}=` is no comparison", f"write {operator}")
        right = self._sum()
        if self._at(*COMPARISONS):
            raise InputError("comparisons do not chain", "write A < B && B < C for A < B < C")
        return Comparison(left, operator, right, names_of((left, right)))

    def _sum(self) -> Node:
        return self._arithmetic(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._arithmetic(("*", "/"), self._unary)

    def _arithmetic(self, operators: tuple[str, str], operand: Callable[[], Node]) -> Node:
        first = operand()
        rest = []
        while self._at(*operators):
            rest.append((self._take(), operand()))
        if not rest:
            return first
        names = names_of([first, *(node for _, node in rest)])
        return Arithmetic(first, tuple(rest), names)

    def _unary(self) -> Node:
        if not self._at("!", "-"):
            return self._primary()
        with self._nested():
            operator = self._take()
            operand = self._unary()
        return Not(operand) if operator == "!" else Negation(operand)

    def _primary(self) -> Node:
        if self._at("("):
            with self._nested():
                self._take()
                inside = self._or()
                self._expect(")")
            return inside
        kind = self._token.kind
        if kind == "number":
            return Literal(_number(self._take()))
        if kind == "text":
            return Quoted(_unescaped(self._take()))
        if kind == "measure":
            return Name(_measure(self._take()))
        if kind != "name":
            self._unexpected()
        return self._named(self._take())

    def _named(self, name: str) -> Node:
        if self._at("("):
            return self._call(name)
        if name in _WORDS:
            return Literal(_WORDS[name])
        if name.startswith("CONFIG_"):
            raise InputError(
                f"`{shorten(name)}` has its CONFIG_", f"write {name[7:] or 'a symbol'}"
            )
        return Name(name)

    def _call(self, function: str) -> Node:
        if function not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise InputError(f"there is no function `{shorten(function)}`", f"there are {known}")
        with self._nested():
            self._take()
            arguments = [self._or()]
            while self._at(","):
                self._take()
                arguments.append(self._or())
            self._expect(")")
        if function == "ceil" and len(arguments) != 1:
            raise InputError("ceil takes one number", "write ceil(A / 8), say")
        return Call(function, tuple(arguments), names_of(arguments))

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InputError(
                f"`{shorten(self._text)}` is nested more than {_DEEPEST} deep", "simplify it"
            )
        yield
        self._depth -= 1


def _logical(operator: str, operands: list[Node]) -> Node:
    if len(operands) == 1:
        return operands[0]
    return Logical(operator, tuple(operands), names_of(operands))


def _number(text: str) -> Decimal:
    value = number.parse_hex(text) if text[:2] in ("0x", "0X") else number.parse(text)
    if value is None:
        raise InputError(
            f"the number `{shorten(text)}` is too long",
            f"write at most {number.MAX_DIGITS} digits, and an exponent of at most that",
        )
    return value


def _measure(text: str) -> str:
    """`metric.NAME`, also of `metric."val/loss"`."""
    prefix, _, name = text.partition(".")
    return f"{prefix}." + (_unescaped(name[1:-1]) if name.startswith(_QUOTE) else name)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)

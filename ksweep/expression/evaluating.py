"""Expressions as trees of frozen nodes, and their values.

A symbol that is absent from the environment is inactive: a comparison with one anywhere in it is
false, elsewhere it counts as 0.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Protocol, TypeAlias, TypeVar

from ksweep import number
from ksweep.errors import InputError, Where

Value: TypeAlias = Decimal | str
Environment: TypeAlias = Mapping[str, Value]
Operation: TypeAlias = Callable[[Decimal, Decimal], Decimal]
T = TypeVar("T")

_CONTEXT = Context(
    prec=200,
    Emax=10 * number.MAX_DIGITS,
    Emin=-10 * number.MAX_DIGITS,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)
"""Sums and products of usual numbers are exact in it; a quotient gets 200 digits."""
_ZERO, _ONE = Decimal(0), Decimal(1)
_SHOWN_AT_MOST = 100


class UnevaluableError(Exception):
    """An expression has no value in an environment, and how to write it instead."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class Node(Protocol):
    """A part of an expression; `names` are the symbols in it."""

    @property
    def names(self) -> frozenset[str]: ...

    def value(self, env: Environment) -> Value: ...


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; `text` is as it was written."""

    text: str
    where: Where
    root: Node = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The symbols in it."""
        return self.root.names

    def value(self, env: Environment) -> Value:
        """Its value where `env` has the active symbols and theirs.

        Bools are 1 and 0 there, a tristate's m is 0.5; text that is a number counts as one.

        Raises:
            InputError: It divides by zero, or calculates with text or orders it.
        """
        return self._located(self.root.value, env)

    def holds(self, env: Environment) -> bool:
        """Whether its value is a number other than 0; `env` is that of `value`.

        Raises:
            InputError: As `value`, or the value is text.
        """
        return self._located(lambda env: _is_true(self.root, env), env)

    def _located(self, evaluate: Callable[[Environment], T], env: Environment) -> T:
        try:
            return evaluate(env)
        except UnevaluableError as error:
            what = f"{error.what} in `{shorten(self.text)}`"
            raise InputError(what, error.fix, self.where) from None


def shorten(text: str) -> str:
    """The text as a message shows it: its beginning where it is long."""
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}…"


def names_of(nodes: Iterable[Node]) -> frozenset[str]:
    """The symbols in any of the nodes."""
    return frozenset().union(*(node.names for node in nodes))


@dataclass(frozen=True, slots=True)
class Literal:
    """A number."""

    literal: Decimal
    names: frozenset[str] = frozenset()

    def value(self, env: Environment) -> Value:
        return self.literal


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text in quotes: letters where it is compared with letters, else the number that it is."""

    text: str
    names: frozenset[str] = frozenset()

    def value(self, env: Environment) -> Value:
        return as_value(self.text)


@dataclass(frozen=True, slots=True)
class Name:
    """A symbol."""

    symbol: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.symbol,))

    def value(self, env: Environment) -> Value:
        return as_value(env.get(self.symbol, _ZERO))


@dataclass(frozen=True, slots=True)
class Negation:
    """`-` of one operand."""

    operand: Node

    @property
    def names(self) -> frozenset[str]:
        return self.operand.names

    def value(self, env: Environment) -> Value:
        return _number(self.operand, env).copy_negate()


@dataclass(frozen=True, slots=True)
class Not:
    """`!`."""

    operand: Node

    @property
    def names(self) -> frozenset[str]:
        return self.operand.names

    def value(self, env: Environment) -> Value:
        return _ZERO if _is_true(self.operand, env) else _ONE


@dataclass(frozen=True, slots=True)
class Logical:
    """Operands between `&&` or `||`, tried until one decides."""

    operator: str
    operands: tuple[Node, ...]
    names: frozenset[str]

    def value(self, env: Environment) -> Value:
        truths = (_is_true(operand, env) for operand in self.operands)
        return _ONE if (all if self.operator == "&&" else any)(truths) else _ZERO


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and what stands between them."""

    left: Node
    operator: str
    right: Node
    names: frozenset[str]

    def value(self, env: Environment) -> Value:
        if not all(name in env for name in self.names):
            return _ZERO
        if self.operator in ("=", "!="):
            left, right = self._likened(env)
        else:
            left, right = _ordered(self.left, env), _ordered(self.right, env)
        return _ONE if COMPARISONS[self.operator](left, right) else _ZERO

    def _likened(self, env: Environment) -> tuple[Value, Value]:
        """Both sides: letters where one is in quotes and the other has letters, else numbers."""
        sides = (self.left, self.right)
        if any(isinstance(side, Quoted) for side in sides):
            left, right = (_letters(side, env) for side in sides)
            if left is not None and right is not None:
                return left, right
        return self.left.value(env), self.right.value(env)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A first operand, then others behind `+ -` or behind `* /`, from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    names: frozenset[str]

    def value(self, env: Environment) -> Value:
        result = _number(self.first, env)
        for sign, operand in self.rest:
            result = _calculate(_ARITHMETIC[sign], result, _number(operand, env))
        return result


_ARITHMETIC: dict[str, Operation] = {
    "+": _CONTEXT.add,
    "-": _CONTEXT.subtract,
    "*": _CONTEXT.multiply,
    "/": _CONTEXT.divide,
}


@dataclass(frozen=True, slots=True)
class Call:
    """`min`, `max` or `ceil` of its arguments."""

    function: str
    arguments: tuple[Node, ...]
    names: frozenset[str]

    def value(self, env: Environment) -> Value:
        return FUNCTIONS[self.function]([_number(argument, env) for argument in self.arguments])


FUNCTIONS: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "min": min,
    "max": max,
    "ceil": lambda values: values[0].to_integral_value(ROUND_CEILING),
}


def as_value(value: Value) -> Value:
    """Text that is a number becomes one."""
    parsed = number.parse(value) if isinstance(value, str) else value
    return value if parsed is None else parsed


def _letters(node: Node, env: Environment) -> str | None:
    """What a text, or a symbol that has one, is letter by letter."""
    if isinstance(node, Quoted):
        return node.text
    value = env.get(node.symbol) if isinstance(node, Name) else None
    return value if isinstance(value, str) else None


def _ordered(node: Node, env: Environment) -> Decimal:
    return _require_number(node.value(env), "ordered")


def _calculate(operation: Operation, left: Decimal, right: Decimal) -> Decimal:
    try:
        return operation(left, right)
    except (DivisionByZero, InvalidOperation):  # the latter is 0/0
        raise UnevaluableError("there is a division by zero", "test the divisor before") from None
    except Overflow:
        raise UnevaluableError("a result is too large", "use smaller numbers") from None


def _number(node: Node, env: Environment) -> Decimal:
    return _require_number(node.value(env), "calculated with")


def _is_true(node: Node, env: Environment) -> bool:
    return _require_number(node.value(env), "true or false") != 0


def _require_number(value: Value, use: str) -> Decimal:
    if isinstance(value, str):
        raise UnevaluableError(
            f'the text "{shorten(value)}" cannot be {use}', "compare text with `=` or `!=`"
        )
    return value

"""Exact arithmetic and geometric ranges: lazy, so that a long one costs what a short one does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from ksweep import number
from ksweep.number import EXACT, Style

_DERIVED_DIGITS = 8 * number.MAX_DIGITS  # more than exact arithmetic on a file's numbers gives


@dataclass(frozen=True, slots=True)
class Linear:
    """The numbers `start + i * step` for `i` below `size`; the step is not 0."""

    start: Decimal
    step: Decimal
    size: int

    @classmethod
    def between(cls, start: Decimal, step: Decimal, end: Decimal) -> Linear:
        """All numbers up to the end, which the step must not walk away from."""
        steps = int(EXACT.divide_int(EXACT.subtract(end, start), step))
        return cls(start, step, steps + 1)

    def at(self, index: int) -> Decimal:
        """The number at an index."""
        return EXACT.fma(self.step, Decimal(index), self.start)

    def find(self, value: Decimal) -> int | None:
        """The index of a number, None where it is not in the range."""
        steps, rest = EXACT.divmod(EXACT.subtract(value, self.start), self.step)
        return int(steps) if not rest and 0 <= steps < self.size else None


@dataclass(frozen=True, slots=True)
class Geometric:
    """The numbers `start * factor ** i` for `i` below `size`; the factor is above 0 and not 1."""

    start: Decimal
    factor: Decimal
    size: int

    @classmethod
    def between(cls, start: Decimal, factor: Decimal, end: Decimal) -> Geometric | None:
        """All numbers up to the end; None where exact ones would get longer than a number may be.

        Start and end have the same sign, and the factor leads from one to the other.
        """
        endless = cls(start, factor, 0)
        limit = _longest_power(factor)
        if not _passes(endless.at(limit + 1), factor, end):
            return None
        low, high = 0, limit + 1  # low is within the end, high is past it
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (low, middle) if _passes(endless.at(middle), factor, end) else (middle, high)
            )
        return cls(start, factor, high)

    def at(self, index: int) -> Decimal:
        """The number at an index."""
        digits, exponent = _integer_and_exponent(self.factor)
        power = Decimal(digits**index).scaleb(exponent * index, EXACT)
        return EXACT.multiply(self.start, power)

    def find(self, value: Decimal) -> int | None:
        """The index of a number, None where it is not in the range."""
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if self.at(middle) == value:
                return middle
            if _passes(self.at(middle), self.factor, value):
                high = middle
            else:
                low = middle + 1
        return None


Progression: TypeAlias = Linear | Geometric


def _integer_and_exponent(value: Decimal) -> tuple[int, int]:
    """The value as the shortest integer times a power of ten."""
    shortest = EXACT.normalize(value)
    exponent = -number.decimals_of(shortest) or int(shortest.as_tuple().exponent)
    return int(shortest.scaleb(-exponent, EXACT)), exponent


def _longest_power(factor: Decimal) -> int:
    """The highest power of the factor that has no more digits than a number may have.

    A binary logarithm is good enough here: it decides when to give up, never a value.
    """
    digits, _ = _integer_and_exponent(factor)
    if digits == 1:
        return 4 * number.MAX_DIGITS  # a power of ten: from the smallest number to the largest
    return int(number.MAX_DIGITS / math.log10(digits))


def _passes(value: Decimal, factor: Decimal, end: Decimal) -> bool:
    """Whether a geometric range that reaches the value has left the end behind."""
    return abs(value) > abs(end) if factor > 1 else abs(value) < abs(end)


@dataclass(frozen=True, slots=True)
class Range:
    """A progression with its spelling: the numbers of the file keep theirs, others get the style.

    `first` and `last` are the spelled ends; `text` is the range as the file has it.
    """

    progression: Linear | Geometric
    style: Style
    first: str
    last: str
    text: str

    @property
    def size(self) -> int:
        """How many values there are."""
        return self.progression.size

    def at(self, index: int) -> str:
        """The value at an index."""
        if index == 0:
            return self.first
        if index == self.size - 1:
            return self.last
        return number.spell(self.progression.at(index), self.style)

    def __iter__(self) -> Iterator[str]:
        index = 0
        while index < self.size:  # `range` overflows its length above 2**63
            yield self.at(index)
            index += 1

    def index(self, value: str) -> int:
        """The index of a spelled value.

        Raises:
            ValueError: It is not one of the values.
        """
        is_hex = self.style.notation is number.Notation.HEX
        wanted = number.parse_hex(value) if is_hex else number.parse(value, _DERIVED_DIGITS)
        index = None if wanted is None else self.progression.find(wanted)
        if index is None or self.at(index) != value:
            raise ValueError(f"`{value}` is not in `{self.text}`")
        return index

    def extremes(self) -> Iterator[str]:
        """The first and the last value."""
        yield self.first
        if self.size > 1:
            yield self.last

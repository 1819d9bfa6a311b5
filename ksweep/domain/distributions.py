"""Continuous ranges, and whole numbers drawn like from one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from ksweep import number
from ksweep.domain.values import Unlisted
from ksweep.model import SymbolType

_SIGNIFICANT_DIGITS = 6


class DistributionKind(StrEnum):
    """The scale on which values are drawn evenly."""

    UNIFORM = "uniform"
    LOGUNIFORM = "loguniform"


@dataclass(frozen=True, slots=True)
class Distribution(Unlisted):
    """A continuous range, or the whole numbers within it; both ends are included."""

    kind: DistributionKind
    low: Decimal
    high: Decimal
    type: SymbolType

    @property
    def integer(self) -> bool:
        """Whether only whole numbers are drawn."""
        return self.type is not SymbolType.STRING

    @property
    def text(self) -> str:
        """The distribution as a range file has it."""
        hexadecimal = self.type is SymbolType.HEX
        low, high = (f"{int(e):#x}" if hexadecimal else str(e) for e in (self.low, self.high))
        return f"{self.kind}({low}, {high})"

    @property
    def count(self) -> int | None:
        """How many different values can be drawn; None where they are continuous."""
        if not self.integer:
            return 1 if self.low == self.high else None
        first, last = self._whole_ends()
        return last - first + 1

    def extremes(self) -> Iterator[str]:
        """The lowest and the highest value."""
        if not self.integer:
            return iter((self._spell(self.low), self._spell(self.high)))
        return (self._spell(Decimal(end)) for end in self._whole_ends())

    def at(self, index: int) -> str:
        """The value at an index below `count`, in rising order."""
        return self._spell(self.low if not self.integer else Decimal(self._whole_ends()[0] + index))

    def quantile(self, share: float) -> str:
        """The value below which a share, from 0 to below 1, of what is drawn lies."""
        if self.integer:
            first, last = self._whole_ends()
            if self.kind is DistributionKind.UNIFORM:
                return self.at(min(int(share * (last - first + 1)), last - first))
            # Each whole number stands for what is rounded to it.
            return self.spell(_between_logarithms(first - 0.5, last + 0.5, share))
        low, high = float(self.low), float(self.high)
        if self.kind is DistributionKind.UNIFORM:
            return self.spell(low + share * (high - low))
        return self.spell(_between_logarithms(low, high, share))

    def spell(self, value: float) -> str:
        """A value as a configuration has it: six significant digits, and within the ends."""
        if self.integer:
            first, last = self._whole_ends()
            return self._spell(Decimal(min(max(round(value), first), last)))
        text = f"{value:.{_SIGNIFICANT_DIGITS}g}"
        if Decimal(text) < self.low:
            return str(self.low)
        return str(self.high) if Decimal(text) > self.high else text

    def within(self, low: int, high: int) -> Distribution | None:
        """What is left of it between two whole numbers, both included; None where nothing is."""
        left = replace(self, low=max(self.low, Decimal(low)), high=min(self.high, Decimal(high)))
        return left if math.ceil(left.low) <= math.floor(left.high) else None

    def value(self, text: str) -> float | None:
        """The number that a text stands for; None where it is none, or outside the ends."""
        parse = number.parse_hex if self.type is SymbolType.HEX else number.parse
        found = parse(text)
        return float(found) if found is not None and self.low <= found <= self.high else None

    def _whole_ends(self) -> tuple[int, int]:
        return math.ceil(self.low), math.floor(self.high)

    def _spell(self, value: Decimal) -> str:
        if self.type is SymbolType.HEX:
            return f"{int(value):#x}"
        return str(int(value)) if self.integer else str(value)


def _between_logarithms(low: float, high: float, share: float) -> float:
    return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))

"""The axes of a sweep as they were written, and what a configuration has of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from ksweep import number
from ksweep.domain import Choices, Distribution, Piece, Pieces, Range, bind, quote
from ksweep.errors import InputError
from ksweep.model import Axis, AxisKind, Domain, Result, SymbolType

LONGEST = 10_000
"""Longer lists of numbers, beside a range by itself, are not looked at value by value."""

_NUMBERS = frozenset({SymbolType.INT, SymbolType.HEX, SymbolType.STRING})


@dataclass(frozen=True, slots=True)
class Dimension:
    """An axis with what Kconfig says of its symbols.

    Attributes:
        types: of the symbols.
        limits: of each int or hex the widest constant range that Kconfig has for it, both ends
            included; None where it has none.
    """

    axis: Axis
    types: tuple[SymbolType, ...]
    limits: tuple[tuple[int, int] | None, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The `CONFIG_` names."""
        return tuple(f"CONFIG_{symbol}" for symbol in self.axis.symbols)

    @property
    def domain(self) -> Domain:
        """The values of its first symbol; of a choice the names of its members."""
        return self.axis.domains[0]

    @property
    def type(self) -> SymbolType:
        """The type of its first symbol."""
        return self.types[0]

    @property
    def single(self) -> bool:
        """Whether it is one symbol over its values."""
        return self.axis.kind is AxisKind.SINGLE

    @property
    def numeric_names(self) -> tuple[str, ...]:
        """Those of its names whose values are numbers and no texts that look like some."""
        pairs = zip(self.names, self.types, strict=True)
        calculated = self.single and _is_calculated(self.domain)
        return tuple(
            name for name, type in pairs if type in (SymbolType.INT, SymbolType.HEX) or calculated
        )

    def value(self, result: Result) -> str | tuple[str | None, ...] | None:
        """What a configuration has of it; None where it is inactive.

        Of a choice it is the member that is y, without `CONFIG_`; of a linked axis one text a
        symbol, None for those that are inactive.
        """
        if self.axis.kind is AxisKind.SINGLE:
            return result.params.get(f"CONFIG_{self.axis.symbols[0]}")
        if self.axis.kind is AxisKind.CHOICE:
            chosen = (name for name in self.axis.symbols if _is_y(result, name))
            return next(chosen, None)
        row = tuple(result.params.get(name) for name in self.names)
        return row if any(text is not None for text in row) else None

    def number(self, text: str) -> Decimal | None:
        """The number that a text of its first symbol stands for; None where it is none."""
        if not self.single or self.type not in _NUMBERS:
            return None
        parse = number.parse_hex if self.type is SymbolType.HEX else number.parse
        return parse(text)

    def numbers(self) -> dict[Decimal, str] | None:
        """Its listed values by number, the lowest first; None where they are no such list.

        Equal numbers that are spelled in two ways are no such list either.
        """
        size = self.domain.size
        if not self.single or size is None or size > LONGEST:
            return None
        found = {self.number(text): text for text in self.domain}
        if None in found or len(found) < size:
            return None
        return dict(sorted((value, text) for value, text in found.items() if value is not None))

    def ends(self) -> tuple[Decimal, Decimal] | None:
        """The lowest and the highest number that it can have; None where they are not known."""
        domain = self.domain
        if isinstance(domain, Distribution):
            return domain.low, domain.high
        if isinstance(domain, Range):
            values = [self.number(text) for text in domain.extremes()]
            known = [value for value in values if value is not None]
            return min(known), max(known)
        listed = self.numbers()
        if listed:
            return min(listed), max(listed)
        limits = self.limits[0] if self.single and domain.size is None else None
        return (Decimal(limits[0]), Decimal(limits[1])) if limits else None

    @property
    def by_factors(self) -> bool:
        """Whether its line says so: a geometric range, or `loguniform`."""
        return self.geometric and isinstance(self.domain, Distribution | Range)

    @property
    def geometric(self) -> bool:
        """Whether its numbers are a matter of factors.

        A geometric range and `loguniform` are; a list is where all its values are above 0, or
        all below, and they are not equally far apart, as two always are.
        """
        domain = self.domain
        if isinstance(domain, Distribution):
            return domain.kind.value == "loguniform"
        if isinstance(domain, Range):
            return ":*" in domain.text
        values = list(self.numbers() or ()) if isinstance(domain, Choices | Pieces) else []
        if len(values) < 2 or values[0] <= 0 <= values[-1]:
            return False
        steps = {number.EXACT.subtract(b, a) for a, b in pairwise(values)}
        return len(steps) > 1

    def spell(self, value: Decimal, like: str) -> str:
        """A number as its first symbol has it, spelled like another of its values.

        It has no more decimals than it needs, but one as a range would, where no factors matter.
        """
        if self.type is SymbolType.STRING:
            style = number.style_of(like)
            decimals = 0 if self.geometric else min(1, style.decimals)
            return number.spell(value, replace(style, decimals=decimals))
        return f"{int(value):#x}" if self.type is SymbolType.HEX else str(int(value))

    def read(self, right: str) -> Domain | None:
        """What a right-hand side of one piece would stand for; None where it may not."""
        try:
            return bind([Piece(right, quoted=False)], self.type, self.axis.where, "X")
        except InputError:
            return None

    def listing(self, right: str) -> tuple[str, ...] | None:
        """The values of it; None where it may not, or has none that can be listed."""
        domain = self.read(right)
        size = None if domain is None else domain.size
        return tuple(domain) if domain is not None and size and size <= LONGEST else None


def _is_calculated(domain: Domain) -> bool:
    if isinstance(domain, Pieces):
        return any(map(_is_calculated, domain.parts))
    return isinstance(domain, Range | Distribution)


def _is_y(result: Result, symbol: str) -> bool:
    return result.params.get(f"CONFIG_{symbol}") == "y"


def written(text: str, type: SymbolType) -> str:
    """A value as the right-hand side of a range line has it: in quotes where it needs them."""
    bare = text and all(c.isascii() and (c.isalnum() or c in "_.+-/") for c in text)
    return text if bare or type is not SymbolType.STRING else quote(text)

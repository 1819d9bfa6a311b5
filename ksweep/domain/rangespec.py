"""`start:step:end` as text → an exact range, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ksweep import number
from ksweep.domain.ranges import Geometric, Linear, Progression, Range
from ksweep.domain.values import Piece
from ksweep.errors import InputError
from ksweep.model import SymbolType
from ksweep.number import EXACT, Notation, Style


def parse_number(text: str, type: SymbolType) -> Decimal | None:
    """A number as a symbol of the type reads it: base 16 on a hex, decimal elsewhere."""
    return number.parse_hex(text) if type is SymbolType.HEX else number.parse(text)


@dataclass(frozen=True, slots=True)
class RangeSpec:
    """The three numbers of a range, as written and as values."""

    text: str
    type: SymbolType
    written: tuple[str, str, str]
    start: Decimal
    step: Decimal
    end: Decimal

    @classmethod
    def of(cls, piece: Piece, type: SymbolType) -> RangeSpec | None:
        """The range that a piece is; None where it is not three numbers."""
        parts = piece.text.split(":", 3)
        if piece.quoted or len(parts) != 3:
            return None
        first, second, third = parts[0], parts[1].removeprefix("*"), parts[2]
        start, step, end = (parse_number(part, type) for part in (first, second, third))
        if start is None or step is None or end is None:
            return None
        return cls(piece.text, type, (first, second, third), start, step, end)

    def build(self) -> Range:
        """The range.

        Raises:
            InputError: It has no values, no end, or values that are not of the type.
        """
        if self.type not in (SymbolType.INT, SymbolType.HEX, SymbolType.STRING):
            raise InputError(f"`{self.text}` is a range, and a {self.type} has none", "write y|n")
        progression = self._geometric() if ":*" in self.text else self._linear()
        last = progression.at(progression.size - 1)
        self._require_type(progression, last)
        style = self._style(progression)
        first = self._canonical(self.written[0])
        on_end = last == self.end and progression.size > 1
        end = self._canonical(self.written[2]) if on_end else number.spell(last, style)
        return Range(progression, style, first, first if progression.size == 1 else end, self.text)

    def _linear(self) -> Linear:
        start, step, end = self.written
        if not self.step:
            raise InputError(
                f"`{self.text}` has a step of 0", f"write a step such as `{start}:1:{end}`"
            )
        if (self.end - self.start) * self.step < 0:
            turned = step[1:] if step.startswith("-") else f"-{step.removeprefix('+')}"
            raise InputError(
                f"the step of `{self.text}` leads away from its end",
                f"write `{start}:{turned}:{end}`",
            )
        return Linear.between(self.start, self.step, self.end)

    def _geometric(self) -> Geometric:
        start, factor, end = self.written
        if not self.start:
            raise InputError(
                f"`{self.text}` starts at 0, which no factor changes",
                f"start above 0 and write the 0 beside it: `0|1:*{factor}:{end}`",
            )
        if self.step <= 0 or self.step == 1:
            raise InputError(
                f"`{self.text}` has the factor {factor}; it must be above 0 and not 1",
                f"write a factor such as `{start}:*2:{end}`",
            )
        self._require_way()
        progression = Geometric.between(self.start, self.step, self.end)
        if progression is None:
            raise InputError(
                f"`{self.text}` has exact values of more than {number.MAX_DIGITS} digits",
                "use a factor further from 1 or with fewer digits, or write the values",
            )
        return progression

    def _require_way(self) -> None:
        """Require that the factor leads from the start to the end."""
        start, factor, end = self.written
        if not self.end or (self.start < 0) != (self.end < 0):
            raise InputError(
                f"`{self.text}` never reaches its end, as a factor keeps the sign and is never 0",
                "end it at a number with the sign of its start, nearer to 0 or further from it",
            )
        if abs(self.end).compare(abs(self.start)) == (-1 if self.step > 1 else 1):
            raise InputError(
                f"the factor of `{self.text}` leads away from its end",
                f"swap the ends: `{end}:*{factor}:{start}`",
            )

    def _require_type(self, progression: Progression, last: Decimal) -> None:
        """Require whole numbers of an int or hex, and none below 0 of a hex."""
        if self.type is SymbolType.STRING:
            return
        if self.type is SymbolType.INT and not all(
            number.is_valid(text, SymbolType.INT) for text in (self.written[0], self.written[2])
        ):
            self._raise_not_whole("starts or ends at a number that is not written as a whole one")
        # The last value has every factor of the step's denominator, so it stands for all.
        if not _is_whole(last) or (isinstance(progression, Linear) and not _is_whole(self.step)):
            self._raise_not_whole("has values that are not whole numbers")
        if self.type is SymbolType.HEX and min(self.start, last) < 0:
            raise InputError(
                f"`{self.text}` has values below 0, and a hex has none", "end it at 0x0 or above"
            )

    def _raise_not_whole(self, what: str) -> None:
        raise InputError(f"`{self.text}` {what}, and the symbol is an int", "write `1:1:5`, say")

    def _style(self, progression: Progression) -> Style:
        """How derived values are written."""
        if self.type is not SymbolType.STRING:
            return Style(Notation.HEX if self.type is SymbolType.HEX else Notation.PLAIN)
        start, step = (number.style_of(text).notation for text in self.written[:2])
        notation = start if isinstance(progression, Geometric) else max(start, step)
        return Style(notation, decimals=int("." in self.text))

    def _canonical(self, text: str) -> str:
        return number.canonical(text, self.type)


def _is_whole(value: Decimal) -> bool:
    return EXACT.to_integral_value(value) == value

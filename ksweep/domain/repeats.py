"""Finding a value that stands twice on a right-hand side, without listing its ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ksweep import number
from ksweep.domain.ranges import Linear, Progression, Range
from ksweep.domain.rangespec import parse_number
from ksweep.model import SymbolType

_PRIME = 10**18 + 9  # modulo which the powers of small factors are all different


def find_repeat(parts: Sequence[str | Range], type: SymbolType) -> str | None:
    """A value that stands twice, else None.

    Written-out values repeat where they are the same text (the same number on an int or hex:
    `1|1.0` are two strings); a range repeats every number that it contains.
    """
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, str):
            identity = number.identity_value(part, type)
            if identity in seen:
                return part
            seen.add(identity)
    if len(seen) == len(parts):
        return None
    return _meeting([span for part in parts for span in _spans(part, type)])


@dataclass(frozen=True, slots=True)
class _Span:
    """Numbers between two bounds: those of a range, or a single written-out one."""

    low: Decimal
    high: Decimal
    numbers: Progression
    text: str
    residues: frozenset[int] | None  # see `_residues`


def _spans(part: str | Range, type: SymbolType) -> Iterator[_Span]:
    if isinstance(part, Range):
        ends = (part.progression.at(0), part.progression.at(part.size - 1))
        yield _Span(min(ends), max(ends), part.progression, "", _residues(part.progression))
    elif (value := parse_number(part, type)) is not None:
        yield _Span(value, value, Linear(value, Decimal(1), 1), part, None)


def _surely_apart(one: _Span, other: _Span) -> bool:
    if one.residues is None or other.residues is None:
        return False
    return one.residues.isdisjoint(other.residues)


def _meeting(spans: Sequence[_Span]) -> str | None:
    """A number that two spans share, of which at least one is a range's.

    Spans are compared with those that they overlap only: many short ranges cost little.
    """
    open_spans: list[_Span] = []
    for span in sorted(spans, key=lambda span: span.low):
        open_spans = [other for other in open_spans if other.high >= span.low]
        for other in open_spans:
            if (span.text and other.text) or _surely_apart(span, other):
                continue
            shared = _shared(span.numbers, other.numbers)
            if shared is not None:
                return span.text or other.text or f"{shared.normalize():f}"
        open_spans.append(span)
    return None


def _shared(one: Progression, other: Progression) -> Decimal | None:
    if isinstance(one, Linear) and isinstance(other, Linear):
        return _shared_by_linear(one, other)
    short, long = sorted((one, other), key=lambda progression: progression.size)
    values = (short.at(index) for index in range(short.size))  # a geometric one is short
    return next((value for value in values if long.find(value) is not None), None)


def _residues(numbers: Progression) -> frozenset[int] | None:
    """The numbers modulo a prime: a quick look at what cannot be equal; None of a linear range."""
    if isinstance(numbers, Linear):
        return None
    start, factor = _residue(numbers.start), _residue(numbers.factor)
    found = [start]
    while len(found) < numbers.size:
        found.append(found[-1] * factor % _PRIME)
    return frozenset(found)


def _residue(value: Decimal) -> int:
    fraction = Fraction(value)
    return fraction.numerator * pow(fraction.denominator, -1, _PRIME) % _PRIME


def _shared_by_linear(one: Linear, other: Linear) -> Decimal | None:
    """The smallest common number of two arithmetic progressions (Chinese remainder theorem)."""
    decimals = max(
        number.decimals_of(value) for value in (one.start, one.step, other.start, other.step)
    )
    low, step, high = _ascending_integers(one, decimals)
    other_low, other_step, other_high = _ascending_integers(other, decimals)
    divisor = math.gcd(step, other_step)
    distance, rest = divmod(other_low - low, divisor)
    if rest:
        return None
    modulus = other_step // divisor
    common = low + step * (distance * pow(step // divisor, -1, modulus) % modulus)
    first, period = max(low, other_low), step * modulus
    common += -((common - first) // period) * period
    if common > min(high, other_high):
        return None
    return Decimal(common).scaleb(-decimals, number.EXACT)


def _ascending_integers(progression: Linear, decimals: int) -> tuple[int, int, int]:
    """Smallest number, step and largest number, in units of the last decimal."""
    start, step, end = (
        int(Fraction(value) * 10**decimals)
        for value in (progression.start, progression.step, progression.at(progression.size - 1))
    )
    return min(start, end), abs(step), max(start, end)

"""One more value beyond the edge of a numeric axis, and the range line that has it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, Inexact

from ksweep import number
from ksweep.analysis.dimensions import Dimension
from ksweep.domain import Distribution, DistributionKind, Range
from ksweep.model import SymbolType
from ksweep.number import EXACT, Notation, Style

_TENFOLD = Decimal(10)
_DIGITS = 6  # of a value that has no end


@dataclass(frozen=True, slots=True)
class Extension:
    """What lies beyond an edge.

    Attributes:
        value: the next number, spelled as the axis spells its numbers.
        right: the right-hand side that has all that the axis has, and this number.
    """

    value: str
    right: str


def at_limit(dimension: Dimension, edge: Decimal, upwards: bool) -> bool:
    """Whether Kconfig's range ends at this number."""
    limits = dimension.limits[0] if dimension.single else None
    return limits is not None and edge == limits[upwards]


def extension(dimension: Dimension, upwards: bool) -> Extension | None:
    """The axis with one more number at its upper or its lower end; None where there is none.

    An arithmetic range goes on by its step, a geometric one by its factor. A list goes on by its
    last difference, or its last ratio where it is geometric. `uniform` is widened by half its
    width, `loguniform` tenfold. No axis crosses 0 that does not have both signs: it ends halfway
    between its edge and 0, an int at 1, and what has 0 ends there. Nothing leaves the range that
    Kconfig allows.
    """
    ends = dimension.ends()
    if ends is None or ends[0] == ends[1]:
        return None
    if isinstance(dimension.domain, Distribution):
        return _widened(dimension, dimension.domain, upwards)
    if dimension.domain.size is None:
        return None  # `*`: Kconfig's own range ends here
    edge = ends[upwards]
    found = _next(dimension, edge, upwards)
    value = None if found is None else _allowed(dimension, edge, found, whole=True)
    if value is None:
        return None
    text = dimension.spell(value, _text(dimension, edge))
    return Extension(text, _line(dimension, edge, text))


def _text(dimension: Dimension, value: Decimal) -> str:
    """How the axis spells one of its numbers."""
    domain = dimension.domain
    texts = domain.extremes() if isinstance(domain, Range) else iter(domain)
    return next(text for text in texts if dimension.number(text) == value)


def _next(dimension: Dimension, edge: Decimal, upwards: bool) -> Decimal | None:
    """The next number; None where that has no sense."""
    domain = dimension.domain
    if isinstance(domain, Range):
        first, second = domain.progression.at(0), domain.progression.at(min(1, domain.size - 1))
        if domain.progression.at(0) != edge:
            second, first = (domain.progression.at(domain.size - place) for place in (1, 2))
            return _continued(first, second, dimension.geometric)
        return _continued(second, first, dimension.geometric)
    values = list(dimension.numbers() or ())
    inner = values[-2] if upwards else values[1]
    return _continued(inner, edge, dimension.geometric)


def _continued(inner: Decimal, edge: Decimal, geometric: bool) -> Decimal:
    """What follows on two numbers."""
    if not geometric:
        return EXACT.subtract(EXACT.add(edge, edge), inner)
    square = EXACT.multiply(edge, edge)
    try:
        return EXACT.divide(square, inner)
    except Inexact:
        return rounded(square, inner, _DIGITS)


def rounded(dividend: Decimal, divisor: Decimal, digits: int) -> Decimal:
    """A quotient with so many significant digits."""
    context = EXACT.copy()
    context.prec = digits
    context.traps[Inexact] = False
    return context.divide(dividend, divisor)


def _allowed(dimension: Dimension, edge: Decimal, value: Decimal, whole: bool) -> Decimal | None:
    """The number, or the nearest to it that the axis may have beyond its edge; None without one."""
    ends = dimension.ends()
    assert ends is not None
    one_sign = ends[0] >= 0 or ends[1] <= 0
    if value * edge <= 0 and one_sign:
        value = EXACT.multiply(edge, Decimal("0.5"))
    if dimension.type is not SymbolType.STRING and whole:
        value = value.to_integral_value()
    limits = dimension.limits[0]
    if limits is not None:
        value = min(max(value, Decimal(limits[0])), Decimal(limits[1]))
    negative_hex = dimension.type is SymbolType.HEX and value < 0
    beyond = value < ends[0] or value > ends[1]
    crosses = one_sign and value * edge <= 0
    return value if beyond and not crosses and not negative_hex else None


def _line(dimension: Dimension, edge: Decimal, text: str) -> str:
    """The right-hand side: the range that ends with the number, else the number beside the rest."""
    domain = dimension.domain
    listed = list(domain) if domain.size is not None and domain.size <= 1_000 else None
    first = dimension.number(next(iter(domain))) == edge
    if isinstance(domain, Range):
        start, step, end = domain.text.split(":")
        longer = f"{text}:{step}:{end}" if first else f"{start}:{step}:{text}"
        wanted = None if listed is None else ([text, *listed] if first else [*listed, text])
        if wanted is not None and dimension.listing(longer) == tuple(wanted):
            return longer
    right = dimension.axis.text
    return f"{text}|{right}" if first else f"{right}|{text}"


def _widened(dimension: Dimension, domain: Distribution, upwards: bool) -> Extension | None:
    ends, edge = (domain.low, domain.high), (domain.low, domain.high)[upwards]
    if domain.kind is DistributionKind.LOGUNIFORM:
        found = EXACT.multiply(edge, _TENFOLD if upwards else 1 / _TENFOLD)
    else:
        half = EXACT.multiply(EXACT.subtract(ends[1], ends[0]), Decimal("0.5"))
        found = EXACT.add(edge, half) if upwards else EXACT.subtract(edge, half)
    if not upwards and ends[0] >= 0:
        found = max(found, Decimal(0))
    if upwards and ends[1] <= 0:
        found = min(found, Decimal(0))
    value = _within(dimension, found, domain)
    if value is None or value == edge:
        return None
    text = spelled_end(dimension, value)
    other = spelled_end(dimension, ends[not upwards])
    low, high = (other, text) if upwards else (text, other)
    right = f"{domain.kind}({low}, {high})"
    return Extension(text, right) if dimension.read(right) is not None else None


def _within(dimension: Dimension, value: Decimal, domain: Distribution) -> Decimal | None:
    """The number as the distribution may have it as an end."""
    if domain.integer:
        value = value.to_integral_value()
        if domain.kind is DistributionKind.LOGUNIFORM:
            value = max(value, Decimal(1))
    limits = dimension.limits[0]
    if limits is not None:
        value = min(max(value, Decimal(limits[0])), Decimal(limits[1]))
    return value if domain.low > value or domain.high < value else None


def spelled_end(dimension: Dimension, end: Decimal) -> str:
    """The end of a distribution: as it was written, or spelled as its ends were."""
    text = dimension.axis.text
    for was in text[text.index("(") + 1 : -1].split(","):
        if dimension.number(was.strip()) == end:
            return was.strip()
    if dimension.type is SymbolType.HEX:
        return f"{math.ceil(end):#x}"
    powers = dimension.type is SymbolType.STRING and "e" in text.lower()
    return number.spell(end, Style(Notation.SCIENTIFIC if powers else Notation.PLAIN))

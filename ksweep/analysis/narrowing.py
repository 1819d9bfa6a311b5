"""A numeric axis around its best value: narrower and finer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Context, Decimal, localcontext
from itertools import pairwise
from math import ceil, floor

from ksweep.analysis.dimensions import Dimension, written
from ksweep.analysis.extending import extension, spelled_end
from ksweep.domain import Distribution, DistributionKind
from ksweep.model import SymbolType
from ksweep.number import EXACT

_ROUGH = Context(prec=50)  # for roots, which are rounded to a few digits in the end
_FEW, _MANY = 2, 6  # significant digits
_NEAR = 8  # a rounded number may be an eighth of the way off halfway
_SHARE = 4  # a distribution keeps a quarter of its width on each side


def narrowed(
    dimension: Dimension,
    best: str,
    tried: Iterable[str],
    hopeless: Collection[object] = frozenset(),
    *,
    beyond: bool,
) -> str | None:
    """The right-hand side of a list or range: up to five numbers, in rising order.

    They are the best one, its neighbours, and one halfway to each; where the axis is geometric
    halfway is the geometric mean, to two digits or as many more as it needs to be near it. A
    neighbour is the nearest number that was tried; without one it is the end of the axis. Whole
    numbers stay whole.

    Args:
        dimension: it has numbers.
        best: the value to be in the middle.
        tried: the values that the axis has had.
        hopeless: those of them that are only neighbours, and no values to be tried again.
        beyond: of the best at the end of the axis, go on to what `extension` has beyond it.

    Returns:
        None where the best value is no number.
    """
    middle = dimension.number(best)
    if middle is None:
        return None
    known = {value: text for text in tried if (value := dimension.number(text)) is not None}
    around = [_neighbour(dimension, known, middle, upwards, beyond) for upwards in (False, True)]
    points: dict[Decimal, str] = {}
    for side in (around[0], (middle, best), around[1]):
        if side is not None:
            points[side[0]] = side[1]
    halves: dict[Decimal, str] = {}
    for low, high in pairwise(points):
        between = _between(dimension, low, high)
        if between is not None:
            halves[between] = dimension.spell(between, best)
    again = {value: text for value, text in points.items() if text not in hopeless}
    every = {**again, **halves}
    return _right(dimension, [(value, every[value]) for value in sorted(every)])


def _neighbour(
    dimension: Dimension, known: dict[Decimal, str], middle: Decimal, upwards: bool, beyond: bool
) -> tuple[Decimal, str] | None:
    """The next number on one side; None where there is none."""
    further = [value for value in known if (value > middle if upwards else value < middle)]
    if further:
        nearest = min(further) if upwards else max(further)
        return nearest, known[nearest]
    ends = dimension.ends()
    if ends is None:
        return None
    if ends[upwards] != middle:
        end = ends[upwards]
        texts = dimension.domain.extremes() if dimension.domain.size is not None else ()
        spelled = [text for text in texts if dimension.number(text) == end]
        return end, spelled[0] if spelled else dimension.spell(end, known.get(middle, "0"))
    more = extension(dimension, upwards) if beyond else None
    value = None if more is None else dimension.number(more.value)
    return None if more is None or value is None else (value, more.value)


def _between(dimension: Dimension, low: Decimal, high: Decimal) -> Decimal | None:
    """A number halfway; None where nothing is strictly between the two."""
    whole = dimension.type is not SymbolType.STRING
    if not (dimension.geometric and low * high > 0):
        half = EXACT.multiply(EXACT.add(low, high), Decimal("0.5"))
        found = [Decimal(floor(half)) if whole else half]
    else:
        square = EXACT.multiply(low, high)
        root = _ROUGH.sqrt(square).copy_sign(low)
        few = (_rounded(root, digits) for digits in range(_FEW, _MANY))
        near = [one for one in few if abs(one - root) <= (high - low) / _NEAR]
        found = [*near, _rounded(root, _MANY)]
        if EXACT.multiply(*(2 * [_rounded(root, 30)])) == square:
            found.insert(0, _rounded(root, 30))
        found = [Decimal(floor(root))] if whole else found
    return next((one for one in found if low < one < high), None)


def _rounded(value: Decimal, digits: int) -> Decimal:
    return Context(prec=digits).plus(value).normalize(Context(prec=digits))


def _right(dimension: Dimension, points: list[tuple[Decimal, str]]) -> str:
    """As a range where one has exactly these values, else as a list."""
    values, texts = [value for value, _ in points], [text for _, text in points]
    if len(points) > 2:
        for middle in _steps(dimension, values):
            right = f"{texts[0]}:{middle}:{texts[-1]}"
            if dimension.listing(right) == tuple(texts):
                return right
    return "|".join(written(text, dimension.type) for text in texts)


def _steps(dimension: Dimension, values: list[Decimal]) -> Iterable[str]:
    """A step and a factor that would lead from the first value to the second."""
    step = EXACT.normalize(EXACT.subtract(values[1], values[0]))
    yield f"{int(step):#x}" if dimension.type is SymbolType.HEX else f"{step:f}"
    if dimension.geometric and values[0]:
        factor = _rounded(_ROUGH.divide(values[1], values[0]), 30)
        if factor > 0 and dimension.type is not SymbolType.HEX:
            yield f"*{factor:f}"


def narrowed_distribution(dimension: Dimension, domain: Distribution, best: str) -> str | None:
    """The distribution over half its width around the best value, within its ends.

    Of `loguniform` it is the width of the logarithm. The ends have three significant digits, or
    where the width is smaller, three digits of that; whole numbers stay whole.

    Returns:
        None where the best value is no number.
    """
    middle = dimension.number(best)
    if middle is None:
        return None
    with localcontext(_ROUGH):
        if domain.kind is DistributionKind.LOGUNIFORM:
            factor = (domain.high / domain.low).sqrt().sqrt()
            ends = [middle / factor, middle * factor]
        else:
            reach = (domain.high - domain.low) / _SHARE
            ends = [middle - reach, middle + reach]
    ends = [_to_three_digits(end, ends[1] - ends[0]) for end in ends]
    if domain.integer:
        ends = [Decimal(floor(ends[0])), Decimal(ceil(ends[1]))]
    low = max(min(ends[0], middle), domain.low)
    high = min(max(ends[1], middle), domain.high)
    texts = (spelled_end(dimension, end) for end in (low, high))
    return f"{domain.kind}({', '.join(texts)})"


def _to_three_digits(end: Decimal, width: Decimal) -> Decimal:
    finer = max(end.adjusted() - width.adjusted(), 0) if end else 0
    return Context(prec=3 + finer).plus(end)

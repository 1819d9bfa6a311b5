"""How measured values are spread: as a whole, and level by level of a factor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksweep.analysis.columns import Measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Description:
    """Finite values, at least one, in the unit of what they measure.

    Attributes:
        deviation: of the sample (n - 1); None for a single value.
        lower_quartile: with `upper_quartile` by linear interpolation between the values.
    """

    count: int
    mean: float
    deviation: float | None
    least: float
    lower_quartile: float
    median: float
    upper_quartile: float
    greatest: float


@dataclass(frozen=True, slots=True)
class Levels:
    """The finite values of a measure by the level of a factor, in units of the measure.

    All have one entry a level; where `counts` is 0 the others are 0 or NaN.

    Attributes:
        squares: the sum of the squared distances from the mean.
        points: the least, the quartiles with the median, and the greatest value, a row each.
    """

    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    squares: NDArray[np.float64]
    points: NDArray[np.float64]


def describe(measured: Measured) -> Description:
    """Of all values, of which there must be one."""
    import numpy as np

    everywhere = np.zeros(measured.values.size, dtype=np.int64)
    return description(by_level(measured, everywhere, 1), 0, measured)


def by_level(measured: Measured, codes: NDArray[np.int64], levels: int) -> Levels:
    """The values by level.

    Args:
        measured: what to describe.
        codes: the level of each value, below `levels`; -1 for none.
        levels: how many there are.
    """
    import numpy as np

    narrow = np.int8 if levels < 2**7 else np.int16 if levels < 2**15 else np.int64
    code = codes.astype(narrow)[measured.order]
    grouped = np.argsort(code, kind="stable")  # by level and value, as it is stable
    counts = np.bincount(code + 1, minlength=levels + 1)
    grouped, counts = grouped[counts[0] :], counts[1:]
    values = measured.rising[grouped]
    divisors = np.maximum(counts, 1)
    starts = np.cumsum(counts) - counts
    means = _sums(values, starts, counts) / divisors
    away = values - np.repeat(means, counts)
    squares = _sums(away * away, starts, counts)
    points = _points(values, counts)
    constant = points[0] == points[4]  # then rounding must not invent a spread
    means, squares = np.where(constant, points[0], means), np.where(constant, 0.0, squares)
    return Levels(counts, means, squares, points)


def _sums(
    values: NDArray[np.float64], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Of the values of each level; numpy adds in pairs there, so that little is rounded away."""
    import numpy as np

    found = np.zeros(counts.size)
    some = counts > 0
    if some.any():
        found[some] = np.add.reduceat(values, starts[some])
    return found


def pooled(levels: Levels) -> tuple[float, float]:
    """The mean of all values, and the sum of their squared distances from it."""
    some = levels.counts > 0
    counts, means = levels.counts[some], levels.means[some]
    least, greatest = levels.points[0, some], levels.points[4, some]
    if not counts.size or least.min() == greatest.max():
        return float(means.max(initial=-math.inf)), 0.0
    mean = float(counts @ means) / int(counts.sum())
    return mean, float(levels.squares.sum() + counts @ (means - mean) ** 2)


def description(levels: Levels, index: int, measured: Measured) -> Description:
    """Of one level, which must have a value."""
    count = int(levels.counts[index])
    points = [float(point) * measured.unit for point in levels.points[:, index]]
    least, lower, median, upper, greatest = points
    variance = levels.squares[index] / (count - 1) if count > 1 else None
    return Description(
        count=count,
        mean=min(max(float(levels.means[index]) * measured.unit, least), greatest),
        deviation=None if variance is None else measured.sized(variance**0.5),
        least=least,
        lower_quartile=lower,
        median=median,
        upper_quartile=upper,
        greatest=greatest,
    )


def _points(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The five points of each level; `values` rise within each, level by level."""
    import numpy as np

    starts = np.cumsum(counts) - counts
    found = np.full((5, counts.size), np.nan)
    some = counts > 0
    for row, share in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
        place = (counts[some] - 1) * share
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, counts[some] - 1)
        low, high = values[starts[some] + below], values[starts[some] + above]
        found[row, some] = low + (high - low) * (place - below)
    return found

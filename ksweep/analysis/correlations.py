"""Whether a measure rises or falls with a numeric parameter."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksweep.analysis.columns import Columns, Measured
from ksweep.analysis.factors import Coded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Correlation:
    """Both coefficients lie from -1 to 1, and are None where one of the two does not vary.

    Attributes:
        parameter: a `CONFIG_` name, all of whose values are numbers.
        measure: the metric or resource, by its name in the summary.
        configurations: how many have both: the parameter is active, the measure finite.
        pearson: how close to a straight line they lie.
        spearman: the same of the ranks, ties sharing their mean rank: how close to any rise or
            fall.
        logarithmic: the parameter was chosen by factors (`loguniform`, a geometric range), so
            that `pearson` is of its logarithm.
    """

    parameter: str
    measure: str
    configurations: int
    pearson: float | None
    spearman: float | None
    logarithmic: bool = False


def correlations(
    columns: Columns, first: Collection[str] = (), geometric: Collection[str] = ()
) -> Iterator[Correlation]:
    """Of each numeric parameter with each measure that varies.

    Args:
        columns: the configurations.
        first: measures that come before all others.
        geometric: the `CONFIG_` names of what was chosen by factors.
    """
    varying = [name for name, one in columns.measures.items() if one.varies]
    for name in sorted(varying, key=lambda one: one not in first):
        for coded in columns.factors:
            if coded.factor.numeric:
                logarithmic = coded.factor.name in geometric and bool((coded.numbers > 0).all())
                yield _correlation(coded, name, columns.measures[name], logarithmic)


def _correlation(coded: Coded, measure: str, measured: Measured, logarithmic: bool) -> Correlation:
    import numpy as np

    numbers = np.log(coded.numbers) if logarithmic else coded.numbers
    rising = measured.order[coded.ranks[measured.order] >= 0]
    values, place = measured.values[rising], coded.ranks[rising]
    return Correlation(
        parameter=coded.factor.name,
        measure=measure,
        configurations=int(rising.size),
        pearson=pearson(numbers[place], values),
        spearman=pearson(_ranks_of_places(place), _ranks_of_rising(values)),
        logarithmic=logarithmic,
    )


def pearson(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """The coefficient of correlation; None where one of the two does not vary."""
    import numpy as np

    if one.size < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    away, apart = one - one.mean(), other - other.mean()
    away, apart = away / np.abs(away).max(), apart / np.abs(apart).max()
    sizes = float((away * away).sum()) * float((apart * apart).sum())
    product = float((away * apart).sum()) / math.sqrt(sizes)
    return min(max(product, -1.0), 1.0)


def _ranks_of_rising(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean rank of each value among values that rise."""
    import numpy as np

    if not values.size:
        return values
    return _ranks_of_places(np.cumsum(np.diff(values, prepend=values[0]) > 0))


def _ranks_of_places(places: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean rank of each of some small whole numbers."""
    import numpy as np

    counts = np.bincount(places)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places], dtype=np.float64)

"""Whether the effect of one parameter depends on another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksweep.analysis.columns import Measured
from ksweep.analysis.describe import Levels, by_level, pooled
from ksweep.analysis.distributions import LEVEL, f_chance
from ksweep.analysis.factors import Coded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_TRIED = 5  # factors, the most important ones
_MOST_FACTORS, _MOST = 10, 2_000
_ROUNDING = 1e-18  # of the sum of squares


@dataclass(frozen=True, slots=True)
class Cell:
    """The configurations that have both values, and their mean."""

    one: str
    other: str
    configurations: int
    mean: float


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two parameters together, over the configurations in which both are active.

    Attributes:
        measure: the metric or resource, by its name in the summary.
        one: the name of the more important factor.
        other: the name of the next.
        configurations: how many there are.
        apart: the share of the variance that their effects explain when they are added up.
        together: the share that the means of all cells explain; what it has beyond `apart` is the
            interaction.
        chance: how probable so much would be if there were no interaction (F-test of the cells'
            means against the sum of the effects); None where every cell has one configuration.
        cells: those that have any, by `one` and then by `other`.
    """

    measure: str
    one: str
    other: str
    configurations: int
    apart: float
    together: float
    chance: float | None
    cells: tuple[Cell, ...]


def interaction(factors: Sequence[Coded], measure: str, measured: Measured) -> Interaction | None:
    """Of the first two of `factors`, the most important first, that can be told apart.

    Two cannot where one decides the other, or is constant while the other is active. None where no
    two can, or the measure does not vary.
    """
    for other in range(1, min(len(factors), _TRIED)):
        for one in range(other):
            found = _interaction(factors[one], factors[other], measure, measured)
            if found is not None:
                return found
    return None


def strongest(factors: Sequence[Coded], measure: str, measured: Measured) -> Interaction | None:
    """Of all pairs the one that is least likely to be chance.

    None where that could be chance after all, at 5 % by Bonferroni for the number of pairs. It is
    looked for among at most ten factors and 2,000 configurations.
    """
    if measured.order.size > _MOST:
        return None
    pairs = list(itertools.combinations(factors[:_MOST_FACTORS], 2))
    found = (_interaction(one, other, measure, measured) for one, other in pairs)
    known = [(one.chance, one) for one in found if one is not None and one.chance is not None]
    if not known:
        return None
    chance, best = min(known, key=lambda pair: pair[0])
    return best if chance * len(pairs) <= LEVEL else None


def _interaction(one: Coded, other: Coded, measure: str, measured: Measured) -> Interaction | None:
    import numpy as np

    width = len(other.factor.levels)
    both = (one.codes >= 0) & (other.codes >= 0)
    codes = np.where(both, one.codes * width + other.codes, -1)
    levels = by_level(measured, codes, len(one.factor.levels) * width)
    used = np.flatnonzero(levels.counts)
    rows, columns = used // width, used % width
    _, total = pooled(levels)
    if not total or min(np.unique(rows).size, np.unique(columns).size) < 2:
        return None
    design = _design(rows, columns)
    free = used.size - int(np.linalg.matrix_rank(design))
    if not free:
        return None
    within, beyond = float(levels.squares.sum()), _beyond_sum(levels, used, design)
    beyond = beyond if beyond > _ROUNDING * total else 0.0
    return Interaction(
        measure=measure,
        one=one.factor.name,
        other=other.factor.name,
        configurations=int(levels.counts.sum()),
        apart=max(1 - (within + beyond) / total, 0.0),
        together=max(1 - within / total, 0.0),
        chance=_chance(beyond, within, free, int(levels.counts.sum()) - used.size),
        cells=tuple(_cells(one, other, levels, measured)),
    )


def _design(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """A line a cell, with a 1 for its row and a 1 for its column."""
    import numpy as np

    by_row = rows[:, None] == np.unique(rows)
    by_column = columns[:, None] == np.unique(columns)
    return np.hstack([by_row, by_column]).astype(np.float64)


def _beyond_sum(levels: Levels, used: NDArray[np.int64], design: NDArray[np.float64]) -> float:
    """The squares that are left when a sum of two effects is fitted to the cells' means."""
    import numpy as np

    mean, _ = pooled(levels)
    weights = np.sqrt(levels.counts[used])
    means = (levels.means[used] - mean) * weights
    weighted = design * weights[:, None]
    fitted = weighted @ np.linalg.lstsq(weighted, means)[0]
    return float(((means - fitted) ** 2).sum())


def _chance(beyond: float, within: float, free: int, of_errors: int) -> float | None:
    """By the F-test of what `free` more parameters explain."""
    if of_errors < 1:
        return None
    if not within:
        return 0.0 if beyond else 1.0
    return f_chance(beyond / free / (within / of_errors), free, of_errors)


def _cells(one: Coded, other: Coded, levels: Levels, measured: Measured) -> Iterator[Cell]:
    width = len(other.factor.levels)
    for index, count in enumerate(levels.counts.tolist()):
        if count:
            row, column = divmod(index, width)
            mean = float(levels.means[index]) * measured.unit
            yield Cell(one.factor.levels[row], other.factor.levels[column], count, mean)

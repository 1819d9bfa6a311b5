"""Whether a difference is more than noise: Welch's and Student's tests, and how many were made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksweep.analysis.columns import measured
from ksweep.analysis.describe import Levels, by_level, describe
from ksweep.analysis.distributions import t_chances, t_limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Moments:
    """Samples, one an entry of each: how many values, their mean, their squares around it."""

    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, levels: Levels, places: slice) -> Moments:
        """Those of some of the levels."""
        return cls(levels.counts[places], levels.means[places], levels.squares[places])

    @property
    def errors(self) -> NDArray[np.float64]:
        """The squared standard errors of the means; infinite or NaN below two values."""
        import numpy as np

        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.squares / (self.counts - 1) / self.counts)


def samples_of(values: Sequence[Sequence[float]]) -> Levels:
    """Samples of finite values, one a level, in a unit that they all share."""
    import numpy as np

    column = measured([value for sample in values for value in sample])
    codes = np.repeat(np.arange(len(values)), [len(sample) for sample in values])
    return by_level(column, codes, len(values))


def welch_chances(one: Moments, other: Moments) -> NDArray[np.float64]:
    """How probable so large a difference of the means is between equals.

    Welch's t-test, two-sided. Without any spread only equal means are equal. NaN where either
    sample has a single value.
    """
    import numpy as np

    known, error, freedom = _welch(one, other)
    apart = one.means - other.means
    found = np.where(known, np.where(apart == 0, 1.0, 0.0), np.nan)
    spread = known & (error > 0)
    found[spread] = t_chances(apart[spread] / np.sqrt(error[spread]), freedom[spread])
    return found


def welch_margins(one: Moments, other: Moments) -> NDArray[np.float64]:
    """How far the 95 % confidence interval of the difference of the means reaches on either side.

    NaN where either sample has a single value. Welch, "The generalization of Student's problem
    when several different population variances are involved", 1947.
    """
    import numpy as np

    known, error, freedom = _welch(one, other)
    found = np.where(known, 0.0, np.nan)
    spread = known & (error > 0)
    found[spread] = t_limits(freedom[spread]) * np.sqrt(error[spread])
    return found


def _welch(
    one: Moments, other: Moments
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Which can be known, the squared errors, the degrees of freedom (Welch and Satterthwaite)."""
    import numpy as np

    known = (one.counts > 1) & (other.counts > 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = one.errors + other.errors
        share = one.errors / error
        freedom = 1 / (share**2 / (one.counts - 1) + (1 - share) ** 2 / (other.counts - 1))
    return known, error, freedom


def pair_chances(
    pairs: Sequence[tuple[Sequence[float], Sequence[float]]],
) -> list[float | None]:
    """How probable so large a difference is between equals, corrected for the number of pairs.

    None where either sample has a single value, or none.
    """
    levels = samples_of([sample for pair in pairs for sample in pair])
    one, other = Moments.of(levels, slice(0, None, 2)), Moments.of(levels, slice(1, None, 2))
    return known_chances(holm(welch_chances(one, other)))


def shift_chance(differences: Sequence[float]) -> float | None:
    """How probable a mean so far from 0 is where nothing has shifted: the paired t-test.

    None below two finite values.
    """
    import numpy as np

    found = describe(measured(differences))
    if found.deviation is None:
        return None
    error = found.deviation / math.sqrt(found.count)
    if error == 0:
        return float(found.mean == 0)
    t, freedom = np.array([found.mean / error]), np.array([found.count - 1.0])
    return float(t_chances(t, freedom)[0])


def holm(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chances corrected for their number; NaN stays and is not counted.

    Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    import numpy as np

    known = np.flatnonzero(~np.isnan(chances))
    rising = known[np.argsort(chances[known], kind="stable")]
    corrected = chances.copy()
    factors = np.arange(known.size, 0, -1)
    corrected[rising] = np.minimum(np.maximum.accumulate(chances[rising] * factors), 1.0)
    return corrected


def known_chances(chances: NDArray[np.float64]) -> list[float | None]:
    """With None in place of NaN."""
    return [None if math.isnan(one) else one for one in chances.tolist()]

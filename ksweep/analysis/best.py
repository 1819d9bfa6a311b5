"""Which of several means may be the best: multiple comparisons with the best.

Hsu, "Constrained simultaneous confidence intervals for multiple comparisons with the best", Annals
of Statistics 12, 1984. One that lags behind any other by more than the one-sided critical value of
Dunnett's comparison with a control (it is the control) is not the best.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from ksweep.analysis.describe import Levels
from ksweep.analysis.distributions import t_chances
from ksweep.analysis.drawing import drawn
from ksweep.analysis.moderation import moderated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PROCEDURE = "multiple comparisons with the best (Hsu), moderated variances (Smyth)"

_LEADERS = 200  # the best, with which each is compared
_ENDS, _STEPS = 10.0, 20_001  # of the table of the normal distribution
_NODES = 161  # of the integral, over 8 standard deviations on either side
_SMALLEST_CHANCE = 1e-300


@dataclass(frozen=True, slots=True)
class Lag:
    """How far each of several samples lies behind others.

    Attributes:
        chances: how probable it is to lag so far behind any other one for what is the best.
        behind: the index of the one that it lags behind most clearly.
    """

    chances: NDArray[np.float64]
    behind: NDArray[np.int64]


def copies(levels: Levels) -> NDArray[np.bool_]:
    """Which are several values, all the same: copies of one run, and not runs without noise."""
    import numpy as np

    return np.asarray((levels.counts > 1) & (levels.squares == 0))


def lags(levels: Levels) -> Lag | None:
    """Of each sample of costs, in rising order of their means; None where no noise is known.

    Copies count as one run, whose noise is what the others have in common.
    """
    import numpy as np

    counts = np.where(copies(levels), 1, levels.counts)
    freedom = counts - 1
    noise = moderated(levels.squares / np.maximum(freedom, 1), freedom)
    if noise is None or counts.size < 2:
        return None
    errors = noise.variances / counts
    means, some = levels.means, slice(0, _LEADERS)
    t = (means[:, None] - means[some]) / np.sqrt(errors[:, None] + errors[some])
    own = np.arange(min(_LEADERS, counts.size))
    t[own, own] = -np.inf
    behind = t.argmax(axis=1)
    clearest = t[np.arange(counts.size), behind]
    freedoms = noise.freedom
    if not math.isinf(noise.prior_freedom):
        share = errors / (errors + errors[behind])
        freedoms = 1 / (share**2 / freedoms + (1 - share) ** 2 / freedoms[behind])
    return Lag(_corrected(_quantiles(clearest, freedoms), _correlated(errors)), behind)


def _quantiles(t: NDArray[np.float64], freedom: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal quantiles that are exceeded as rarely as t is."""
    import numpy as np

    tails = t_chances(t, freedom) / 2
    normal = NormalDist()
    sizes = [-normal.inv_cdf(max(tail, _SMALLEST_CHANCE)) for tail in tails.tolist()]
    return np.asarray(np.copysign(np.array(sizes), t))


def _correlated(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The root of the correlation of the differences of each to all others, in the mean."""
    import numpy as np

    others = np.array(drawn(errors.tolist(), _LEADERS))
    return np.asarray(np.sqrt(errors[:, None] / (errors[:, None] + others)).mean(axis=1))


def _corrected(z: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
    """How probable it is that any of the differences to all others is as large.

    The differences share the noise of the one: given that, they are independent (Dunnett, "A
    multiple comparison procedure for comparing several treatments with a control", 1955).
    """
    import numpy as np

    nodes = np.linspace(-8.0, 8.0, _NODES)
    weights = np.exp(-(nodes**2) / 2)
    weights /= weights.sum()
    at = (z[:, None] + root[:, None] * nodes) / np.sqrt(1 - root[:, None] ** 2)
    points, logs = _log_normal()
    inside = (z.size - 1) * np.interp(at, points, logs)
    return np.asarray(np.clip(-np.expm1(inside) @ weights, 0.0, 1.0))


@functools.cache
def _log_normal() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points, and the logarithm of the normal distribution function there."""
    import numpy as np

    points = np.linspace(-_ENDS, _ENDS, _STEPS)
    root = math.sqrt(2)
    return points, np.log([math.erfc(-point / root) / 2 for point in points.tolist()])

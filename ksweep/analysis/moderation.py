"""Variances of a few values each, shrunk towards what they have in common: empirical Bayes.

Smyth, "Linear models and empirical Bayes methods for assessing differential expression in
microarray experiments", Statistical Applications in Genetics and Molecular Biology 3, 2004.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STANDARD_ERRORS = 0.5  # by which the variances must differ more than equal ones would by chance
_SMALLEST = 1e-5  # times the median; smaller ones come from rounding, not from noise
_LARGE = 8.0  # from which on the expansions are exact to ten digits
_MOST_STEPS, _CLOSE = 50, 1e-8
_EXPANSIONS = {  # of polygamma functions: coefficient and power of 1/x
    1: ((1, 1), (1 / 2, 2), (1 / 6, 3), (-1 / 30, 5), (1 / 42, 7), (-1 / 30, 9)),
    2: ((-1, 2), (-1, 3), (-1 / 2, 4), (1 / 6, 6), (-1 / 6, 8), (3 / 10, 10)),
    3: ((2, 3), (3, 4), (2, 5), (-1, 7), (4 / 3, 9), (-3, 11)),
}


@dataclass(frozen=True, slots=True)
class Moderated:
    """What variances come to when each also knows the others.

    Attributes:
        variances: one each; where one had no degrees of freedom, what is common.
        freedom: their degrees of freedom, never more than all have together.
        prior_freedom: the degrees of freedom of what is common; infinite for equal variances.
    """

    variances: NDArray[np.float64]
    freedom: NDArray[np.float64]
    prior_freedom: float


def moderated(variances: NDArray[np.float64], freedom: NDArray[np.int64]) -> Moderated | None:
    """The variances shrunk as far as the data let them be equal.

    Equal variances are pooled, and all degrees of freedom count for each. Of unequal ones none
    becomes smaller than it is, as the prior may be wrong about the few that are large.

    Args:
        variances: of samples, positive where `freedom` is.
        freedom: degrees of freedom; 0 where there is no variance.

    Returns:
        None where there is no variance at all.
    """
    import numpy as np

    known = freedom > 0
    if not known.any():
        return None
    own, of_own = variances[known], freedom[known]
    together = float(of_own.sum())
    prior, prior_freedom = _prior(own, of_own)
    if math.isinf(prior_freedom):
        return Moderated(
            np.full(freedom.size, prior), np.full(freedom.size, together), prior_freedom
        )
    raw = np.where(known, variances, 0.0)
    shrunk = (prior_freedom * prior + freedom * raw) / (prior_freedom + freedom)
    counted = np.minimum(prior_freedom + freedom, together)
    return Moderated(np.maximum(shrunk, raw), counted, prior_freedom)


def _prior(variances: NDArray[np.float64], freedom: NDArray[np.int64]) -> tuple[float, float]:
    """The common variance and its degrees of freedom, by moments of the logarithms.

    Moments are lessened by half a standard error of theirs: chance alone makes the variances of
    small samples look unequal every second time.
    """
    import numpy as np

    pooled = float(freedom @ variances) / float(freedom.sum())
    if variances.size < 2:
        return pooled, math.inf
    halves = (freedom / 2).tolist()
    floor = _SMALLEST * float(np.median(variances))
    logs = np.log(np.maximum(variances, floor)) - [_digamma(x) - math.log(x) for x in halves]
    spread = np.array([_polygamma(1, x) for x in halves])
    kurtosis = np.array([_polygamma(3, x) for x in halves])
    error = math.sqrt(float((kurtosis + 2 * spread**2).mean()) / variances.size)
    beyond = float(logs.var(ddof=1) - spread.mean()) - _STANDARD_ERRORS * error
    if beyond <= 0:
        return pooled, math.inf
    half = _inverse_trigamma(beyond)
    return math.exp(float(logs.mean()) + _digamma(half) - math.log(half)), 2 * half


def _digamma(x: float) -> float:
    found = 0.0
    while x < _LARGE:
        found -= 1 / x
        x += 1
    return found + math.log(x) - 1 / (2 * x) - 1 / (12 * x**2) + 1 / (120 * x**4) - 1 / (252 * x**6)


def _polygamma(order: int, x: float) -> float:
    """The derivative of the digamma function, of order 1, 2 or 3, of a positive number."""
    found, size = 0.0, math.factorial(order) * (-1.0) ** (order + 1)
    while x < _LARGE:
        found += size / x ** (order + 1)
        x += 1
    return found + sum(factor / x**power for factor, power in _EXPANSIONS[order])


def _inverse_trigamma(y: float) -> float:
    """By Newton's method, as in Smyth's appendix."""
    x = 0.5 + 1 / y
    for _ in range(_MOST_STEPS):
        value = _polygamma(1, x)
        step = value * (1 - value / y) / _polygamma(2, x)
        x += step
        if -step <= _CLOSE * x:
            break
    return x

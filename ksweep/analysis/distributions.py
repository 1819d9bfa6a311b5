"""Student's t and Fisher's F distributions, exactly, with nothing beyond numpy."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVEL = 0.05
"""How improbable something must be to be no chance; what is left is the confidence of intervals."""

_Z = 1.959963984540054  # the quantile of the normal distribution at 97.5 %
_EXPANSION = (
    _Z,
    (_Z**3 + _Z) / 4,
    (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96,
    (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384,
    (79 * _Z**9 + 776 * _Z**7 + 1482 * _Z**5 - 1920 * _Z**3 - 945 * _Z) / 92160,
)
_MANY = 200  # degrees of freedom, from which on the expansion is exact to ten digits
_MOST_STEPS, _CLOSE = 30, 1e-12
_TINY = 1e-300  # in place of 0 in a denominator
_ENOUGH = 1e-15
_MOST_TERMS = 20_000


def t_chances(t: NDArray[np.float64], freedom: NDArray[np.float64]) -> NDArray[np.float64]:
    """How probable values at least as far from 0 are, on either side.

    Args:
        t: any numbers; infinite ones have a chance of 0.
        freedom: degrees of freedom, positive, one for each.
    """
    import numpy as np

    with np.errstate(over="ignore"):
        return _beta_share(freedom / 2, np.full_like(freedom, 0.5), freedom / (freedom + t**2))


def f_chance(f: float, freedom: int, of_errors: int) -> float:
    """How probable a ratio of variances at least as large is."""
    import numpy as np

    x = of_errors / (of_errors + freedom * f)
    a, b, at = (np.array([one]) for one in (of_errors / 2, freedom / 2, x))
    return float(_beta_share(a, b, at)[0])


def t_limits(freedom: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far from 0, in both directions, all but `LEVEL` of the distribution reaches.

    The expansion for many degrees of freedom (Abramowitz and Stegun 26.7.5); for few, Newton's
    method from there.

    Args:
        freedom: degrees of freedom, at least 1 each.
    """
    import numpy as np

    found: NDArray[np.float64] = sum(
        (g / freedom**power for power, g in enumerate(_EXPANSION)), np.zeros_like(freedom)
    )
    few = freedom < _MANY
    v, limits = freedom[few], found[few]
    halves = [math.lgamma((one + 1) / 2) - math.lgamma(one / 2) for one in v.tolist()]
    peak = np.exp(halves) / np.sqrt(v * np.pi)
    for _ in range(_MOST_STEPS):
        density = 2 * peak * (1 + limits**2 / v) ** (-(v + 1) / 2)
        step = (t_chances(limits, v) - LEVEL) / density
        limits = limits + step
        if np.all(np.abs(step) <= _CLOSE * limits):
            break
    found[few] = limits
    return found


@functools.cache
def t_limit(freedom: int) -> float:
    """The same for one number of degrees of freedom."""
    import numpy as np

    return float(t_limits(np.array([float(freedom)]))[0])


def _beta_share(
    a: NDArray[np.float64], b: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The regularised incomplete beta function.

    NIST Digital Library of Mathematical Functions, 8.17.22: a continued fraction that converges
    fast below (a + 1) / (a + b + 2); the other side by symmetry.
    """
    import numpy as np

    swapped = x > (a + 1) / (a + b + 2)
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    x = np.where(swapped, 1 - x, x)
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    complete = np.array([math.lgamma(p + q) - math.lgamma(p) - math.lgamma(q) for p, q in pairs])
    with np.errstate(divide="ignore", under="ignore"):
        front = np.exp(complete + a * np.log(x) + b * np.log1p(-x)) / a
    found = front / _fraction(a, b, x)
    return np.clip(np.where(swapped, 1 - found, found), 0.0, 1.0)


def _fraction(
    a: NDArray[np.float64], b: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The denominator 1 + d1/(1 + d2/(1 + …)), by Lentz's method."""
    import numpy as np

    value = np.ones_like(x)
    upper, lower = np.ones_like(x), np.zeros_like(x)
    for term in range(1, _MOST_TERMS):
        m = term // 2
        if term % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / _not_zero(1 + d * lower)
        upper = _not_zero(1 + d / upper)
        value = value * upper * lower
        if np.all(np.abs(upper * lower - 1) < _ENOUGH):
            break
    return value


def _not_zero(values: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.where(values == 0, _TINY, values)

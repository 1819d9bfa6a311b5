"""Whether a difference is more than noise: Student's and Welch's tests, and how many were made."""

from __future__ import annotations

import math
from collections.abc import Sequence

LEVEL = 0.05
TEST = "Welch's t-test, two-sided, with Holm's correction, at 5 %"

_ENOUGH = 1e-14
_MOST_TERMS = 10_000


def chance_of_difference(one: Sequence[float], other: Sequence[float]) -> float | None:
    """How probable so large a difference of the means is between equals; None for a single value.

    Welch's t-test, two-sided, with the degrees of freedom of Welch and Satterthwaite. Without any
    spread only equal means are equal.
    """
    if len(one) < 2 or len(other) < 2:
        return None
    errors = [_variance(values) / len(values) for values in (one, other)]
    apart, error = mean(one) - mean(other), sum(errors)
    if error == 0:
        return float(apart == 0)
    if not math.isfinite(error) or not math.isfinite(apart):
        return None
    shares = [part / error for part in errors]
    freedom = 1 / (shares[0] ** 2 / (len(one) - 1) + shares[1] ** 2 / (len(other) - 1))
    return _t_chance(apart / math.sqrt(error), freedom)


def chance_of_shift(differences: Sequence[float]) -> float | None:
    """The same of a mean that differs from 0: Student's t-test of paired values."""
    if len(differences) < 2:
        return None
    error = _variance(differences) / len(differences)
    shift = mean(differences)
    if error == 0:
        return float(shift == 0)
    return _t_chance(shift / math.sqrt(error), len(differences) - 1)


def holm(chances: Sequence[float | None]) -> list[float | None]:
    """The chances corrected for their number; None stays and is not counted.

    Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    known = [(chance, place) for place, chance in enumerate(chances) if chance is not None]
    corrected = list(chances)
    largest = 0.0
    for done, (chance, place) in enumerate(sorted(known)):
        largest = max(largest, min(chance * (len(known) - done), 1.0))
        corrected[place] = largest
    return corrected


def mean(values: Sequence[float]) -> float:
    """Equal values have exactly themselves as their mean, and large ones a finite one."""
    if min(values) == max(values):
        return values[0]
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        return math.fsum(value / len(values) for value in values)


def deviation(values: Sequence[float]) -> float | None:
    """Of a sample (n - 1); None for a single value."""
    return math.sqrt(_variance(values)) if len(values) > 1 else None


def _variance(values: Sequence[float]) -> float:
    middle = mean(values)
    return sum((value - middle) * (value - middle) for value in values) / (len(values) - 1)


def _t_chance(t: float, freedom: float) -> float:
    """How probable values at least as far from 0 are in Student's t distribution."""
    return _beta_share(freedom / 2, 0.5, freedom / (freedom + t * t))


def _beta_share(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function.

    NIST Digital Library of Mathematical Functions, 8.17.22: a continued fraction that converges
    fast below (a + 1) / (a + b + 2); the other side by symmetry.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_share(b, a, 1 - x)
    complete = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(complete + a * math.log(x) + b * math.log1p(-x)) / a
    return front / _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """The denominator 1 + d1/(1 + d2/(1 + …)), by Lentz's method; none of its terms is 0 there."""
    value, upper, lower = 1.0, 1.0, 0.0
    for term in range(1, _MOST_TERMS):
        m = term // 2
        if term % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / (1 + d * lower)
        upper = 1 + d / upper
        value *= upper * lower
        if abs(upper * lower - 1) < _ENOUGH:
            break
    return value

"""How a set of measured values is spread."""

from __future__ import annotations

from dataclasses import dataclass


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

"""What a parameter's value does to a metric or resource: each against all other values."""

from __future__ import annotations

from dataclasses import dataclass

from ksweep.analysis.describe import Description


@dataclass(frozen=True, slots=True)
class LevelEffect:
    """The configurations in which a parameter has one value.

    Attributes:
        level: the value, as in `Factor.levels`.
        difference: their mean minus the mean of the others in which the parameter is active; None
            where there are none.
        low: with `high` the 95 % confidence interval of the difference (Welch); None where one of
            the sides has a single configuration.
    """

    level: str
    description: Description
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """A parameter's effect on a measure, over the configurations in which it is active.

    Attributes:
        factor: the name of the `Factor`.
        measure: the metric or resource, by its name in the summary.
        levels: those that have a finite value, in the order of the factor.
        explained: the share of the measure's variance that the parameter explains, from 0 to 1,
            corrected for its number of values (Kelley's epsilon squared); None where the values
            are as many as the configurations, or the measure does not vary.
        chance: how probable it is that a parameter without any effect would seem to explain so
            much (F-test of the one-way analysis of variance); None where `explained` is.
    """

    factor: str
    measure: str
    levels: tuple[LevelEffect, ...]
    explained: float | None
    chance: float | None

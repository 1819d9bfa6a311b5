"""What a parameter's value does to a metric or resource: each against all other values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksweep.analysis.additive import Additive
from ksweep.analysis.columns import Columns, Measured
from ksweep.analysis.describe import Description, Levels, by_level, description, pooled
from ksweep.analysis.distributions import f_chance
from ksweep.analysis.factors import Coded
from ksweep.analysis.noise import Moments, welch_margins

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
        explained: the share of the measure's variance that the parameter explains beside the
            others (`additive`), from 0 to 1, corrected for its number of values; where that cannot
            be told, what it explains by itself (Kelley's epsilon squared). None where the values
            are as many as the configurations, or the measure does not vary.
        chance: how probable it is that a parameter without any effect would seem to explain so
            much (F-test of that analysis of variance); None where `explained` is.
    """

    factor: str
    measure: str
    levels: tuple[LevelEffect, ...]
    explained: float | None
    chance: float | None


def effects(columns: Columns) -> Iterator[Effect]:
    """Of each factor on each measure that varies."""
    varying = {name: one for name, one in columns.measures.items() if one.varies}
    additive = Additive(columns.factors)
    for coded in columns.factors:
        for name, measured in varying.items():
            yield _effect(coded, name, measured, additive)


def _effect(coded: Coded, measure: str, measured: Measured, additive: Additive) -> Effect:
    levels = by_level(measured, coded.codes, len(coded.factor.levels))
    share, chance = additive.explained(coded, measured) or explained(levels)
    return Effect(
        factor=coded.factor.name,
        measure=measure,
        levels=tuple(_level_effects(coded, levels, measured)),
        explained=share,
        chance=chance,
    )


def _level_effects(coded: Coded, levels: Levels, measured: Measured) -> Iterator[LevelEffect]:
    difference, margin = _against_the_rest(levels)
    for index, level in enumerate(coded.factor.levels):
        if levels.counts[index]:
            middle, reach = difference[index], margin[index]
            yield LevelEffect(
                level=level,
                description=description(levels, index, measured),
                difference=measured.sized(middle),
                low=measured.sized(middle - reach),
                high=measured.sized(middle + reach),
            )


def _against_the_rest(levels: Levels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The difference of each level's mean to that of all others, and how far its interval reaches.

    NaN is what cannot be known.
    """
    import numpy as np

    counts = levels.counts
    others = 1.0 - np.eye(counts.size)
    rest = counts.sum() - counts
    means = levels.means - pooled(levels)[0]  # near 0, so that little is rounded away
    with np.errstate(divide="ignore", invalid="ignore"):
        rest_means = others @ (counts * means) / rest
    away = (means - rest_means[:, None]) ** 2
    within_rest = others @ levels.squares + (others * away) @ counts
    difference = np.where((rest > 0) & (counts > 0), means - rest_means, np.nan)
    own, other = (Moments(counts, means, levels.squares), Moments(rest, rest_means, within_rest))
    return difference, welch_margins(own, other)


def explained(levels: Levels) -> tuple[float | None, float | None]:
    """The corrected share of the variance between levels, and its chance: what one factor does.

    Kelley, "An unbiased correlation ratio measure", PNAS 1935: 1 minus the ratio of the variance
    within the levels to that of all.
    """
    count, used = int(levels.counts.sum()), int((levels.counts > 0).sum())
    _, total = pooled(levels)
    within = float(levels.squares.sum())
    if not total > 0 or used < 2 or count <= used:
        return None, None
    share = 1 - within / (count - used) / (total / (count - 1))
    if within <= 0:
        return 1.0, 0.0
    ratio = (total - within) / (used - 1) / (within / (count - used))
    return max(share, 0.0), f_chance(max(ratio, 0.0), used - 1, count - used)

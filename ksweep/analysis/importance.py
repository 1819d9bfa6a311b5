"""How much each parameter matters for a metric, where that can be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ksweep.analysis.columns import Columns, Measured
from ksweep.analysis.drawing import drawn
from ksweep.analysis.effects import Effect
from ksweep.analysis.factors import Coded, taken
from ksweep.analysis.forest import forest_of

_LEAST = 10  # configurations, below which no model can be seen to predict others
_CHANCE = 0.01  # at which anything is said of a sweep of pure noise
_MOST = 2_000  # more take long, and change the shares by less than a hundredth


class ImportanceMethod(StrEnum):
    """What a share of the importance means.

    Functional ANOVA: how much of the variance of a forest's predictions goes with the parameter,
    alone or together with others. Explained variance: `Effect.explained`, of the parameters that
    explain more than chance would. Both as a share of the sum over the parameters.
    """

    FUNCTIONAL_ANOVA = "functional ANOVA"
    EXPLAINED_VARIANCE = "explained variance"


@dataclass(frozen=True, slots=True)
class Share:
    """A factor's name, and its share of the importance of all, from 0 to 1."""

    factor: str
    share: float


@dataclass(frozen=True, slots=True)
class Importance:
    """The parameters by importance for a metric.

    Attributes:
        measure: the metric or resource, by its name in the summary.
        method: how it was looked for.
        shares: the most important first; they sum to 1. Empty where nothing can be said.
        configurations: over how many it was computed.
        of: how many there are; more than `configurations` where they were thinned out.
        predicted: the share of the variance of configurations that it has not seen that the model
            predicts; None without a model.
        why_not: why nothing can be said; empty where there are shares.
        unjudged: factors of which nothing can be said, as almost every value ran once.
    """

    measure: str
    method: ImportanceMethod
    shares: tuple[Share, ...]
    configurations: int
    of: int
    predicted: float | None = None
    why_not: str = ""
    unjudged: tuple[str, ...] = ()


def importance(columns: Columns, effects: Sequence[Effect], measure: str) -> Importance | None:
    """The factors by importance.

    By functional ANOVA over a forest where scikit-learn is installed, and only where that predicts
    configurations that it has not seen; else by the variance that each explains.

    Args:
        columns: the configurations.
        effects: of the factors on the measure, and maybe on others.
        measure: its name in `columns`.

    Returns:
        None where the measure does not vary, or no parameter does.
    """
    measured = columns.measures.get(measure)
    if measured is None or not measured.varies or not columns.factors:
        return None
    return _by_forest(columns.factors, measured, measure) or _by_effects(measured, effects, measure)


def _by_forest(factors: Sequence[Coded], measured: Measured, measure: str) -> Importance | None:
    """None where scikit-learn is not installed."""
    count = int(measured.order.size)
    method = ImportanceMethod.FUNCTIONAL_ANOVA
    if count < _LEAST:
        few = f"a model of fewer than {_LEAST} configurations cannot be seen to predict others"
        return Importance(measure, method, (), count, count, why_not=few)
    indices = drawn(sorted(measured.order.tolist()), _MOST)
    some = [one for one in (taken(coded, indices) for coded in factors) if one is not None]
    found = forest_of(some, measured.values[indices]) if some else None
    if found is None:
        return None
    shares: tuple[Share, ...] = ()
    why = "the model predicts configurations that it has not seen no better than their mean does"
    if found.predicts:
        names = [coded.factor.name for coded in some]
        shares, why = _shares(dict(zip(names, found.shares, strict=True))), ""
    return Importance(measure, method, shares, len(indices), count, found.predicted, why)


def _by_effects(measured: Measured, effects: Sequence[Effect], measure: str) -> Importance:
    own = [effect for effect in effects if effect.measure == measure]
    found = {
        one.factor: one.explained
        for one in own
        if one.explained and one.chance is not None and one.chance * len(own) <= _CHANCE
    }
    count = int(measured.order.size)
    return Importance(
        measure,
        ImportanceMethod.EXPLAINED_VARIANCE,
        _shares(found),
        count,
        count,
        why_not="" if found else "no parameter explains more by itself than chance would",
        unjudged=tuple(one.factor for one in own if one.explained is None),
    )


def _shares(weights: Mapping[str, float]) -> tuple[Share, ...]:
    """The largest first, equal ones in their order."""
    total = sum(weights.values())
    shares = (Share(name, weight / total if total else 0.0) for name, weight in weights.items())
    return tuple(sorted(shares, key=lambda one: -one.share))

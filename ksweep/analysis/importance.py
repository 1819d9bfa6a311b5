"""How much each parameter matters for a metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ksweep.analysis import ped_anova
from ksweep.analysis.columns import Columns
from ksweep.analysis.effects import Effect
from ksweep.model import Goal, Objective

_LEAST = 20  # configurations, below which a best tenth says nothing
_MOST = 2_000  # more take long, and change the shares by less than a hundredth


class ImportanceMethod(StrEnum):
    """What a share of the importance means.

    PED-ANOVA: how much the values among the best tenth (at least five configurations) differ from
    those among all. Explained variance: `Effect.explained`, as a share of the sum.
    """

    PED_ANOVA = "PED-ANOVA"
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
        method: how it was found.
        shares: the most important first; they sum to 1, or are all 0 where nothing matters.
        configurations: over how many it was computed.
        of: how many there are; more than `configurations` where they were thinned out.
        unjudged: factors of which nothing can be said, as almost every value ran once.
    """

    measure: str
    method: ImportanceMethod
    shares: tuple[Share, ...]
    configurations: int
    of: int
    unjudged: tuple[str, ...] = ()


def importance(
    columns: Columns, effects: Sequence[Effect], objective: Objective
) -> Importance | None:
    """The factors by importance.

    None where nothing can be said: the objective does not vary, or no parameter does, or there is
    one configuration a value.

    By PED-ANOVA where Optuna is installed and there are at least 20 configurations, else by
    explained variance. Where a parameter is conditional, both look at the configurations in which
    it is active.

    Args:
        columns: the configurations.
        effects: of the factors on the objective, and maybe on others.
        objective: its metric is named as in `columns`.
    """
    measured = columns.measures.get(objective.metric)
    if measured is None or not measured.varies or not columns.factors:
        return None
    count = int(measured.order.size)
    found = None
    unjudged: tuple[str, ...] = ()
    if count >= _LEAST:
        falling = objective.goal is Goal.MINIMIZE
        found = ped_anova.divergences(columns.factors, measured, falling, _MOST)
    if found is not None:
        method, used = ImportanceMethod.PED_ANOVA, min(count, _MOST)
    else:
        own = [effect for effect in effects if effect.measure == objective.metric]
        found = {one.factor: one.explained for one in own if one.explained is not None}
        if not found:
            return None
        unjudged = tuple(one.factor for one in own if one.explained is None)
        method, used = ImportanceMethod.EXPLAINED_VARIANCE, count
    return Importance(objective.metric, method, _shares(found), used, count, unjudged)


def _shares(weights: Mapping[str, float]) -> tuple[Share, ...]:
    """The largest first, equal ones in their order."""
    total = sum(weights.values())
    shares = (Share(name, weight / total if total else 0.0) for name, weight in weights.items())
    return tuple(sorted(shares, key=lambda one: -one.share))

"""Which trial is best: the successful ones in the order of one or several measured values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ksweep.analysis.front import undominated
from ksweep.analysis.naming import nearest
from ksweep.errors import InputError, Where
from ksweep.measures import (
    RESOURCES,
    finite,
    measure,
    measured_names,
    number_of,
    usual_goal,
)
from ksweep.model import Goal, Objective, Result, Settings, TrialState


@dataclass(frozen=True, slots=True)
class Basis:
    """What is ranked by, at least one objective; `note` says why, where nobody asked for it."""

    objectives: tuple[Objective, ...]
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics and resources, the most important one first."""
        return tuple(objective.metric for objective in self.objectives)

    @property
    def several(self) -> bool:
        """Whether values of different things are weighed against each other."""
        return len(self.objectives) > 1


@dataclass(frozen=True, slots=True)
class Ranking:
    """Successful trials, the best first; `unranked` succeeded without a finite value.

    With several objectives `scores` has one for each of the ranked, from 0 to 1, and `front` those
    of the ranked that no other one beats in everything. Both are empty with a single one.
    """

    basis: Basis
    ranked: tuple[Result, ...]
    unranked: tuple[Result, ...]
    scores: tuple[float, ...] = ()
    front: tuple[Result, ...] = ()

    @property
    def best(self) -> Result | None:
        """The first of the ranked."""
        return self.ranked[0] if self.ranked else None


def choose_basis(
    results: Sequence[Result],
    settings: Settings,
    metric: str | None = None,
    goal: Goal | None = None,
) -> Basis:
    """What to rank by: what is asked for now (`metric`, `goal`), else what the sweep says.

    Where nobody named a metric and no trial has the default one, it is the time, smallest first.

    Raises:
        InputError: trials have succeeded, but none has the metric that is asked for now.
    """
    if metric is not None:
        _check_known(results, metric)
    if metric is None and settings.objectives:
        return _known_objectives(results, settings.objectives)
    wanted = settings.ranked_by[0]
    if (
        metric is None
        and "metric" not in settings.explicit
        and not _anyone_has(results, wanted.metric)
    ):
        note = f"No metric was named and no trial has {wanted.metric}: ranked by total_time, "
        return Basis(
            (Objective("total_time", goal or Goal.MINIMIZE),),
            note + ("largest first." if goal is Goal.MAXIMIZE else "smallest first."),
        )
    name = metric or wanted.metric
    return Basis((Objective(name, goal or goal_of(name, settings)),))


def _known_objectives(results: Sequence[Result], objectives: tuple[Objective, ...]) -> Basis:
    """Those that any trial has; all of them where that is none, or nothing has succeeded yet."""
    known = tuple(one for one in objectives if _anyone_has(results, one.metric))
    if not known or len(known) == len(objectives):
        return Basis(objectives)
    missing = " and ".join(one.metric for one in objectives if one not in known)
    names = " and ".join(one.metric for one in known)
    return Basis(known, f"No trial has {missing}: ranked by {names} alone.")


def _check_known(results: Sequence[Result], metric: str) -> None:
    succeeded = any(result.status is TrialState.SUCCESS for result in results)
    known = measured_names(results) if succeeded and not _anyone_has(results, metric) else ()
    if not known:
        return
    near = nearest(metric, known)
    fix = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise InputError(f"no trial has a `{metric}`", fix, Where("--metric"))


def _anyone_has(results: Sequence[Result], metric: str) -> bool:
    return any(measure(result, metric) is not None for result in results)


def goal_of(metric: str, settings: Settings) -> Goal:
    """What the sweep says of a metric or resource, else what its name does, else the sweep's goal.

    The sweep's goal is of its own metric; where nobody named a goal, a resource is better small.
    """
    for objective in settings.objectives:
        if objective.metric == metric:
            return objective.goal
    explicit = "goal" in settings.explicit
    if metric == settings.metric and (explicit or metric not in RESOURCES):
        return settings.goal
    return usual_goal(metric) or settings.goal


def rank(results: Sequence[Result], basis: Basis) -> Ranking:
    """The successful trials in order; equal ones by their number, the lower first.

    A trial that lacks one of the values, or has one that is NaN or infinite, is not ranked. Several
    objectives are put together as the weighted sum of their values, each scaled so that the worst
    of the ranked has 0 and the best 1 (all have 1 where they are equal).
    """
    rankable: list[Result] = []
    unranked: list[Result] = []
    costs: list[tuple[float, ...]] = []
    for result in results:
        if result.status is TrialState.SUCCESS:
            found = costs_of(result, basis)
            (unranked if found is None else rankable).append(result)
            costs += [] if found is None else [found]
    scores = _scores(costs, basis) if basis.several else []
    keys = [-one for one in scores] if basis.several else [one for (one,) in costs]
    order = _order(keys, rankable)
    front = frozenset(undominated(costs)) if basis.several else frozenset()
    return Ranking(
        basis=basis,
        ranked=tuple(rankable[index] for index in order),
        unranked=tuple(unranked),
        scores=tuple(scores[index] for index in order if scores),
        front=tuple(rankable[index] for index in order if index in front),
    )


def _order(keys: Sequence[float], results: Sequence[Result]) -> list[int]:
    """The indices by the smallest key; of equal ones by the number and the repetition."""
    rising = sorted(range(len(keys)), key=keys.__getitem__)
    found: list[int] = []
    for _, equal in itertools.groupby(rising, key=keys.__getitem__):
        some = [*equal]
        if len(some) > 1:
            some.sort(key=lambda index: (number_of(results[index].name), results[index].repeat))
        found += some
    return found


def costs_of(result: Result, basis: Basis) -> tuple[float, ...] | None:
    """The values as something to minimise; None where one is missing or not finite."""
    found = []
    for objective in basis.objectives:
        value = finite(measure(result, objective.metric))
        if value is None:
            return None
        found.append(-value if objective.goal is Goal.MAXIMIZE else value)
    return tuple(found)


def _scores(costs: Sequence[tuple[float, ...]], basis: Basis) -> list[float]:
    spans = spans_of(costs)
    return [score(one, spans, basis) for one in costs]


def spans_of(costs: Sequence[tuple[float, ...]]) -> tuple[tuple[float, float], ...]:
    """The best and the worst of each cost."""
    return tuple((min(column), max(column)) for column in zip(*costs, strict=True))


def _share(cost: float, best: float, worst: float) -> float:
    """How far the cost lies from the worst, 0, to the best, 1."""
    # The difference of two finite numbers may be infinite; a half of the smallest would be 0.
    if math.isinf(worst - best) or math.isinf(worst - cost):
        cost, best, worst = cost / 2, best / 2, worst / 2
    return (worst - cost) / (worst - best)


def score(costs: tuple[float, ...], spans: Sequence[tuple[float, float]], basis: Basis) -> float:
    """The weighted sum of the scaled values, 1 for the best in everything."""
    total = sum(objective.weight for objective in basis.objectives)
    found = 0.0
    for objective, cost, (best, worst) in zip(basis.objectives, costs, spans, strict=True):
        found += objective.weight / total * (_share(cost, best, worst) if worst > best else 1.0)
    return found

"""Which trial is best: the successful ones in the order of one metric or resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ksweep.measures import RESOURCES, finite, measure, number_of
from ksweep.model import Goal, Objective, Result, Settings, TrialState


@dataclass(frozen=True, slots=True)
class Basis:
    """What is ranked by; `note` says why, where nobody asked for it."""

    objective: Objective
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Successful trials, the best first; `unranked` succeeded without a finite value."""

    basis: Basis
    ranked: tuple[Result, ...]
    unranked: tuple[Result, ...]

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
    """
    wanted = settings.ranked_by[0]
    if metric is None and "metric" not in settings.explicit and not _anyone_has(results, wanted):
        note = f"No metric was named and no trial has {wanted.metric}: ranked by total_time, "
        return Basis(
            Objective("total_time", goal or Goal.MINIMIZE),
            note + ("largest first." if goal is Goal.MAXIMIZE else "smallest first."),
        )
    name = metric or wanted.metric
    return Basis(Objective(name, goal or _usual_goal(name, settings)))


def _anyone_has(results: Sequence[Result], objective: Objective) -> bool:
    return any(measure(result, objective.metric) is not None for result in results)


def _usual_goal(metric: str, settings: Settings) -> Goal:
    """The sweep's goal; a resource is better small where nobody named a goal."""
    if metric in RESOURCES and "goal" not in settings.explicit:
        return Goal.MINIMIZE
    return settings.goal


def rank(results: Sequence[Result], basis: Basis) -> Ranking:
    """The successful trials in order; equal ones by their number, the lower first."""
    metric = basis.objective.metric
    sign = -1.0 if basis.objective.goal is Goal.MAXIMIZE else 1.0
    scored: list[tuple[float, int, int, Result]] = []
    unranked: list[Result] = []
    for result in results:
        if result.status is not TrialState.SUCCESS:
            continue
        value = finite(measure(result, metric))
        if value is None:
            unranked.append(result)
        else:
            scored.append((sign * value, number_of(result.name), result.repeat, result))
    scored.sort(key=lambda entry: entry[:3])
    return Ranking(basis, tuple(entry[3] for entry in scored), tuple(unranked))

"""The trials of one configuration, and their mean."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter

from ksweep.analysis.ranking import Basis, Ranking, costs_of, rank
from ksweep.analysis.view import View
from ksweep.model import Resources, Result, TrialState

_used = attrgetter(*(one.name for one in fields(Resources)))


@dataclass(frozen=True, slots=True)
class Runs:
    """One configuration.

    Attributes:
        trials: all of its trials, whatever became of them, by number.
        counted: those that `mean` is the mean of: the successful ones that have all that is
            ranked by, or, where none has, all successful ones; at least one.
        mean: named as the first of them, without the parameters that only repeat. It has each
            metric and resource for which any of them has a finite value.
    """

    trials: tuple[Result, ...]
    counted: tuple[Result, ...]
    mean: Result


def repeated_axes(view: View) -> tuple[str, ...]:
    """The `CONFIG_` names that only repeat."""
    return tuple(f"CONFIG_{symbol}" for symbol in view.settings.replicate)


def repeats(view: View) -> bool:
    """Whether the sweep runs configurations more than once."""
    settings = view.settings
    return (
        settings.repeat > 1 or bool(settings.replicate) or any(r.repeat > 1 for r in view.results)
    )


def by_configuration(
    results: Iterable[Result], repeated: Collection[str]
) -> tuple[tuple[Result, ...], ...]:
    """The trials by configuration, which is what the parameters are that do not only repeat.

    In the order of their first trials.

    Args:
        results: the trials.
        repeated: the `CONFIG_` names that only repeat.
    """
    found: dict[frozenset[tuple[str, str]], list[Result]] = {}
    for result in results:
        kept = dict(result.params)
        for name in repeated:
            kept.pop(name, None)
        found.setdefault(frozenset(kept.items()), []).append(result)
    return tuple(map(tuple, found.values()))


def without(params: Mapping[str, str], repeated: Collection[str]) -> dict[str, str]:
    """The parameters that do not only repeat."""
    return {name: text for name, text in params.items() if name not in repeated}


def runs_of(
    configurations: Iterable[tuple[Result, ...]], basis: Basis, repeated: Collection[str]
) -> tuple[Runs, ...]:
    """Those of which a trial has succeeded, given as `by_configuration` does."""
    found = (_runs(trials, basis, repeated) for trials in configurations)
    return tuple(one for one in found if one is not None)


def rank_runs(runs: Sequence[Runs], basis: Basis) -> Ranking:
    """The configurations by their means; nothing wins without a spread.

    Those with a single run come behind all that have several.
    """
    ranking = rank([one.mean for one in runs], basis)
    single = {id(one.mean) for one in runs if len(one.counted) == 1}
    order = sorted(
        range(len(ranking.ranked)), key=lambda place: id(ranking.ranked[place]) in single
    )
    return replace(
        ranking,
        ranked=tuple(ranking.ranked[place] for place in order),
        scores=tuple(ranking.scores[place] for place in order if ranking.scores),
    )


def _runs(trials: tuple[Result, ...], basis: Basis, repeated: Collection[str]) -> Runs | None:
    succeeded = [trial for trial in trials if trial.status is TrialState.SUCCESS]
    if not succeeded:
        return None
    ranked = [trial for trial in succeeded if costs_of(trial, basis) is not None]
    counted = tuple(ranked or succeeded)
    return Runs(trials, counted, _mean_result(counted, repeated))


def _mean_result(runs: Sequence[Result], repeated: Collection[str]) -> Result:
    first = runs[0]
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    metrics = {name: mean([run.metrics.get(name) for run in runs]) for name in names}
    used = map(mean, zip(*(_used(run.resources) for run in runs), strict=True))
    return Result(
        name=first.name,
        id=first.id,
        status=TrialState.SUCCESS,
        exit_code=first.exit_code,
        attempt=first.attempt,
        started_at=first.started_at,
        finished_at=first.finished_at,
        host=first.host,
        params=without(first.params, repeated),
        repeat=first.repeat,
        metrics={name: value for name, value in metrics.items() if value is not None},
        resources=Resources(*used),
    )


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are finite; None where none is. Equal values have exactly themselves."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return None
    if known.count(known[0]) == len(known):
        return known[0]
    try:
        return math.fsum(known) / len(known)
    except OverflowError:
        return math.fsum(value / len(known) for value in known)

"""What results teach a search: the runs of each choice taken together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ksweep.errors import InputError, Where
from ksweep.measures import finite, measure
from ksweep.model import Objective, Result, Settings, TrialState
from ksweep.search import Outcome
from ksweep.store import Results

ChoiceKey: TypeAlias = frozenset[tuple[str, str]]


def choice_key(params: Mapping[str, str], settings: Settings) -> ChoiceKey:
    """What all runs of one choice share: their parameters but for the replicate axes."""
    replicate = {f"CONFIG_{symbol}" for symbol in settings.replicate}
    return frozenset(item for item in params.items() if item[0] not in replicate)


def outcome(results: Sequence[Result], objectives: Sequence[Objective]) -> Outcome:
    """What several runs of one choice came to: the means over those that succeeded.

    A choice of which no run succeeded is pruned where one was, else it failed. So did one that
    lacks a finite value of an objective in every run: there is nothing to learn from it.
    """
    params, ids = results[0].params, frozenset(result.id for result in results)
    means = [_mean(results, objective.metric) for objective in objectives]
    values = tuple(mean for mean in means if mean is not None)
    if len(values) == len(means):
        return Outcome(params, ids, TrialState.SUCCESS, values)
    for result in results:
        if result.pruned is not None:
            stopped = result.pruned.step, result.pruned.value
            return Outcome(params, ids, TrialState.PRUNED, stopped=stopped)
    return Outcome(params, ids, TrialState.FAILED)


def outcomes(results: Iterable[Result], settings: Settings) -> list[Outcome]:
    """What came of each choice whose runs have all ended, in the order in which they did."""
    groups: dict[ChoiceKey, list[Result]] = {}
    for result in results:
        groups.setdefault(choice_key(result.params, settings), []).append(result)
    ended = [group for group in groups.values() if all(one.status.final for one in group)]
    ended.sort(key=lambda group: max(one.finished_at for one in group))
    return [outcome(group, settings.ranked_by) for group in ended]


def taught(earlier: Results, settings: Settings) -> dict[str, object]:
    """What a sweep teaches a search with these settings, as `sweep.json` keeps it.

    Raises:
        InputError: it has no result with a value of each objective.
    """
    found = outcomes(earlier.results(), settings)
    if not any(one.values for one in found):
        names = ", ".join(objective.metric for objective in settings.ranked_by)
        what, fix = f"no trial of it has {names}", "name another sweep, or another metric"
        raise InputError(what, fix, Where(earlier.path))
    return {"from": earlier.name, "outcomes": [_to_json(one) for one in found]}


def recalled(sweep: Mapping[str, Any]) -> list[Outcome]:
    """What `taught` gave, from a `sweep.json`; empty where there is nothing of the kind.

    Raises:
        InputError: it is damaged.
    """
    if sweep.get("warm_start") is None:
        return []
    try:
        return [_from_json(one) for one in sweep["warm_start"]["outcomes"]]
    except (KeyError, TypeError, ValueError):
        what = "`warm_start` is not what ksweep writes"
        raise InputError(what, "restore the file as ksweep wrote it", Where("sweep.json")) from None


def _mean(results: Sequence[Result], metric: str) -> float | None:
    found = (finite(measure(r, metric)) for r in results if r.status is TrialState.SUCCESS)
    values = [value for value in found if value is not None]
    return sum(values) / len(values) if values else None


def _to_json(one: Outcome) -> dict[str, object]:
    return {
        "params": dict(one.params),
        "ids": sorted(one.ids),
        "state": one.state,
        "values": list(one.values),
        "stopped": one.stopped,
    }


def _from_json(document: Mapping[str, Any]) -> Outcome:
    stopped = document["stopped"]
    return Outcome(
        params=dict(document["params"]),
        ids=frozenset(document["ids"]),
        state=TrialState(document["state"]),
        values=tuple(float(value) for value in document["values"]),
        stopped=None if stopped is None else (float(stopped[0]), float(stopped[1])),
    )

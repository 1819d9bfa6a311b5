"""A sweep as the values of its page: everything that the script draws."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeAlias

from ksweep.analysis.counting import count_states
from ksweep.analysis.estimate import Forecast, ages, mean_seconds
from ksweep.analysis.failures import FailureGroup
from ksweep.analysis.overview import Overview
from ksweep.analysis.ranking import Ranking
from ksweep.analysis.records import measure_names
from ksweep.analysis.view import View
from ksweep.measures import RESOURCES
from ksweep.model import Result, TrialState
from ksweep.report.analysis_text import metric_order, why_none_is_best
from ksweep.report.failures_text import share_text
from ksweep.report.page.columns import (
    measured_columns,
    parameter_columns,
    thinned,
    trial_columns,
)
from ksweep.report.page.curves import Curves
from ksweep.report.page.findings import findings
from ksweep.report.page.origin import origin
from ksweep.report.suggestions_text import suggestion_records, why_nothing_follows
from ksweep.store import Results

Document: TypeAlias = dict[str, Any]

VERSION = 1
MOST_TRIALS = 150_000

_BEST_KEPT = 1_000
_CURVES = 10
_RUNNING_CURVES = 5
_CAUSES = 40
_NAMES = 20
_SHARES = 5
_LOG = 4_000  # characters of the end of a log


def document(
    results: Results, view: View, ranking: Ranking, found: Overview, curves: Curves
) -> Document:
    """The values of the page, ready for JSON. Trials are named by their place in its columns.

    `places` are those of the `ranked` ones among all that are, null where the page has all.

    Args:
        results: the directory.
        view: what is in it now.
        ranking: of its trials.
        found: by the analysis of the same.
        curves: what reads learning curves.
    """
    kept = _kept(view.results, ranking)
    shown = [view.results[at] for at in kept]
    place = {id(result): at for at, result in enumerate(shown)}
    names = measure_names(view.results, view.parameters)
    parameters = parameter_columns(view, shown, names.values())
    measured = measured_columns(view, ranking.basis, shown, names)
    ranked = [at for at, one in enumerate(ranking.ranked) if id(one) in place]
    return {
        "version": VERSION,
        "name": results.name,
        "path": results.path,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": results.holder() is not None,
        **_standing(view),
        "basis": _basis(view, ranking, names),
        "ranked": [place[id(ranking.ranked[at])] for at in ranked],
        "places": None if len(ranked) == len(ranking.ranked) else [at + 1 for at in ranked],
        "ranked_of": len(ranking.ranked),
        "scores": [ranking.scores[at] for at in ranked] if ranking.scores else [],
        "front": [place[id(one)] for one in ranking.front if id(one) in place],
        "trials": trial_columns(shown, [view.directories[at] for at in kept]),
        "parameters": list(parameters.values()),
        "measured": measured,
        "order": _order(view, ranking, names, [column["name"] for column in measured]),
        **findings(found, {members: one["name"] for members, one in parameters.items()}),
        "curves": curves.of(_with_curves(results, view, ranking), names),
        "failures": [_failure(cause) for cause in found.causes[:_CAUSES]],
        "suggestions": suggestion_records(view, found),
        "no_suggestion": why_nothing_follows(found),
        "origin": origin(results.sweep, view.settings),
    }


def _kept(results: Sequence[Result], ranking: Ranking) -> list[int]:
    """The places of the trials that the page has: all, or of too many the best and a spread."""
    if len(results) <= MOST_TRIALS:
        return list(range(len(results)))
    best = {id(result) for result in (*ranking.ranked[:_BEST_KEPT], *ranking.front[:_BEST_KEPT])}
    always = (at for at, result in enumerate(results) if id(result) in best)
    return thinned(len(results), MOST_TRIALS, always)


def _standing(view: View) -> Document:
    """How far the sweep is."""
    counts = count_states(result.status for result in view.results)
    total = max(view.planned, len(view.results))
    ended = sum(count for state, count in counts.items() if state.ended)
    return {
        "total": total,
        "count": len(view.results),
        "ended": ended,
        "states": {state.value: count for state, count in counts.items()},
        "trial_seconds": mean_seconds(view.results),
        "remaining_seconds": _rough(Forecast(view).remaining_s(ages(view.results, time.time()))),
    }


def _rough(seconds: float | None) -> float | None:
    """To two digits, so that the page is not drawn anew for each second that passes."""
    return None if seconds is None else float(f"{seconds:.2g}")


def _basis(view: View, ranking: Ranking, names: Mapping[str, str]) -> Document:
    return {
        "objectives": [
            {
                "metric": _column(names, one.metric),
                "goal": one.goal.value,
                "weight": one.weight,
            }
            for one in ranking.basis.objectives
        ],
        "note": ranking.basis.note,
        "none": "" if ranking.ranked else why_none_is_best(view.results, ranking),
        "unranked": len(ranking.unranked),
    }


def _column(names: Mapping[str, str], measured: str) -> str:
    """The column of what is ranked by: a resource's name is that of the resource."""
    return measured if measured in RESOURCES else names.get(measured, measured)


def _order(
    view: View, ranking: Ranking, names: Mapping[str, str], known: Sequence[str]
) -> list[str]:
    """The measured columns, what matters most first."""
    first = (_column(names, name) for name in metric_order(view, ranking))
    return list(dict.fromkeys((*(name for name in first if name in known), *known)))


def _with_curves(results: Results, view: View, ranking: Ranking) -> list[tuple[Result, Any]]:
    """The best, and the first few that run, with their directories."""
    running = (one for one in view.results if one.status is TrialState.RUNNING)
    chosen = [*ranking.ranked[:_CURVES], *islice(running, _RUNNING_CURVES)]
    entries = {entry.name: entry for entry in results.entries} if chosen else {}
    return [(one, results.trial(entries[one.name])) for one in chosen if one.name in entries]


def _failure(cause: FailureGroup) -> Document:
    first = cause.first
    return {
        "status": first.status.value,
        "count": len(cause.trials),
        "names": [trial.name for trial in cause.trials[:_NAMES]],
        "error": first.error or "",
        "shares": [share_text(share) for share in cause.shares[:_SHARES]],
        "log": (first.log_tail or "")[-_LOG:],
    }

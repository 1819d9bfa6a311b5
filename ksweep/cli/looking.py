"""`ksweep status`, `watch`, `leaderboard` and `analyze`: what a results directory says."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ksweep.analysis.counting import count_states
from ksweep.analysis.estimate import mean_seconds, remaining_seconds
from ksweep.analysis.ranking import Ranking, choose_basis, rank
from ksweep.analysis.view import View
from ksweep.cli.output import say, say_json, say_table, tell
from ksweep.cli.tracking import screen
from ksweep.model import Goal, Result, TrialState
from ksweep.report.analysis_text import names_text
from ksweep.report.progress import Progress, best_texts, progress_line
from ksweep.report.reading import read_view
from ksweep.report.tables import leaderboard as leaderboard_table
from ksweep.report.tables import leaderboard_records
from ksweep.report.writing import write_analysis
from ksweep.store import Results

_LOOK_S = 1.0


@dataclass(frozen=True)
class Snapshot:
    """A sweep as its directory shows it at one moment."""

    view: View

    @property
    def total(self) -> int:
        return max(self.view.planned, len(self.view.results))

    @property
    def ended(self) -> int:
        return sum(result.status.ended for result in self.view.results)

    def progress(self) -> Progress:
        results, settings = self.view.results, self.view.settings
        running = [result for result in results if result.status is TrialState.RUNNING]
        ranking = rank(results, choose_basis(results, settings))
        left, each = self.total - self.ended, mean_seconds(results)
        ages = sorted(((r.name, _age_s(r.started_at)) for r in running), key=lambda pair: -pair[1])
        return Progress(
            total=self.total,
            counts=count_states(result.status for result in results),
            elapsed_s=_elapsed_s(results),
            remaining_s=remaining_seconds(left, max(settings.jobs, len(running)), each),
            running=tuple(ages),
            best=best_texts(ranking),
        )


def status(options: Namespace) -> int:
    """Count the trials by state."""
    progress = Snapshot(read_view(_results(options))).progress()
    if options.json:
        counts = {state.value: count for state, count in progress.counts.items()}
        say_json({"total": progress.total, "ended": progress.ended, "states": counts})
        return 0
    say(progress_line(progress))
    for name, age_s in progress.running:
        say(f"  {name} runs for {age_s:.0f}s")
    return 0


def watch(options: Namespace) -> int:
    """Follow a sweep until nobody runs it any more."""
    with screen() as show:
        while True:
            results = _results(options)  # anew: a sweep that is resumed may have grown
            runs = results.holder() is not None
            show(Snapshot(read_view(results)))
            if not runs:
                break
            time.sleep(_LOOK_S)
    return status(options)


def leaderboard(options: Namespace) -> int:
    """List the best configurations so far."""
    view = read_view(_results(options))
    ranking = _ranking(view, options)
    say_leaderboard(view, ranking, options)
    return int(not ranking.ranked)


def analyze(options: Namespace) -> int:
    """Write the analysis again and show it."""
    results = _results(options)
    view = read_view(results)
    ranking = _ranking(view, options)
    text = write_analysis(results, view, ranking, options.top)
    if options.json:
        say_json(leaderboard_records(view, ranking, options.top))
    else:
        say(text.rstrip("\n"))
    return int(not any(result.status is TrialState.SUCCESS for result in view.results))


def say_leaderboard(view: View, ranking: Ranking, options: Namespace) -> None:
    """The best configurations as a table or as JSON, with a word on what ranks them."""
    if options.json:
        say_json(leaderboard_records(view, ranking, options.top))
        return
    if ranking.basis.note:
        tell(ranking.basis.note)
    if ranking.ranked:
        say_table(leaderboard_table(view, ranking, options.top))
        if ranking.front:
            tell("*: no other configuration beats it in every objective")
    else:
        tell(f"no trial has succeeded with a {names_text(ranking)} yet")


def _results(options: Namespace) -> Results:
    return Results.open(options.results, options.output_dir)


def _ranking(view: View, options: Namespace) -> Ranking:
    goal = Goal(options.goal) if options.goal else None
    return rank(view.results, choose_basis(view.results, view.settings, options.metric, goal))


def _age_s(started_at: str) -> float:
    started = _time(started_at)
    return max((datetime.now(UTC) - started).total_seconds(), 0.0) if started else 0.0


def _elapsed_s(results: Sequence[Result]) -> float:
    """From the first start to now, or to the last end where nothing runs."""
    started = [time for result in results if (time := _time(result.started_at))]
    ended = [time for result in results if (time := _time(result.finished_at))]
    if not started:
        return 0.0
    runs = any(result.status is TrialState.RUNNING for result in results)
    last = datetime.now(UTC) if runs else max(ended, default=min(started))
    return max((last - min(started)).total_seconds(), 0.0)


def _time(text: str) -> datetime | None:
    """A recorded time; None where nothing is recorded, or nothing that can be compared."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None

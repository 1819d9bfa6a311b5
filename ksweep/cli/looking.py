"""`ksweep status`, `watch`, `leaderboard` and `analyze`: what a results directory says."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ksweep.analysis.axes import axes
from ksweep.analysis.baseline import Baseline, baseline
from ksweep.analysis.counting import count_states
from ksweep.analysis.estimate import Forecast, ages
from ksweep.analysis.overview import LEADING, overview_of
from ksweep.analysis.ranking import Ranking, choose_basis, rank
from ksweep.analysis.records import Scalar
from ksweep.analysis.records import columns as record_columns
from ksweep.analysis.standing import Standing, leading, standing
from ksweep.analysis.view import View
from ksweep.cli import calling
from ksweep.cli.choosing import ALL, Chosen, chosen, columns_of, say_columns
from ksweep.cli.output import say, say_csv, say_json, say_table, tell
from ksweep.errors import InputError, Where
from ksweep.measures import measured_names
from ksweep.model import Goal, Result, TrialState
from ksweep.report.analysis_text import analysis_text, basis_text, names_text
from ksweep.report.baseline_text import add_differences, baseline_text
from ksweep.report.columns import recorded_columns
from ksweep.report.display import counted
from ksweep.report.incomplete import incomplete_lines
from ksweep.report.overview_json import analysis_value
from ksweep.report.parameters import parameters_text
from ksweep.report.progress import Progress, best_texts, progress_line, running_texts
from ksweep.report.reading import base_config, read_view
from ksweep.report.replicates_text import SPREAD
from ksweep.report.rewritten import rewritten_lines
from ksweep.report.summary import csv_text
from ksweep.report.tables import leaderboard as leaderboard_table
from ksweep.report.tables import leaderboard_records, shared_text
from ksweep.report.writing import tables_written
from ksweep.store import HIDDEN, Results, uncollected

_LOOK_S = 1.0
_NAMED = 5  # columns that are left out


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
        results = self.view.results
        ranking, runs = leading(self.view)
        forecast = Forecast(self.view)
        running, titled = ages(results, time.time()), axes(self.view)
        return Progress(
            total=self.total,
            counts=count_states(result.status for result in results),
            elapsed_s=_elapsed_s(results),
            remaining_s=forecast.remaining_s(running),
            unseen=forecast.unseen,
            running=tuple(running.items()),
            best=best_texts(ranking, titled, runs=runs),
            values={r.name: parameters_text(r, titled) for r in results if r.name in running},
        )


def status(options: Namespace) -> int:
    """Count the trials by state, or list them where columns are chosen."""
    results = _results(options)
    found = chosen(results, options)
    if results.holder() is HIDDEN:
        tell(
            "whether it runs now is for its owner alone to see; what has started counts as running"
        )
    if options.columns:
        say_columns(columns_of(found, options, {}), found.view.results, options)
        return 0
    progress = Snapshot(found.view).progress()
    counts = {state.value: count for state, count in progress.counts.items()}
    if options.json:
        partly = sum(result.incomplete is not None for result in found.view.results)
        document = {
            "total": progress.total,
            "ended": progress.ended,
            "states": counts,
            "remaining_seconds": progress.remaining_s,
        }
        say_json({**document, **({"incomplete": partly} if partly else {})})
    elif options.csv:
        rows: list[dict[str, Scalar]] = [{"state": s, "trials": n} for s, n in counts.items()]
        say_csv(csv_text(("state", "trials"), rows))
    else:
        say(progress_line(progress))
        for text in running_texts(progress):
            say(f"  running: {text}")
        for lines in (incomplete_lines, rewritten_lines):
            for line in lines(found.view.results):
                say(line)
    return 0


def watch(options: Namespace) -> int:
    """Follow a sweep until nobody runs it any more."""
    from ksweep.cli.tracking import screen  # which knows the run loop: the others need none

    with screen() as show:
        while True:
            results = _results(options)  # anew: a sweep that is resumed may have grown
            runner = results.holder()
            snapshot = Snapshot(read_view(results))
            show(snapshot)
            if runner is None or (runner is HIDDEN and snapshot.ended == snapshot.total):
                break
            time.sleep(_LOOK_S)
    return status(options)


def leaderboard(options: Namespace) -> int:
    """List the best configurations so far."""
    found = chosen(_results(options), options)
    stand = _told_apart(found, standing(found.view, _ranking(found, options), options.top))
    ranking = stand.ranking
    if options.columns not in (None, ALL):
        known = recorded_columns(_records(stand, options), ranking.ranked)
        columns = columns_of(found, options, known)
        say_columns(columns, ranking.ranked[: options.top], options)
    elif options.csv:
        _say_csv(stand.view, _records(stand, options))
    else:
        say_leaderboard(stand, options, whole=options.columns == ALL)
    if found.whole.results and not found.view.results:
        tell("--where leaves no trial")
    return int(not ranking.ranked)


@uncollected()
def analyze(options: Namespace) -> int:
    """Write the analysis again and show it; of some trials, or where it may not, show it only."""
    if options.columns is not None and not (options.json or options.csv):
        raise InputError(
            "the analysis is a text and has no columns",
            f"add --json or --csv, or see `{calling.command('leaderboard', options='--columns')}`",
            Where("--columns"),
        )
    results = _results(options)
    found = chosen(results, options)
    trials = _ranking(found, options)
    renewed = not options.where and results.outputs.writable
    with tables_written(results, found.view) if renewed else nullcontext():
        stand = standing(found.view, trials, max(options.top, LEADING))
        listed = _told_apart(found, stand)
        against = _baseline(results, found, stand.ranking, options)
        columns = []
        if options.columns not in (None, ALL):
            known = recorded_columns(_records(listed, options, against), stand.ranking.ranked)
            columns = columns_of(found, options, known)
        told = overview_of(found.view, stand)
        text = analysis_text(found.view, told, options.top)
        if against:
            text += baseline_text(against, found.view, options.top)
    if renewed:
        results.outputs.write(results.outputs.analysis, text)
    elif not options.where:
        tell(f"{results.path}: may not be written; the files there stay as they are")
    if columns:
        say_columns(columns, stand.ranking.ranked[: options.top], options)
    elif options.json:
        say_json({**analysis_value(found.view, told), "top": _records(listed, options, against)})
    elif options.csv:
        _say_csv(listed.view, _records(listed, options, against))
    else:
        say(text.rstrip("\n"))
    return int(not any(result.status is TrialState.SUCCESS for result in found.view.results))


def say_leaderboard(
    stand: Standing, options: Namespace, *, whole: bool = False, more: str = "--columns all"
) -> None:
    """The best configurations as a table or as JSON, with a word on what ranks them.

    Args:
        stand: how they stand.
        options: how many, and in which form.
        whole: with all columns, whatever the terminal has room for.
        more: what shows the columns that are left out.
    """
    view, ranking = stand.view, stand.ranking
    if options.json:
        say_json(_records(stand, options))
        return
    if not ranking.ranked:
        known = ", ".join(measured_names(ranking.unranked))
        there = f"; what was measured: {known}" if ranking.unranked else ""
        tell(f"no trial has succeeded with a {names_text(ranking)} yet{there}")
        return
    tell(ranking.basis.note or f"ranked by {basis_text(ranking.basis)}")
    table = leaderboard_table(view, ranking, options.top, stand.replicates)
    left_out = say_table(table, whole=whole)
    if left_out:
        named = ", ".join(left_out[:_NAMED]) + (", ..." if len(left_out) > _NAMED else "")
        tell(f"{counted(len(left_out), 'column')} more: {more} ({named})")
    if shared := shared_text(view, ranking, options.top):
        tell(f"in all of them {shared}")
    if stand.replicates is not None:
        tell(f"{SPREAD[0].lower()}{SPREAD[1:]}")
    if ranking.front:
        tell("*: no other configuration beats it in every objective")


def _records(
    stand: Standing, options: Namespace, against: Baseline | None = None
) -> list[dict[str, Scalar]]:
    """The best configurations, with what they are against a baseline."""
    ranking = stand.ranking
    records = leaderboard_records(stand.view, ranking, options.top, stand.replicates)
    if against is not None:
        add_differences(records, ranking.ranked[: options.top], against)
    return records


def _say_csv(view: View, records: Sequence[dict[str, Scalar]]) -> None:
    none = ("rank", *record_columns(view.results, view.parameters))
    names = dict.fromkeys(name for record in records for name in record)
    say_csv(csv_text(tuple(names) or none, records))


def _baseline(
    results: Results, found: Chosen, ranking: Ranking, options: Namespace
) -> Baseline | None:
    if options.baseline is None:
        return None
    own = base_config(results)
    return baseline(found.whole, found.view, ranking.basis, options.baseline, own)


def _results(options: Namespace) -> Results:
    return Results.open(options.results, options.output_dir)


def _told_apart(found: Chosen, stand: Standing) -> Standing:
    """What varies in the whole sweep is told apart, also among what is chosen of it."""
    return stand if stand.replicates else replace(stand, view=found.whole)


def _ranking(found: Chosen, options: Namespace) -> Ranking:
    """What is asked for, by what the whole sweep is ranked by."""
    goal = Goal(options.goal) if options.goal else None
    whole = found.whole
    basis = choose_basis(whole.results, whole.settings, options.metric, goal)
    return rank(found.view.results, basis)


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

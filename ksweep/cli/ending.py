"""The last words of a run: why it stopped, what came out, and how to go on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ksweep.analysis.axes import axes
from ksweep.analysis.counting import count_states
from ksweep.analysis.failures import failed
from ksweep.analysis.standing import Standing
from ksweep.analysis.view import View
from ksweep.cli import calling
from ksweep.cli.output import tell
from ksweep.errors import SurroundingsError
from ksweep.measures import measure, missing_metrics
from ksweep.model import Result, Settings, TrialState
from ksweep.report.analysis_text import why_none_is_best
from ksweep.report.display import counted
from ksweep.report.failures_text import last_words, shared_clause
from ksweep.report.progress import best_text, best_texts, counts_text
from ksweep.store import Results
from ksweep.sweep import Finished, StopReason

_INTERRUPTED = 130


def tell_end(results: Results, view: View, stand: Standing, finished: Finished) -> None:
    """Why it ended, the counts, the best, where the files are; the last line says how to go on."""
    ranking = stand.ranking
    shown = shown_path(results.path)
    if finished.reason is StopReason.MAX_FAILURES:
        tell(f"stopped: the first trials all failed{shared_clause(view)}")
        _tell_last_words(view)
    elif finished.reason is StopReason.FAILURE:
        tell("stopped at a trial that failed, as asked")
    elif finished.reason is StopReason.BUDGET:
        tell("the time for this run is over (CONFIG_SWEEP_BUDGET)")
    elif failed(view.results) and not ranking.ranked and not ranking.unranked:
        tell(f"no trial succeeded{shared_clause(view)}")
        _tell_last_words(view)
    elif ranking.unranked and not ranking.ranked:
        tell(why_none_is_best(view.results, ranking))
    tell(f"{counts_text(count_states(result.status for result in view.results))}")
    for line in missing_lines(view.results, view.settings):
        tell(line)
    best = best_texts(ranking, axes(stand.view), stand.replicates)
    if best:
        tell(f"best: {best_text(best)}")
    tell(f"analysis: {shown}/sweep_analysis.txt")
    if finished.left:
        tell(f"{counted(finished.left, 'trial')} left; {_resuming(results)}")


def _tell_last_words(view: View) -> None:
    if words := last_words(view):
        tell(words)


@contextmanager
def resumable(results: Results) -> Iterator[None]:
    """Lets an error of the surroundings say how to go on as well."""
    try:
        yield
    except SurroundingsError as error:
        raise SurroundingsError(
            error.what, f"{error.fix}; {_resuming(results)}", error.where
        ) from None


def shown_path(path: str) -> str:
    """A path as short as it can be told from here."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def _resuming(results: Results) -> str:
    return f"resume with: {calling.command('resume', shown_path(results.path))}"


def exit_code(
    results: Sequence[Result], settings: Settings, interrupted: bool, strict: bool
) -> int:
    """130 where it was interrupted; 1 where the answer is no.

    That is: nothing succeeded, or without a metric that was asked for; with `strict`, any failed.
    """
    if interrupted:
        return _INTERRUPTED
    succeeded = [result for result in results if result.status is TrialState.SUCCESS]
    useless = not succeeded or bool(missing_metrics(succeeded, settings))
    return int(useless or (strict and bool(failed(results))))


def missing_lines(results: Sequence[Result], settings: Settings) -> Iterator[str]:
    """Which of the further metrics that the sweep asks for no successful trial has."""
    succeeded = [result for result in results if result.status is TrialState.SUCCESS]
    missing = [
        name for name in settings.metrics if all(measure(one, name) is None for one in succeeded)
    ]
    if succeeded and missing:
        yield f"no trial gave {' or '.join(missing)} (CONFIG_SWEEP_METRICS)"

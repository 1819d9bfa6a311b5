"""What keeps trials from running well: limits that are too low, a machine that is full."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from ksweep.measures import changes_text, missing_metrics
from ksweep.metrics import lookalikes, named_numbers
from ksweep.model import Cause, Job, Result, Settings, TrialState
from ksweep.store import TrialDir

_LONG_S = 10.0
_NAMES_SHOWN = 8
_INCOMPLETE, _CHANGED = "incomplete", "changed"


class Limits:
    """Tells of each setting that was too low for a trial, and of what could not be read, once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: set[str] = set()
        self._seen_metric = False  # of the first success

    def look(self, result: Result, job: Job) -> Iterator[str]:
        """What there is to say of a trial that has ended, in sentences."""
        for setting, text in _too_low(result, job, self._settings):
            if setting not in self._told:
                self._told.add(setting)
                yield f"{text}; if trials need that, raise CONFIG_SWEEP_{setting}"
        if result.incomplete is not None and _INCOMPLETE not in self._told:
            self._told.add(_INCOMPLETE)
            yield f"the metrics of {result.name} are incomplete: {result.incomplete}"
        if result.changes and _CHANGED not in self._told:
            self._told.add(_CHANGED)
            what = f"{result.name} ran something else than it was asked to"
            yield f"{what}: its program changed {changes_text(result)}"
        if result.status is TrialState.SUCCESS and not self._seen_metric:
            self._seen_metric = True
            missing = missing_metrics((result,), self._settings)
            if missing:
                yield _unnamed(result, missing, TrialDir(job.directory).log_path)


class Patience:
    """Tells when nothing has run for a while, as others have what the next trial needs."""

    def __init__(self) -> None:
        self._since: float | None = None

    def look(self, waiting: Collection[str], running: int, now: float) -> Iterator[str]:
        """What there is to say, once for each such time, in sentences.

        Args:
            waiting: those that wait to be started, in their order.
            running: how many there are with those.
            now: the time, in seconds.
        """
        if not waiting or len(waiting) < running:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= _LONG_S:
            self._since = math.inf
            yield f"nothing runs: {next(iter(waiting))} waits for memory that others use"


def _unnamed(result: Result, missing: Sequence[str], log_path: str) -> str:
    """That a trial did not give what the sweep asks for, and what it may be called."""
    known = [*result.metrics, *named_numbers(log_path)]
    near = dict.fromkeys(one for name in missing for one in lookalikes(name, known))
    there = (
        f"did you mean {' or '.join(near)}? (`--metric NAME` reads the logs again)"
        if near
        else _there(known)
    )
    return f"{result.name} succeeded and gave no {' and no '.join(missing)}: {there}"


def _there(known: Sequence[str]) -> str:
    if not known:
        return "nothing in its output looks like a metric (see docs/program.md)"
    return f"its output has {', '.join(dict.fromkeys(known[:_NAMES_SHOWN]))}"


def _too_low(result: Result, job: Job, settings: Settings) -> Iterator[tuple[str, str]]:
    """The settings, and what became of the trial."""
    limit_mb, name = settings.memory_limit_mb, result.name
    if result.cause is Cause.MEMORY_LIMIT:
        yield "MEMORY_LIMIT_MB", f"{name} was ended as it took more than {limit_mb} MB"
    if result.cause is Cause.STALL:
        yield "STALL_TIMEOUT", f"{name} was ended: {result.error}"
    if result.cause is Cause.TIMEOUT:
        yield "TIMEOUT", f"{name} was ended: {result.error}"
    total_mb = settings.memory_total_mb
    said, peak = job.needs.memory_mb, result.resources.peak_rss_mb
    if said is not None and peak is not None and peak > said:
        yield "MEMORY_MB", f"{name} took {peak:,.0f} MB, where the formula says {said:,.0f} MB"
    if total_mb and peak is not None and peak > total_mb:
        text = f"{name} took {peak:,.0f} MB, more than the {total_mb:,} MB for all trials together"
        yield "MEMORY_TOTAL_MB", f"{text}; such trials run alone"

"""Limits that a trial has shown to be too low for what the program needs."""

from __future__ import annotations

from collections.abc import Iterator

from ksweep.model import Job, Result, Settings, TrialState


class Limits:
    """Tells of each setting that was too low for a trial, once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: set[str] = set()

    def look(self, result: Result, job: Job) -> Iterator[str]:
        """What there is to say of a trial that has ended, in sentences."""
        for setting, text in _too_low(result, job, self._settings):
            if setting not in self._told:
                self._told.add(setting)
                yield f"{text}; where that is what a trial needs, raise CONFIG_SWEEP_{setting}"


def _too_low(result: Result, job: Job, settings: Settings) -> Iterator[tuple[str, str]]:
    """The settings, and what became of the trial."""
    limit_mb, name = settings.memory_limit_mb, result.name
    if result.status is TrialState.OOM and limit_mb:
        yield "MEMORY_LIMIT_MB", f"{name} was ended as it took more than {limit_mb} MB"
    if result.status is TrialState.TIMEOUT:
        limit = "STALL_TIMEOUT" if "no output" in (result.error or "") else "TIMEOUT"
        yield limit, f"{name} was ended: {result.error}"
    said, peak = job.needs.memory_mb, result.resources.peak_rss_mb
    if said is not None and peak is not None and peak > said:
        yield "MEMORY_MB", f"{name} took {peak:,.0f} MB, where the formula says {said:,.0f} MB"

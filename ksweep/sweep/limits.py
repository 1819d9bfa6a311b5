"""Limits that a trial has shown to be too low for what the program needs (pure)."""

from __future__ import annotations

from ksweep.model import Job, Result, Settings, TrialState


def too_low(result: Result, job: Job, settings: Settings) -> dict[str, str]:
    """What there is to say about each setting that was too low for a trial, by its name."""
    found = {}
    limit_mb, name = settings.memory_limit_mb, result.name
    if result.status is TrialState.OOM and limit_mb:
        found["MEMORY_LIMIT_MB"] = f"{name} was ended as it took more than {limit_mb} MB"
    if result.status is TrialState.TIMEOUT:
        limit = "STALL_TIMEOUT" if "no output" in (result.error or "") else "TIMEOUT"
        found[limit] = f"{name} was ended: {result.error}"
    said, peak = job.needs.memory_mb, result.resources.peak_rss_mb
    if said is not None and peak is not None and peak > said:
        found["MEMORY_MB"] = f"{name} took {peak:,.0f} MB, where the formula says {said:,.0f} MB"
    return {
        setting: f"{text}; where that is what a trial needs, raise CONFIG_SWEEP_{setting}"
        for setting, text in found.items()
    }

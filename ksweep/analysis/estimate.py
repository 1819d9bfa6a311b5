"""How long trials take, and how long what is left will take; seconds throughout."""

from __future__ import annotations

from collections.abc import Iterable

from ksweep.model import Result, TrialState


def mean_seconds(results: Iterable[Result]) -> float | None:
    """The mean time of a trial that ran to its end; None until there is one.

    A cancelled or lost trial says nothing of how long the others take, nor does one whose result
    was taken over from an earlier sweep.
    """
    times = [
        result.resources.wall_s
        for result in results
        if result.status.final and result.status is not TrialState.PRUNED
        if result.reused_from is None and result.resources.wall_s is not None
    ]
    return sum(times) / len(times) if times else None


def remaining_seconds(trials: int, jobs: int, seconds_a_trial: float | None) -> float | None:
    """The time for `trials` more, `jobs` at once; None where a trial's time is not known."""
    if seconds_a_trial is None:
        return None
    waves = max(trials / max(jobs, 1), min(trials, 1))
    return waves * seconds_a_trial

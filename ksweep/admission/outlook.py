"""Before the run: how many trials the machine can hold at once."""

from __future__ import annotations

from dataclasses import dataclass

from ksweep.admission.formula import SETTING
from ksweep.admission.site import Site
from ksweep.errors import InputError
from ksweep.model import Settings


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many at once; `notes` say from what that follows, in sentences."""

    jobs: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Worst:
    """The configuration that needs the most memory."""

    name: str
    memory_mb: float


def outlook(
    settings: Settings,
    site: Site,
    worst: Worst | None,
    total_mb: float,
    available_mb: float,
    runner_mb: float,
) -> Outlook:
    """How many trials run at once: as many as were asked for, if the machine can hold them.

    Args:
        settings: the sweep's.
        site: what trials may use.
        worst: by the formula; None where there is none.
        total_mb: the machine's memory.
        available_mb: what of it could be had now.
        runner_mb: what ksweep itself uses.

    Raises:
        InputError: there is not enough memory for one trial.
    """
    asked = settings.jobs or max(len(site.cores) // max(settings.cpus_per_trial, 1), 1)
    jobs, notes = asked, []
    for room, what in _rooms(settings, site):
        if room < jobs:
            jobs = room
            if settings.jobs:
                notes.append(f"{jobs} at once instead of {asked}: {what}")
    if worst is None:
        return Outlook(jobs, tuple(notes))
    fits = _fitting(worst, min(available_mb, site.memory_mb), jobs)
    sums = _sum_text(worst, fits or 1, total_mb, available_mb, runner_mb)
    if settings.memory_total_mb:
        sums += f"; trials may use {site.memory_mb:,.0f} MB"
    if not fits:
        fix = "free memory, or lower what the trial or the formula takes"
        if worst.memory_mb > site.memory_mb < total_mb:
            fix = "raise CONFIG_SWEEP_MEMORY_TOTAL_MB, or lower what the trial or the formula takes"
        raise InputError(f"not even one trial fits: {sums}", fix, SETTING)
    if fits == jobs:
        return Outlook(jobs, (*notes, f"memory: {sums}"))
    if not settings.jobs:  # then those that need less may be more
        return Outlook(
            jobs, (*notes, f"memory: {sums}; up to {jobs} at once of those that need less")
        )
    return Outlook(fits, (*notes, f"memory: {sums}; {fits} at once instead of {jobs}"))


def _rooms(settings: Settings, site: Site) -> list[tuple[int, str]]:
    """For how many trials there are cores and GPUs, and in words."""
    rooms = []
    if settings.cpus_per_trial:
        cores = f"each trial has {settings.cpus_per_trial} of {len(site.cores)} cores"
        rooms.append((len(site.cores) // settings.cpus_per_trial, cores))
    each = site.gpus_of(settings.gpus_per_trial)
    if each:
        shared = f", which {site.trials_per_gpu} trials share" if site.trials_per_gpu > 1 else ""
        gpus = f"each trial has {each} of the GPUs {', '.join(map(str, site.gpus))}{shared}"
        rooms.append((_gpu_room(len(site.gpus), each, site.trials_per_gpu), gpus))
    return rooms


def _gpu_room(gpus: int, each: int, sharing: int) -> int:
    """How many trials with `each` different GPUs there is room for, `sharing` on each GPU."""
    return gpus * sharing // each


def _fitting(worst: Worst, room_mb: float, jobs: int) -> int:
    return jobs if worst.memory_mb <= 0 else min(jobs, int(room_mb // worst.memory_mb))


def _sum_text(
    worst: Worst, jobs: int, total_mb: float, available_mb: float, runner_mb: float
) -> str:
    """`system 3,100 MB + ksweep 70 MB + 4 x 2,072 MB (config_017) = 11,458 MB of 24,105 MB`."""
    system_mb = max(total_mb - available_mb - runner_mb, 0.0)
    needed = system_mb + runner_mb + jobs * worst.memory_mb
    return (
        f"system {system_mb:,.0f} MB + ksweep {runner_mb:,.0f} MB + {jobs} x "
        f"{worst.memory_mb:,.0f} MB ({worst.name}) = {needed:,.0f} MB of {total_mb:,.0f} MB, "
        f"{available_mb:,.0f} MB available"
    )

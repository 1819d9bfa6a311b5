"""What a sweep may use of a machine, and what a trial is given of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ksweep.errors import InputError, Where
from ksweep.model import Settings


class GpuLike(Protocol):
    """A GPU by NVML's number and its unique name."""

    @property
    def index(self) -> int: ...

    @property
    def uuid(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Site:
    """What trials may use.

    Attributes:
        cores: by number.
        gpus: by NVML's number.
        trials_per_gpu: how many trials share one.
        memory_mb: what all trials together may use at most.
        careful: while it is not known what a trial needs, one runs alone.
    """

    cores: tuple[int, ...]
    gpus: tuple[int, ...] = ()
    trials_per_gpu: int = 1
    memory_mb: float = math.inf
    careful: bool = False

    @classmethod
    def of(
        cls, settings: Settings, cores: Sequence[int], memory_mb: float, gpus: Iterable[GpuLike]
    ) -> Site:
        """What the settings leave of a machine's cores, memory and GPUs.

        Raises:
            InputError: they ask for what the machine has not.
        """
        found = {gpu.index for gpu in gpus}
        _check_gpus(settings, found)
        chosen = tuple(settings.gpus) or tuple(sorted(found))
        limited = bool(settings.memory_total_mb)
        site = cls(
            tuple(cores),
            chosen,
            settings.trials_per_gpu,
            min(memory_mb, settings.memory_total_mb) if limited else memory_mb,
            careful=limited or not settings.jobs,
        )
        _check_one_fits(settings, site)
        return site

    def gpus_of(self, asked: int) -> int:
        """How many GPUs a trial gets; -1 asks for one where there are any."""
        return asked if asked >= 0 else int(bool(self.gpus))


def visible(gpus: Sequence[GpuLike], inherited: str | None) -> list[GpuLike]:
    """The GPUs that an inherited `CUDA_VISIBLE_DEVICES` leaves.

    It holds numbers or unique names, which may be shortened; the first that names none ends it,
    as for CUDA itself. None is no such variable.
    """
    if inherited is None:
        return list(gpus)
    left: list[GpuLike] = []
    for text in (piece.strip() for piece in inherited.split(",")):
        matching = [gpu for gpu in gpus if text and _names(text, gpu)]
        if not matching:
            break
        left.append(matching[0])
    return left


def _names(text: str, gpu: GpuLike) -> bool:
    return int(text) == gpu.index if text.isdecimal() else gpu.uuid.startswith(text)


def _check_gpus(settings: Settings, found: set[int]) -> None:
    missing = [index for index in settings.gpus if index not in found]
    if missing:
        raise InputError(
            f"there is no GPU {missing[0]} for trials here",
            f"choose from {_listed(found)}" if found else _NONE_FOUND,
            Where("CONFIG_SWEEP_GPUS"),
        )


def _check_one_fits(settings: Settings, site: Site) -> None:
    asked, there = settings.gpus_per_trial, len(site.gpus)
    if asked > there:
        raise InputError(
            f"each trial is to have {asked} of the GPUs, of which there are {there}",
            "ask for fewer" if there else _NONE_FOUND,
            Where("CONFIG_SWEEP_GPUS_PER_TRIAL"),
        )
    asked, there = settings.cpus_per_trial, len(site.cores)
    if asked > there:
        raise InputError(
            f"each trial is to have {asked} of the cores, of which there are {there}",
            "ask for fewer",
            Where("CONFIG_SWEEP_CPUS_PER_TRIAL"),
        )


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


_NONE_FOUND = (
    "leave the setting out, or see that `nvidia-smi` finds the GPUs and that "
    "CUDA_VISIBLE_DEVICES does not hide them"
)

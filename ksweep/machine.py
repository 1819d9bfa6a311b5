"""What this machine has for trials: cores, memory, GPUs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ksweep import extras, proctable
from ksweep.probe import Gpu, Gpus
from ksweep.process import memory_limits

_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory in MB: all of it, and what could be had now without swapping.

    In a container, or under any control group with a limit, it is what that leaves.
    """

    total_mb: float
    available_mb: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is.

    Attributes:
        cores: the numbers of those that this process may use.
        memory: at the moment of looking.
        gpus: all that NVML finds; empty where there are none, or no NVML.
        nvml: the way to ask them; None likewise.
    """

    cores: tuple[int, ...]
    memory: Memory
    gpus: tuple[Gpu, ...] = ()
    nvml: Gpus | None = None


def look() -> Machine:
    """This machine as it is now."""
    library = extras.find("pynvml")
    nvml = Gpus.find(library) if library is not None else None
    return Machine(cores(), memory(), nvml.all if nvml is not None else (), nvml)


def cores() -> tuple[int, ...]:
    """The numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def memory() -> Memory:
    """The memory of this machine, or of the control groups that this process is in."""
    total, available = proctable.here().memory()
    for limit, used in memory_limits():
        total, available = min(total, limit), min(available, limit - used)
    return Memory(total / _MB, max(available, 0) / _MB)

"""The machine that a sweep is started on."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from dataclasses import dataclass

from ksweep import proctable
from ksweep.probe import MB

_CPUINFO = "/proc/cpuinfo"
_MODEL = ("model name", "cpu model", "Model")  # x86, MIPS, ARM boards


@dataclass(frozen=True, slots=True)
class Device:
    """A GPU; `memory_mb` is None where it has no memory of its own."""

    name: str
    memory_mb: float | None


def cpu_model(cpuinfo: str = _CPUINFO) -> str | None:
    """The name of the CPU's model; None where the machine does not tell."""
    if not os.path.exists(cpuinfo):
        return platform.processor() or None
    with suppress(OSError), open(cpuinfo, encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() in _MODEL and value.strip():
                return value.strip()
    return None


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_mb() -> float:
    """All of the machine's memory, in MB."""
    total, _ = proctable.here().memory()
    return round(total / MB, 3)

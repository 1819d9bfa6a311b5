"""Which GPUs there are, and what a process tree uses of them, by what NVML says."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ksweep.probe.meter import MB

# Old drivers have the first list alone.
_COMPUTE = "nvmlDeviceGetComputeRunningProcesses"
_FURTHER = ("nvmlDeviceGetGraphicsRunningProcesses", "nvmlDeviceGetMPSComputeRunningProcesses")
_NOT_AVAILABLE = (1 << 64) - 1
_OLDEST_US = 2_000_000


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; `index` is NVML's, in the order of the PCI bus.

    `memory_mb` is None where the GPU has no memory of its own.
    """

    index: int
    uuid: str
    name: str
    memory_mb: float | None


@dataclass(frozen=True, slots=True)
class GpuUse:
    """One GPU at one moment. What is None is unknown.

    Attributes:
        processes: pid → bytes that it has of the GPU's memory, for every process on the GPU.
        busy: pid → percent since the look before; processes that are not in it were idle.
        device_percent: of the latest second or so, whoever used it.
    """

    processes: Mapping[int, int | None] | None
    busy: Mapping[int, float] | None
    device_percent: int | None

    def percent_of(self, pids: Collection[int]) -> float | None:
        """How busy these processes keep the GPU; the whole of it where nobody else is on it."""
        if self.processes is None:
            return None
        theirs = self.processes.keys() & pids
        if not theirs:
            return 0.0
        if len(theirs) == len(self.processes) and self.device_percent is not None:
            return float(self.device_percent)
        if self.busy is None:
            return None
        return min(100.0, sum(self.busy.get(pid, 0.0) for pid in pids))

    def bytes_of(self, pids: Collection[int]) -> int | None:
        """The GPU's memory that these processes have together."""
        if self.processes is None:
            return None
        used = [self.processes[pid] for pid in self.processes.keys() & pids]
        known = [size for size in used if size is not None]
        return sum(known) if len(known) == len(used) else None


class Gpus:
    """The GPUs of this machine. A question that NVML cannot answer has the answer None."""

    def __init__(self, library: Any, devices: Mapping[Gpu, Any]) -> None:
        self._library = library
        self._handles = {gpu.index: handle for gpu, handle in devices.items()}
        self._seen_us = dict.fromkeys(self._handles, 0)
        self.all = tuple(devices)

    @classmethod
    def find(cls, library: Any) -> Gpus | None:
        """Those that answer; None where none does.

        Args:
            library: the module `pynvml`.
        """
        try:
            library.nvmlInit()
            count = library.nvmlDeviceGetCount()
        except (library.NVMLError, OSError):
            return None
        devices = {}
        for index in range(count):
            handle = _ask(library, "nvmlDeviceGetHandleByIndex", index)
            if handle is not None:
                devices[_gpu(library, index, handle)] = handle
        return cls(library, devices) if devices else None

    def look(self, index: int) -> GpuUse:
        """What happens on a GPU: one look a second, for everyone who wants to know of it."""
        rates = self._ask("nvmlDeviceGetUtilizationRates", index)
        return GpuUse(
            processes=self._processes(index),
            busy=self._busy(index),
            device_percent=None if rates is None else rates.gpu,
        )

    def energy_mj(self, index: int) -> int | None:
        """What a GPU used since its driver was loaded, in millijoules."""
        used = self._ask("nvmlDeviceGetTotalEnergyConsumption", index)
        return None if used is None else int(used)

    def _ask(self, function: str, index: int) -> Any | None:
        return _ask(self._library, function, self._handles[index])

    def _processes(self, index: int) -> dict[int, int | None] | None:
        """One that computes and draws is in two lists, in both with all of its memory."""
        computing = self._ask(_COMPUTE, index)
        if computing is None:
            return None
        further = [self._ask(function, index) or () for function in _FURTHER]
        found: dict[int, int | None] = {}
        for process in chain(computing, *further):
            sizes = (found.get(process.pid), process.usedGpuMemory)
            known = [size for size in sizes if size is not None and size != _NOT_AVAILABLE]
            found[process.pid] = max(known, default=None)
        return found

    def _busy(self, index: int) -> dict[int, float] | None:
        """A process has a sample for each time that it was seen busy, none where it was idle.

        Samples have the time of the wall clock. Where that was set back, the old ones seem to
        come from the future: they are passed over.
        """
        now_us = _wall_us()
        since_us = min(max(self._seen_us[index], now_us - _OLDEST_US), now_us)
        samples = self._samples(index, since_us)
        if samples is None:
            return None
        now_us = _wall_us()
        fresh = [sample for sample in samples if since_us < sample.timeStamp <= now_us]
        self._seen_us[index] = max((sample.timeStamp for sample in fresh), default=since_us)
        percents: dict[int, list[int]] = {}
        for sample in fresh:
            percents.setdefault(sample.pid, []).append(sample.smUtil)
        if any(percent > 100 for seen in percents.values() for percent in seen):
            return None  # some drivers hand out memory that they did not write to
        return {pid: sum(seen) / len(seen) for pid, seen in percents.items()}

    def _samples(self, index: int, since_us: int) -> Any | None:
        """None where they cannot be had; that there are none is an error in NVML."""
        library = self._library
        try:
            return library.nvmlDeviceGetProcessUtilization(self._handles[index], since_us)
        except Exception as error:  # as in _ask
            nothing = (library.NVML_SUCCESS, library.NVML_ERROR_NOT_FOUND)
            return () if getattr(error, "value", None) in nothing else None


class GpuMeter:
    """Adds up what one trial uses of its GPUs.

    Where NVML never names a process of the tree on one of them, all of it is unknown: the trial
    may not have used them, or NVML counts processes otherwise, as it does inside a container.
    """

    def __init__(self) -> None:
        self._without = 0
        self._with = 0
        self._percents = 0.0
        self._told = 0
        self._peak_bytes: int | None = None

    def sample(self, uses: Iterable[GpuUse], pids: Collection[int]) -> None:
        """Take in one look at each of the trial's GPUs, and the living processes of its tree."""
        uses = tuple(uses)
        processes = [use.processes for use in uses if use.processes is not None]
        if len(processes) < len(uses):
            return
        if not any(on_one.keys() & pids for on_one in processes):
            self._without += 1
            return
        self._with += 1
        percents = [use.percent_of(pids) for use in uses]
        told = [percent for percent in percents if percent is not None]
        if len(told) == len(uses):
            self._percents += sum(told) / len(told)
            self._told += 1
        sizes = [use.bytes_of(pids) for use in uses]
        known = [size for size in sizes if size is not None]
        if len(known) == len(uses):
            self._peak_bytes = max(self._peak_bytes or 0, sum(known))

    @property
    def util_avg(self) -> float | None:
        """Percent, the average over the GPUs and over the time.

        It is what was told of the times with processes on a GPU, and 0 of the times without. A
        time of which nothing was told counts like the others with processes, not like an idle one.
        """
        if not self._told:
            return None
        share = self._with / (self._with + self._without)
        return round(self._percents / self._told * share, 2)

    @property
    def peak_mb(self) -> float | None:
        """The largest sum over the GPUs of what the tree's processes had of their memory."""
        return None if self._peak_bytes is None else round(self._peak_bytes / MB, 3)


def _ask(library: Any, function: str, *arguments: Any) -> Any | None:
    # A driver older than the library raises what is no NVMLError, an older library has not every
    # function: whatever it is, a figure that is missing is no reason for a sweep to fail.
    with suppress(Exception):
        return getattr(library, function)(*arguments)
    return None


def _wall_us() -> int:
    return time.time_ns() // 1000


def _gpu(library: Any, index: int, handle: Any) -> Gpu:
    memory = _ask(library, "nvmlDeviceGetMemoryInfo", handle)
    return Gpu(
        index=index,
        uuid=_text(_ask(library, "nvmlDeviceGetUUID", handle)),
        name=_text(_ask(library, "nvmlDeviceGetName", handle)),
        memory_mb=None if memory is None else round(memory.total / MB, 3),
    )


def _text(said: str | bytes | None) -> str:
    """Older versions of the library give bytes."""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said or ""

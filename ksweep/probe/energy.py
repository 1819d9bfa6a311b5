"""The energy that the machine's counters saw: RAPL's for processors and memory, NVML's for GPUs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from ksweep.probe.gpus import Gpus

RAPL_ROOT = Path("/sys/class/powercap")

# The smallest counters, of 65 kJ, come round again after a minute at 1 kW.
_LONGEST_S = 60.0
_MJ_PER_KWH = 3.6e9
_UJ_PER_MJ = 1000

_PACKAGE = re.compile(r"intel-rapl:\d+")
_WITHIN = re.compile(r"intel-rapl:\d+:\d+")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the counters stood: RAPL's stretch and microjoules, and millijoules of each GPU."""

    rapl: tuple[int, int] | None
    gpus_mj: Mapping[int, int | None]


class Energy:
    """What the processors, their memory, and chosen GPUs used between two moments.

    The counters are of the whole machine: what a trial used is known only where no other ran.
    """

    def __init__(self, rapl: Rapl | None, gpus: Gpus | None) -> None:
        self._rapl = rapl
        self._gpus = gpus

    @classmethod
    def find(cls, root: Path = RAPL_ROOT, gpus: Gpus | None = None) -> Energy | None:
        """The counters of this machine; None where none is readable."""
        rapl = Rapl.find(root)
        told = gpus is not None and any(gpus.energy_mj(gpu.index) is not None for gpu in gpus.all)
        return cls(rapl, gpus) if rapl is not None or told else None

    def update(self) -> None:
        """Take in the counters that wrap: once a minute is too seldom, once a second is well."""
        if self._rapl is not None:
            self._rapl.update()

    def mark(self, gpus: Collection[int] = ()) -> Mark:
        """This moment, to measure from; `gpus` are the indices of those that count."""
        self.update()
        rapl = None if self._rapl is None else (self._rapl.stretch, self._rapl.total_uj)
        return Mark(rapl, {index: self._gpu_mj(index) for index in gpus})

    def kwh_since(self, mark: Mark) -> float | None:
        """The sum of RAPL's counters, where the machine has them, and those of the mark's GPUs.

        None where a counter cannot be read or was not read in time, and where there is none.
        """
        self.update()
        parts = [self._gpu_since(index, before) for index, before in mark.gpus_mj.items()]
        if self._rapl is not None and mark.rapl is not None:
            parts.append(self._rapl.since(*mark.rapl))
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts):
            return None
        return round(sum(known) / _MJ_PER_KWH, 9)

    def _gpu_mj(self, index: int) -> int | None:
        return None if self._gpus is None else self._gpus.energy_mj(index)

    def _gpu_since(self, index: int, before_mj: int | None) -> float | None:
        now_mj = self._gpu_mj(index)
        if now_mj is None or before_mj is None or now_mj < before_mj:
            return None
        return now_mj - before_mj


@dataclass(frozen=True, slots=True)
class _Zone:
    counter: Path
    range_uj: int


class Rapl:
    """The sum of several counters that wrap, in microjoules.

    Attributes:
        total_uj: what was counted, ever growing.
        stretch: the number of times that it could not be said whether a counter wrapped. Totals
            of two stretches have nothing to do with each other.
    """

    def __init__(self, zones: Collection[_Zone], clock: Callable[[], float]) -> None:
        self._zones = tuple(zones)
        self._clock = clock
        self._readings = self._read()
        self._read_at = clock()
        self.total_uj = 0
        self.stretch = 0

    @classmethod
    def find(cls, root: Path, clock: Callable[[], float] = time.monotonic) -> Rapl | None:
        """The counters of packages and DRAM; None where there are none or one is unreadable.

        Left out are parts of a package (`core`, `uncore`), what contains packages (`psys`) and
        what shows them once more (`intel-rapl-mmio`).
        """
        paths = [path for path in sorted(root.glob("intel-rapl:*")) if _is_counted(path)]
        ranges = [_number(path / "max_energy_range_uj") for path in paths]
        zones = [
            _Zone(path / "energy_uj", range_uj)
            for path, range_uj in zip(paths, ranges, strict=True)
            if range_uj
        ]
        found = cls(zones, clock)
        complete = len(zones) == len(paths) > 0
        return found if complete and found._readings is not None else None

    def update(self) -> None:
        """Count on from the last reading."""
        now, readings = self._clock(), self._read()
        in_time = now - self._read_at <= _LONGEST_S
        if readings is not None and self._readings is not None and in_time:
            both = zip(self._zones, self._readings, readings, strict=True)
            self.total_uj += sum((new - old) % zone.range_uj for zone, old, new in both)
        else:
            self.stretch += 1
        self._readings, self._read_at = readings, now

    def since(self, stretch: int, total_uj: int) -> float | None:
        """Millijoules since an earlier total."""
        return (self.total_uj - total_uj) / _UJ_PER_MJ if stretch == self.stretch else None

    def _read(self) -> list[int] | None:
        readings = [_number(zone.counter) for zone in self._zones]
        known = [reading for reading in readings if reading is not None]
        return known if len(known) == len(readings) else None


def _is_counted(path: Path) -> bool:
    name = _text(path / "name")
    if _PACKAGE.fullmatch(path.name):
        return name.startswith("package-")
    return _WITHIN.fullmatch(path.name) is not None and name == "dram"


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isascii() and text.isdigit() else None


def _text(path: Path) -> str:
    """Empty where it cannot be read; on many systems only root may."""
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""

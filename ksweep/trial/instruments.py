"""What is there to measure GPUs and energy with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ksweep.probe import Energy, Gpus, GpuUse


@dataclass(frozen=True, slots=True)
class Instruments:
    """NVML and the counters of energy; None where the machine has no such."""

    nvml: Gpus | None = None
    energy: Energy | None = None

    def look(self, gpus: Collection[int]) -> Mapping[int, GpuUse]:
        """What happens on each of some GPUs, and a reading of the counters; once a second."""
        if self.energy is not None:
            self.energy.update()
        return {index: self.nvml.look(index) for index in gpus} if self.nvml is not None else {}

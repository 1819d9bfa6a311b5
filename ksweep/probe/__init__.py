"""What a trial uses: time, memory and storage of its process tree, GPUs, the machine's energy."""

from __future__ import annotations

from ksweep.probe.energy import Energy, Mark
from ksweep.probe.gpus import Gpu, GpuMeter, Gpus, GpuUse
from ksweep.probe.meter import MB, Meter, next_sample_age

__all__ = [
    "MB",
    "Energy",
    "Gpu",
    "GpuMeter",
    "GpuUse",
    "Gpus",
    "Mark",
    "Meter",
    "next_sample_age",
]

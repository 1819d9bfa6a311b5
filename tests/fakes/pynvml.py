"""A machine with GPUs, for tests: what we use of `nvidia-ml-py`, answered from a JSON file.

`KSWEEP_FAKE_NVML` names the file; it is read anew for every question, so a test may replace it.

    {"errors": {"nvmlInit": "NVMLError_DriverNotLoaded"},        which functions raise what;
                                                              a number is NVML's code
     "gpus": [{"uuid": "GPU-0", "name": "Fake", "memory": 17179869184,
               "compute": {"4711": 1048576, "4712": null}, "graphics": {}, "mps": {},
               "samples": [[4711, 1700000000000000, 30]],        pid, microseconds, percent
               "percent": 30, "energy_mj": 5000, "watts": 250,
               "errors": {"nvmlDeviceGetUtilizationRates": "NVMLError_NotSupported"}}]}

Everything may be left out. A program that a test runs may call `occupy`: it is then on the GPUs
that it was given, for as long as it lives.
"""

# ruff: noqa: N802, N803 - these are the library's names

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from ctypes import c_ulonglong
from pathlib import Path
from types import SimpleNamespace
from typing import Any

NVML_SUCCESS = 0
NVML_ERROR_UNINITIALIZED = 1
NVML_ERROR_INVALID_ARGUMENT = 2
NVML_ERROR_NOT_SUPPORTED = 3
NVML_ERROR_NO_PERMISSION = 4
NVML_ERROR_NOT_FOUND = 6
NVML_ERROR_DRIVER_NOT_LOADED = 9
NVML_ERROR_LIBRARY_NOT_FOUND = 12
NVML_ERROR_GPU_IS_LOST = 15
NVML_ERROR_UNKNOWN = 999

NVML_VALUE_NOT_AVAILABLE_ulonglong = c_ulonglong(-1)

_REACH = 2**20  # of the GPU's memory that the driver keeps for itself
_initialized = 0


class NVMLLibraryMismatchError(Exception):
    """The driver is older than the library."""


class NVMLError(Exception):
    """`NVMLError(6)` makes an `NVMLError_NotFound`, as in the real library."""

    value: int

    def __new__(cls, value: int | None = None) -> NVMLError:
        code = getattr(cls, "value", value)
        kinds = {kind.value: kind for kind in NVMLError.__subclasses__()}
        error = Exception.__new__(kinds.get(code, cls))
        error.value = code
        return error


def _kind(code: int) -> type[NVMLError]:
    return type("NVMLError", (NVMLError,), {"value": code})


NVMLError_Uninitialized = _kind(NVML_ERROR_UNINITIALIZED)
NVMLError_InvalidArgument = _kind(NVML_ERROR_INVALID_ARGUMENT)
NVMLError_NotSupported = _kind(NVML_ERROR_NOT_SUPPORTED)
NVMLError_NoPermission = _kind(NVML_ERROR_NO_PERMISSION)
NVMLError_NotFound = _kind(NVML_ERROR_NOT_FOUND)
NVMLError_DriverNotLoaded = _kind(NVML_ERROR_DRIVER_NOT_LOADED)
NVMLError_LibraryNotFound = _kind(NVML_ERROR_LIBRARY_NOT_FOUND)
NVMLError_GpuIsLost = _kind(NVML_ERROR_GPU_IS_LOST)
NVMLError_Unknown = _kind(NVML_ERROR_UNKNOWN)


def nvmlInit() -> None:
    global _initialized
    if "KSWEEP_FAKE_NVML" not in os.environ:
        raise NVMLError(NVML_ERROR_LIBRARY_NOT_FOUND)
    _fail(_machine(), "nvmlInit")
    _initialized += 1


def nvmlShutdown() -> None:
    global _initialized
    if not _initialized:
        raise NVMLError(NVML_ERROR_UNINITIALIZED)
    _initialized -= 1


def nvmlDeviceGetCount() -> int:
    return len(_ready("nvmlDeviceGetCount").get("gpus", []))


def nvmlDeviceGetHandleByIndex(index: int) -> SimpleNamespace:
    if not 0 <= index < nvmlDeviceGetCount():
        raise NVMLError(NVML_ERROR_INVALID_ARGUMENT)
    handle = SimpleNamespace(index=index)
    _gpu(handle, "nvmlDeviceGetHandleByIndex")
    return handle


def nvmlDeviceGetUUID(handle: SimpleNamespace) -> str:
    return _gpu(handle, "nvmlDeviceGetUUID").get("uuid", f"GPU-{handle.index}")


def nvmlDeviceGetName(handle: SimpleNamespace) -> str:
    return _gpu(handle, "nvmlDeviceGetName").get("name", "Fake")


def nvmlDeviceGetMemoryInfo(handle: SimpleNamespace, version: int | None = None) -> SimpleNamespace:
    gpu = _gpu(handle, "nvmlDeviceGetMemoryInfo")
    total = gpu.get("memory", 16 * 2**30)
    used = _REACH + sum(size or 0 for size in _running(handle, gpu, "compute").values())
    return SimpleNamespace(total=total, used=used, free=total - used)


def nvmlDeviceGetComputeRunningProcesses(handle: SimpleNamespace) -> list[SimpleNamespace]:
    return _processes(handle, "nvmlDeviceGetComputeRunningProcesses", "compute")


def nvmlDeviceGetGraphicsRunningProcesses(handle: SimpleNamespace) -> list[SimpleNamespace]:
    return _processes(handle, "nvmlDeviceGetGraphicsRunningProcesses", "graphics")


def nvmlDeviceGetMPSComputeRunningProcesses(handle: SimpleNamespace) -> list[SimpleNamespace]:
    return _processes(handle, "nvmlDeviceGetMPSComputeRunningProcesses", "mps")


def nvmlDeviceGetProcessUtilization(
    handle: SimpleNamespace, timeStamp: int
) -> Sequence[SimpleNamespace]:
    gpu = _gpu(handle, "nvmlDeviceGetProcessUtilization")
    now_us = time.time_ns() // 1000
    samples = [
        *map(tuple, gpu.get("samples", [])),
        *((pid, now_us, one["percent"]) for pid, one in _occupants(handle) if one["percent"]),
    ]
    fresh = [
        SimpleNamespace(pid=pid, timeStamp=at_us, smUtil=percent, memUtil=0, encUtil=0, decUtil=0)
        for pid, at_us, percent in samples
        if at_us > timeStamp
    ]
    if not fresh:
        raise NVMLError(NVML_ERROR_NOT_FOUND)
    return fresh


def nvmlDeviceGetUtilizationRates(handle: SimpleNamespace) -> SimpleNamespace:
    gpu = _gpu(handle, "nvmlDeviceGetUtilizationRates")
    together = sum(one["percent"] for _, one in _occupants(handle))
    return SimpleNamespace(gpu=gpu.get("percent", min(100, together)), memory=0)


def nvmlDeviceGetTotalEnergyConsumption(handle: SimpleNamespace) -> int:
    gpu = _gpu(handle, "nvmlDeviceGetTotalEnergyConsumption")
    return gpu.get("energy_mj", 0) + int(gpu.get("watts", 0) * time.monotonic() * 1000)


def occupy(memory: int, percent: int) -> None:
    """Has this process use so many bytes and percent of each of the GPUs that it was given."""
    for index in os.environ["CUDA_VISIBLE_DEVICES"].split(","):
        file = _folder(int(index)) / str(os.getpid())
        file.parent.mkdir(parents=True, exist_ok=True)
        written = file.with_suffix(".new")
        written.write_text(json.dumps({"memory": memory, "percent": percent}))
        written.rename(file)


def _machine() -> dict[str, Any]:
    return json.loads(Path(os.environ["KSWEEP_FAKE_NVML"]).read_text())


def _ready(function: str) -> dict[str, Any]:
    if not _initialized:
        raise NVMLError(NVML_ERROR_UNINITIALIZED)
    machine = _machine()
    _fail(machine, function)
    return machine


def _gpu(handle: SimpleNamespace, function: str) -> dict[str, Any]:
    gpu = _ready(function)["gpus"][handle.index]
    _fail(gpu, function)
    return gpu


def _fail(place: dict[str, Any], function: str) -> None:
    error = place.get("errors", {}).get(function)
    if error is not None:
        raise NVMLError(error) if isinstance(error, int) else globals()[error]()


def _processes(handle: SimpleNamespace, function: str, kind: str) -> list[SimpleNamespace]:
    none = 0xFFFFFFFF
    return [
        SimpleNamespace(pid=pid, usedGpuMemory=size, gpuInstanceId=none, computeInstanceId=none)
        for pid, size in _running(handle, _gpu(handle, function), kind).items()
    ]


def _running(handle: SimpleNamespace, gpu: dict[str, Any], kind: str) -> dict[int, int | None]:
    running = {int(pid): size for pid, size in gpu.get(kind, {}).items()}
    if kind == "compute":
        running |= {pid: one["memory"] for pid, one in _occupants(handle)}
    return running


def _occupants(handle: SimpleNamespace) -> Iterator[tuple[int, dict[str, int]]]:
    folder = _folder(handle.index)
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if file.name.isdigit() and _lives(int(file.name)):
            yield int(file.name), json.loads(file.read_text())


def _folder(index: int) -> Path:
    return Path(f"{os.environ['KSWEEP_FAKE_NVML']}.occupied") / str(index)


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"

"""GPUs: which there are, who is on them, and what of them is a trial's."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from ksweep import extras
from ksweep.probe import MB, Energy, Gpu, GpuMeter, Gpus, GpuUse
from probe.conftest import FAKES, Machine

GB = 1 << 30


def now_us() -> int:
    return time.time_ns() // 1000


# -- which there are -----------------------------------------------------------------------------


def test_the_gpus_of_a_machine(machine: Machine) -> None:
    found = machine.found(
        {"uuid": "GPU-a", "name": "Fake A", "memory": 16 * GB},
        {"uuid": "GPU-b", "name": "Fake B", "memory": 24 * GB},
    )
    assert found.all == (
        Gpu(0, "GPU-a", "Fake A", 16 * 1024),
        Gpu(1, "GPU-b", "Fake B", 24 * 1024),
    )


@pytest.mark.parametrize(
    "says",
    [
        {"errors": {"nvmlInit": "NVMLError_LibraryNotFound"}},
        {"errors": {"nvmlInit": "NVMLError_DriverNotLoaded"}},
        {"errors": {"nvmlDeviceGetCount": "NVMLError_NoPermission"}},
        {"gpus": [{"errors": {"nvmlDeviceGetHandleByIndex": "NVMLError_GpuIsLost"}}]},
        {},
    ],
)
def test_a_machine_without(machine: Machine, says: dict[str, Any]) -> None:
    machine.has(**says)
    assert Gpus.find(machine.library) is None


def test_a_library_that_cannot_be_opened(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("wrong ELF class")

    monkeypatch.setattr(machine.library, "nvmlInit", broken)
    assert Gpus.find(machine.library) is None


def test_a_lost_gpu_does_not_renumber_the_others(machine: Machine) -> None:
    lost = {"errors": {"nvmlDeviceGetHandleByIndex": "NVMLError_GpuIsLost"}}
    found = machine.found({"percent": 1}, lost, {"percent": 3})
    assert [gpu.index for gpu in found.all] == [0, 2]
    assert found.look(2).device_percent == 3


def test_a_gpu_that_says_little(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.library, "nvmlDeviceGetName", lambda _: b"Fake \xff")
    silent = ("nvmlDeviceGetMemoryInfo", "nvmlDeviceGetUUID")
    found = machine.found({"errors": dict.fromkeys(silent, "NVMLError_NotSupported")})
    assert found.all == (Gpu(0, "", "Fake �", None),)


# -- who is on them ------------------------------------------------------------------------------


def test_one_process_in_several_lists_counts_once(machine: Machine) -> None:
    found = machine.found(
        {
            "compute": {"10": 5 * MB, "11": None, "12": 2**64 - 1},
            "graphics": {"10": 5 * MB, "11": 3 * MB, "20": MB},
            "mps": {"30": 7 * MB},
            "percent": 40,
        }
    )
    use = found.look(0)
    assert use.processes == {10: 5 * MB, 11: 3 * MB, 12: None, 20: MB, 30: 7 * MB}
    assert use.device_percent == 40


FIELDS = {
    "nvmlDeviceGetComputeRunningProcesses": "processes",
    "nvmlDeviceGetProcessUtilization": "busy",
    "nvmlDeviceGetUtilizationRates": "device_percent",
}


@pytest.mark.parametrize("error", ["NVMLError_NotSupported", "NVMLLibraryMismatchError", 999])
@pytest.mark.parametrize("function", FIELDS)
def test_what_one_question_cannot_say_is_unknown_alone(
    machine: Machine, function: str, error: str | int
) -> None:
    gpu = {"compute": {"10": MB}, "samples": [[10, now_us(), 20]], "percent": 30}
    found = machine.found(gpu)
    machine.has({**gpu, "errors": {function: error}})
    use = found.look(0)
    known = {"processes": {10: MB}, "busy": {10: 20}, "device_percent": 30}
    assert use == GpuUse(**{**known, FIELDS[function]: None})  # type: ignore[arg-type]


def test_a_gpu_that_is_lost_later(machine: Machine) -> None:
    found = machine.found({"energy_mj": 7})
    assert found.energy_mj(0) == 7
    functions = [*FIELDS, "nvmlDeviceGetTotalEnergyConsumption"]
    machine.has({"errors": dict.fromkeys(functions, "NVMLError_GpuIsLost")})
    assert found.look(0) == GpuUse(None, None, None)
    assert found.energy_mj(0) is None


@pytest.mark.parametrize("kind", ["Graphics", "MPSCompute"])
def test_an_old_library_has_fewer_lists(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.delattr(machine.library, f"nvmlDeviceGet{kind}RunningProcesses")
    assert machine.found({"compute": {"10": MB}}).look(0).processes == {10: MB}


# -- how busy they are ---------------------------------------------------------------------------


def test_samples_since_the_look_before(machine: Machine) -> None:
    start = now_us()
    old = [10, start - 60_000_000, 90]
    found = machine.found({"samples": [old, [10, start - 2, 10], [10, start - 1, 30]]})
    assert found.look(0).busy == {10: 20}
    assert found.look(0).busy == {}
    machine.has({"samples": [old, [10, start - 1, 30], [11, now_us(), 5]]})
    assert found.look(0).busy == {11: 5}


@pytest.mark.parametrize("code", [0, 6], ids=["success", "not found"])
def test_no_sample_is_an_answer(machine: Machine, code: int) -> None:
    found = machine.found({"errors": {"nvmlDeviceGetProcessUtilization": code}})
    assert found.look(0).busy == {}


def test_more_than_all_of_a_gpu_is_no_answer(machine: Machine) -> None:
    found = machine.found({"samples": [[10, now_us(), 30], [11, now_us(), 4_000_000]]})
    assert found.look(0).busy is None


def test_empty_samples_are_none(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine.found({})
    empty = machine.library.SimpleNamespace(pid=0, timeStamp=0, smUtil=0)
    monkeypatch.setattr(machine.library, "nvmlDeviceGetProcessUtilization", lambda *_: [empty] * 3)
    assert found.look(0).busy == {}


def test_a_clock_that_is_set_back(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = now_us()
    hour_us = 3_600_000_000
    found = machine.found({"samples": [[10, before, 10]]})
    assert found.look(0).busy == {10: 10}
    now = [before - hour_us]
    monkeypatch.setattr("time.time_ns", lambda: now[0] * 1000)
    assert found.look(0).busy == {}
    now[0] += 1_000_000
    machine.has({"samples": [[10, before, 10], [10, now[0] - 5, 70]]})
    assert found.look(0).busy == {10: 70}


# -- what of them is a trial's -------------------------------------------------------------------

MINE = {10, 11}


@pytest.mark.parametrize(
    ("use", "percent"),
    [
        (GpuUse({10: MB, 11: MB}, {10: 5}, 60), 60),
        (GpuUse({10: MB}, {10: 5}, None), 5),
        (GpuUse({10: MB, 11: MB, 99: MB}, {10: 5, 11: 20, 99: 50}, 60), 25),
        (GpuUse({10: MB, 99: MB}, {99: 50}, 60), 0),
        (GpuUse({10: MB, 11: MB, 99: MB}, {10: 80, 11: 80}, 60), 100),
        (GpuUse({99: MB}, None, 60), 0),
        (GpuUse({10: MB, 99: MB}, None, 60), None),
        (GpuUse({10: MB}, None, None), None),
        (GpuUse(None, {10: 5}, 60), None),
    ],
)
def test_how_busy_a_tree_keeps_a_gpu(use: GpuUse, percent: float | None) -> None:
    assert use.percent_of(MINE) == percent


@pytest.mark.parametrize(
    ("processes", "size"),
    [
        ({10: MB, 11: 2 * MB, 99: 9 * MB}, 3 * MB),
        ({10: MB, 99: None}, MB),
        ({10: MB, 11: None}, None),
        ({99: MB}, 0),
        (None, None),
    ],
)
def test_how_much_of_a_gpus_memory_a_tree_has(
    processes: dict[int, int | None] | None, size: int | None
) -> None:
    assert GpuUse(processes, {}, 0).bytes_of(MINE) == size


def metered(*samples: list[GpuUse]) -> tuple[float | None, float | None]:
    meter = GpuMeter()
    for uses in samples:
        meter.sample(uses, MINE)
    return meter.util_avg, meter.peak_mb


def alone(percent: int, mb: int = 1) -> GpuUse:
    return GpuUse({10: mb * MB}, {}, percent)


IDLE = GpuUse({}, {}, 0)
SHARED_UNTOLD = GpuUse({10: MB, 99: MB}, None, 90)


def test_the_average_and_the_peak_over_time() -> None:
    assert metered([alone(20, 100)], [alone(40, 300)], [alone(90, 200)]) == (50, 300)


def test_several_gpus() -> None:
    """The average is over all that the trial was given, the peak is of their sum."""
    assert metered([alone(80, 100), IDLE], [alone(40, 60), alone(60, 50)]) == (45, 110)


def test_time_without_a_gpu_counts_as_idle() -> None:
    assert metered([IDLE], [alone(80)], [alone(40)], [GpuUse({99: MB}, {}, 90)]) == (30, 1)


def test_what_was_not_told_is_not_taken_for_idle() -> None:
    assert metered([IDLE], [alone(80)], [SHARED_UNTOLD], [SHARED_UNTOLD]) == (60, 1)


def test_a_look_that_fails_is_left_out() -> None:
    failed = GpuUse(None, None, None)
    assert metered([alone(80)], [failed], [failed]) == (80, 1)
    assert metered([alone(80), alone(20)], [alone(0), SHARED_UNTOLD]) == (50, 2)


@pytest.mark.parametrize(
    "samples",
    [
        [],
        [[]],
        [[IDLE], [IDLE]],
        [[GpuUse({99: MB}, {99: 70}, 70)]],
        [[GpuUse(None, {10: 5}, 50)]],
        [[GpuUse(None, {10: 5}, 50), alone(50)]],
    ],
    ids=["no sample", "no GPU", "nobody", "the host's pids", "no list", "one list of two"],
)
def test_what_nvml_does_not_say_is_unknown(samples: list[list[GpuUse]]) -> None:
    assert metered(*samples) == (None, None)


def test_memory_and_use_are_known_apart() -> None:
    assert metered([GpuUse({10: None, 11: MB}, {}, 70)]) == (70, None)
    assert metered([SHARED_UNTOLD]) == (None, 1)


# -- the fake ------------------------------------------------------------------------------------

OCCUPY = "import pynvml; pynvml.occupy({memory}, {percent}); print(flush=True); input()"


def occupied(index: int, memory: int, percent: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", OCCUPY.format(memory=memory, percent=percent)],
        env={**os.environ, "PYTHONPATH": str(FAKES), "CUDA_VISIBLE_DEVICES": str(index)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "\n"
    return process


def test_a_program_on_a_fake_gpu(machine: Machine) -> None:
    found = machine.found({}, {})
    with occupied(1, 5 * MB, 30) as one, occupied(1, 7 * MB, 20) as other:
        assert found.look(1) == GpuUse(
            {one.pid: 5 * MB, other.pid: 7 * MB}, {one.pid: 30, other.pid: 20}, 50
        )
        assert found.look(0) == IDLE
        one.communicate("\n")
        other.communicate("\n")
    assert found.look(1) == IDLE


def test_the_fake_is_like_the_real_library(machine: Machine) -> None:
    real = pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")
    fake = machine.library
    names = [name for name in dir(fake) if name.startswith(("nvml", "NVML"))]
    assert len(names) > 20
    for name in names:
        ours, theirs = getattr(fake, name), getattr(real, name)
        if name.startswith("nvml"):
            assert list(inspect.signature(ours).parameters) == list(
                inspect.signature(theirs).parameters
            )
        elif name.startswith("NVMLError_"):
            assert issubclass(theirs, real.NVMLError)
            assert ours().value == theirs().value
            assert type(fake.NVMLError(ours().value)) is ours
            assert type(real.NVMLError(theirs().value)) is theirs
        elif isinstance(ours, int):
            assert ours == theirs


# -- a real GPU ----------------------------------------------------------------------------------


def test_the_real_library_on_any_machine() -> None:
    real = pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")
    found = Gpus.find(real)
    assert found is None or found.all


@pytest.mark.gpu
def test_a_real_gpu() -> None:
    library = extras.find("pynvml")
    if library is None:
        pytest.skip("nvidia-ml-py is not installed")
    found = Gpus.find(library)
    if found is None:
        pytest.skip("NVML finds no GPU")
    energy = Energy.find(gpus=found)
    mark = energy and energy.mark([gpu.index for gpu in found.all])
    for gpu in found.all:
        said = [found.look(gpu.index)]
        time.sleep(1.2)
        said.append(found.look(gpu.index))
        print(gpu, *said, f"{found.energy_mj(gpu.index)} mJ", sep="\n  ")
        assert gpu.uuid.startswith("GPU-")
        assert gpu.name
        assert gpu.memory_mb is None or gpu.memory_mb > 100
        for use in said:
            assert use.device_percent is None or 0 <= use.device_percent <= 100
            assert all(size is None or size >= 0 for size in (use.processes or {}).values())
            assert all(0 <= percent <= 100 for percent in (use.busy or {}).values())
    used = energy.kwh_since(mark) if energy is not None and mark is not None else None
    print(f"{used} kWh")
    assert used is None or used > 0

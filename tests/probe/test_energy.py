"""Counting joules: counters that wrap, that cannot be read, that nobody looked at for too long."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep.probe import Energy
from ksweep.probe.energy import Rapl
from probe.conftest import Machine

RANGE_UJ = 65_712_999_613
KWH_UJ = 3_600_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def zone(root: Path, path: str, name: str, energy_uj: int, range_uj: int = RANGE_UJ) -> Path:
    """One zone of `/sys/class/powercap`, where all of them lie side by side."""
    directory = root / path
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "name").write_text(f"{name}\n")
    (directory / "max_energy_range_uj").write_text(f"{range_uj}\n")
    counter = directory / "energy_uj"
    counter.write_text(f"{energy_uj}\n")
    return counter


def rapl(root: Path, clock: Clock | None = None) -> Rapl:
    found = Rapl.find(root, clock or Clock())
    assert found is not None
    return found


def energy(root: Path) -> Energy:
    found = Energy.find(root)
    assert found is not None
    return found


def test_packages_and_their_memory_are_counted_once(tmp_path: Path) -> None:
    counted = [
        zone(tmp_path, "intel-rapl:0", "package-0", 10),
        zone(tmp_path, "intel-rapl:1", "package-1-die-0", 20),
        zone(tmp_path, "intel-rapl:0:1", "dram", 30),
        zone(tmp_path, "intel-rapl:1:0", "dram", 40),
    ]
    others = [
        zone(tmp_path, "intel-rapl:2", "psys", 0),
        zone(tmp_path, "intel-rapl:0:0", "core", 0),
        zone(tmp_path, "intel-rapl:0:2", "uncore", 0),
        zone(tmp_path, "intel-rapl:3", "dram", 0),
        zone(tmp_path, "intel-rapl-mmio:0", "package-0", 0),
    ]
    (tmp_path / "intel-rapl").mkdir()
    found = rapl(tmp_path)
    for number, counter in enumerate(counted):
        counter.write_text(str(1000 * 10**number))
    for counter in others:
        counter.write_text("5000000000")
    found.update()
    assert found.total_uj == 1_111_000 - 100


@given(
    st.lists(
        st.tuples(st.integers(0, RANGE_UJ - 1), st.integers(2, RANGE_UJ)), min_size=1, max_size=3
    ),
    st.data(),
)
def test_counters_that_wrap_add_up(zones: list[tuple[int, int]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as directory:
        levels = [start % range_uj for start, range_uj in zones]
        counters = [
            zone(Path(directory), f"intel-rapl:{n}", f"package-{n}", levels[n], range_uj)
            for n, (_, range_uj) in enumerate(zones)
        ]
        found = rapl(Path(directory))
        used = 0
        for _ in range(data.draw(st.integers(1, 6))):
            for n, (_, range_uj) in enumerate(zones):
                step = data.draw(st.integers(0, range_uj - 1))
                used += step
                levels[n] = (levels[n] + step) % range_uj
                counters[n].write_text(str(levels[n]))
            found.update()
        assert (found.total_uj, found.stretch) == (used, 0)


def test_kwh_between_two_moments(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 1, 2 * KWH_UJ)
    found = energy(tmp_path)
    counter.write_text(str(KWH_UJ // 4))
    mark = found.mark()
    counter.write_text(str(KWH_UJ // 2))
    assert found.kwh_since(mark) == 0.25
    counter.write_text(str(KWH_UJ))
    assert found.kwh_since(mark) == 0.75
    assert found.kwh_since(found.mark()) == 0


@pytest.mark.parametrize("gap_s", [59, 61])
def test_counters_must_be_read_in_time(tmp_path: Path, gap_s: float) -> None:
    clock = Clock()
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 0)
    found = rapl(tmp_path, clock)
    counter.write_text("5000")
    clock.now += gap_s
    found.update()
    assert found.since(0, 0) == (5 if gap_s < 60 else None)


@pytest.mark.parametrize("spoilt", ["gone", "empty", "text", "a directory"])
def test_a_counter_that_cannot_be_read_any_more(tmp_path: Path, spoilt: str) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 1000)
    zone(tmp_path, "intel-rapl:0:0", "dram", 1000)
    found = energy(tmp_path)
    mark = found.mark()
    counter.unlink()
    if spoilt == "a directory":
        counter.mkdir()
    elif spoilt != "gone":
        counter.write_text("" if spoilt == "empty" else "busy\n")
    during = found.mark()
    assert found.kwh_since(mark) is None
    if counter.is_dir():
        counter.rmdir()
    counter.write_text("2000")
    assert found.kwh_since(mark) is None
    assert found.kwh_since(during) is None
    after = found.mark()
    counter.write_text(str(2000 + 36_000_000))
    assert found.kwh_since(after) == 1e-5


@pytest.mark.parametrize("file", ["energy_uj", "max_energy_range_uj"])
def test_part_of_the_counters_is_nothing(tmp_path: Path, file: str) -> None:
    """A sum without one of the packages would be no figure of the machine's."""
    zone(tmp_path, "intel-rapl:0", "package-0", 0)
    zone(tmp_path, "intel-rapl:1", "package-1", 0)
    (tmp_path / "intel-rapl:1" / file).unlink()
    assert Energy.find(tmp_path) is None


def test_a_range_of_nothing(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 0, 0)
    assert Energy.find(tmp_path) is None


def test_a_machine_without_counters(tmp_path: Path) -> None:
    assert Energy.find(tmp_path) is None
    assert Energy.find(tmp_path / "none") is None
    (tmp_path / "intel-rapl:0").mkdir()
    assert Energy.find(tmp_path) is None
    (tmp_path / "file").write_text("")
    assert Energy.find(tmp_path / "file") is None


# -- with GPUs -----------------------------------------------------------------------------------


def test_gpus_are_added(machine: Machine, tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 0)
    gpus = machine.found({"energy_mj": 100}, {"energy_mj": 0}, {"energy_mj": 0})
    found = Energy.find(tmp_path, gpus)
    assert found is not None
    mark = found.mark([0, 2])
    counter.write_text("3600000000")
    machine.has({"energy_mj": 7_200_100}, {"energy_mj": 999}, {"energy_mj": 1_800_000})
    assert found.kwh_since(mark) == 0.0035


def test_gpus_without_other_counters(machine: Machine, tmp_path: Path) -> None:
    found = Energy.find(tmp_path, machine.found({"energy_mj": 0}))
    assert found is not None
    mark, none = found.mark([0]), found.mark()
    machine.has({"energy_mj": 3_600_000})
    assert found.kwh_since(mark) == 0.001
    assert found.kwh_since(none) is None


UNSUPPORTED = {"errors": {"nvmlDeviceGetTotalEnergyConsumption": "NVMLError_NotSupported"}}


def test_an_old_gpu_makes_the_sum_unknown(machine: Machine, tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 0)
    found = Energy.find(tmp_path, machine.found({"energy_mj": 0}, UNSUPPORTED))
    assert found is not None
    assert found.kwh_since(found.mark([0])) == 0
    assert found.kwh_since(found.mark([1])) is None
    assert found.kwh_since(found.mark([0, 1])) is None


def test_old_gpus_alone_are_no_counters(machine: Machine, tmp_path: Path) -> None:
    assert Energy.find(tmp_path, machine.found(UNSUPPORTED)) is None


def test_a_driver_that_was_loaded_again(machine: Machine, tmp_path: Path) -> None:
    found = Energy.find(tmp_path, machine.found({"energy_mj": 5000}))
    assert found is not None
    mark = found.mark([0])
    machine.has({"energy_mj": 4999})
    assert found.kwh_since(mark) is None

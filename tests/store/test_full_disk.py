"""What happens when there is no room, on a small file system of its own."""

import os

import pytest

from ksweep.errors import SurroundingsError
from ksweep.store import ConfigDir, Results, listing
from store.disk import fill, small_disk
from store.making import entry, finish, lay_out, result


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk") as path:
        yield path


def append_many(results):
    with results.ledger() as ledger:
        for _ in range(100):
            ledger.append(result(entry(2)))


def test_generation_keeps_the_old_plan(disk):
    there = disk / "sweep_configs"
    with ConfigDir(str(there)).staged() as staged:
        staged.write_config("config_001", "old")
        staged.write_plan({"configurations": listing([entry(1)])})
    fill(disk)
    with (
        pytest.raises(SurroundingsError) as caught,
        ConfigDir(str(there)).staged() as staged,
    ):
        staged.write_config("config_001", "new" * 5000)
    assert str(caught.value).startswith(f"{there}: cannot write this: No space left on device; ")
    assert (there / "config_001").read_text() == "old"
    assert set(os.listdir(disk)) == {"sweep_configs", "filler"}


def test_a_new_sweep_leaves_nothing(disk):
    fill(disk)
    with pytest.raises(SurroundingsError, match="cannot write this: No space left on device"):
        lay_out(disk / "out", 3)
    assert os.listdir(disk) in (["filler"], ["out", "filler"], ["filler", "out"])
    assert not (disk / "out").exists() or os.listdir(disk / "out") == []


def test_what_was_recorded_stays_valid(disk):
    results = lay_out(disk / "out", 3)
    first = finish(results, entry(1))
    fill(disk)
    trial = results.trial(entry(2))
    with pytest.raises(OSError, match="No space left"):
        trial.write_result(result(entry(2)))
    with pytest.raises(SurroundingsError, match=r"results\.jsonl: cannot write this: "):
        append_many(results)
    assert sorted(os.listdir(trial.path)) == ["config.txt"]
    os.unlink(disk / "filler")
    again = Results.open(results.path, "").recover()
    assert again[0] == first

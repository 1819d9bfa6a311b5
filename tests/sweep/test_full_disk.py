"""The disk gets full while a sweep runs, or cannot be written at all."""

import os

import pytest
from store.disk import mount, small_disk

from ksweep.errors import SurroundingsError
from ksweep.model import TrialState
from sweep.making import again, new, run_all, states

FILL = "cat /dev/zero > ../filler 2>/dev/null; true"


@pytest.fixture
def disk(tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk") as path:
        (path / "work").mkdir()
        monkeypatch.chdir(path / "work")
        yield path
        monkeypatch.chdir("/")


def test_a_full_disk_stops_the_run_and_what_was_recorded_stays(disk):
    command = f"sh -c '[ $CONFIG_X != 3 ] || [ -e ../full ] || (touch ../full; {FILL})'"
    results, settings = new(5, command)
    with pytest.raises(SurroundingsError) as caught:
        run_all(results, settings)
    message = str(caught.value)
    stopped = (
        f"{results.path}/config_00{n}_00000000000{n}" for n in (3, 4)
    )  # the last that fitted
    assert message.startswith(tuple(stopped))
    assert ": cannot write this: " in message
    assert "No space left on device; free space" in message
    assert states(results)[:2] == [TrialState.SUCCESS] * 2
    assert TrialState.FAILED not in states(results)
    os.unlink(disk / "filler")
    run_all(again(results), settings)
    assert states(results) == [TrialState.SUCCESS] * 5
    assert [one.attempt for one in again(results).results()][:2] == [1, 1]


def test_a_read_only_disk_is_told_before_anything_runs(disk):
    results, settings = new(1, "true")
    mount("-o", "remount,ro", str(disk))
    with pytest.raises(SurroundingsError, match=r"\.lock: cannot write this: Read-only"):
        run_all(results, settings)
    mount("-o", "remount,rw", str(disk))

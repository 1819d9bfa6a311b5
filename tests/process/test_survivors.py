"""What a killed runner left behind is ended, and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ksweep.process import end_survivors
from ksweep.process.cgroup import CgroupParent
from ksweep.proctable import ProcFs, boot_id
from process.making import PATIENCE_S, family, marked, until

HOST = socket.gethostname()


@pytest.fixture
def survivor(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """What a killed runner would leave: a leader, a child of its and a daemon, all stubborn."""
    place = tmp_path / "trial_1"
    place.mkdir()
    script = "import os, signal, sys, time\n" + family("cd", "time.sleep(600)")
    env = {"PATH": os.environ["PATH"], "KSWEEP_DIR": str(place)}
    command = [sys.executable, "-S", "-c", script]
    with subprocess.Popen(command, cwd=place, env=env, start_new_session=True) as process:
        until(place / "ready-c")
        until(place / "ready-d")
        yield process
        process.kill()
        end_survivors(str(tmp_path), [], HOST, grace_s=0)


def record(of: int, **changes: object) -> dict[str, object]:
    row = ProcFs().row(of)
    assert row is not None
    known = {"pid": of, "start_ticks": row.start_ticks, "host": HOST, "boot_id": boot_id()}
    return {**known, "cgroup": None, **changes}


def test_survivors_are_found_by_the_marker(
    survivor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert end_survivors(str(tmp_path), [], HOST, grace_s=0.2) == 3
    assert marked(tmp_path) == []
    assert survivor.wait(PATIENCE_S) == -signal.SIGKILL


def test_survivors_of_another_sweep_are_left_alone(
    survivor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert end_survivors(str(tmp_path / "trial"), [], HOST) == 0
    assert end_survivors(str(tmp_path / "other"), [], HOST) == 0
    assert survivor.poll() is None


def test_survivors_are_found_by_their_record(
    survivor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    other = str(tmp_path / "moved meanwhile")
    assert end_survivors(other, [record(survivor.pid)], HOST, grace_s=0.2) >= 2
    assert survivor.wait(PATIENCE_S) == -signal.SIGKILL


@pytest.mark.parametrize(
    "changes", [{"host": "another"}, {"boot_id": "earlier"}, {"start_ticks": 1}, {"pid": "12"}]
)
def test_records_of_other_processes_end_nobody(
    survivor: subprocess.Popen[bytes], tmp_path: Path, changes: dict[str, object]
) -> None:
    other = str(tmp_path / "other")
    assert end_survivors(other, [record(survivor.pid, **changes)], HOST) == 0
    assert survivor.poll() is None


def test_survivors_that_end_when_asked_are_not_killed(tmp_path: Path) -> None:
    place = tmp_path / "trial_1"
    place.mkdir()
    env = {"PATH": os.environ["PATH"], "KSWEEP_DIR": str(place)}
    with subprocess.Popen(["sleep", "600"], env=env, start_new_session=True) as process:
        assert end_survivors(f"{tmp_path}/", [], HOST, grace_s=PATIENCE_S) == 1
        assert process.wait(PATIENCE_S) == -signal.SIGTERM


def test_survivors_are_found_by_their_control_group(tmp_path: Path) -> None:
    parent = CgroupParent.find(ProcFs())
    if parent is None:
        pytest.skip("no control group may be made here")
    group = parent.make()
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        group.add(process.pid)
        known = record(os.getpid(), start_ticks=1, cgroup=group.path)
        assert end_survivors(str(tmp_path), [known], HOST) == 1
        assert process.wait(PATIENCE_S) == -signal.SIGTERM
    assert not os.path.exists(group.path)


def test_the_process_that_asks_is_spared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import sys; from ksweep.process import end_survivors\n"
        "print(end_survivors(sys.argv[1], [], sys.argv[2]))\n"
    )
    monkeypatch.setenv("KSWEEP_DIR", f"{tmp_path}/trial_1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    asked = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), HOST], capture_output=True, text=True
    )
    assert (asked.returncode, asked.stdout) == (0, "0\n")

"""What a killed runner left behind is ended, and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ksweep.process import end_survivors
from ksweep.process.cgroup import Cgroup, CgroupParent, mark_of
from ksweep.proctable import ProcFs, boot_id
from process.making import PATIENCE_S, family, marked, until

HOST = socket.gethostname()


NOTHING: list[tuple[str, dict[str, object]]] = []
Victim = subprocess.Popen[bytes]


@pytest.fixture
def survivor(tmp_path: Path) -> Iterator[Victim]:
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
        end_survivors(str(tmp_path), NOTHING, HOST, grace_s=0)


@contextmanager
def sleeping(log: Path | None = None, command: str = "sleep", **env: str) -> Iterator[Victim]:
    """A process without an environment but this, that writes to the log."""
    with ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log is not None else subprocess.DEVNULL
        process = stack.enter_context(
            subprocess.Popen([command, "600"], stdout=output, env=env, start_new_session=True)
        )
        yield process
        process.kill()


def record(of: int, **changes: object) -> dict[str, object]:
    row = ProcFs().row(of)
    assert row is not None
    known = {"pid": of, "start_ticks": row.start_ticks, "host": HOST, "boot_id": boot_id()}
    return {**known, "cgroup": None, **changes}


def results_with_a_log(directory: Path, name: str = "trial_1") -> tuple[str, Path]:
    """A results directory and the log of a trial in it."""
    (directory / "results" / name).mkdir(parents=True)
    return str(directory / "results"), directory / "results" / name / "output.log"


def trial_group(results: str | Path) -> Cgroup:
    """A control group as a runner of this results directory makes it for a trial."""
    parent = CgroupParent.find(ProcFs())
    if parent is None:
        pytest.skip("no control group may be made here")
    return parent.make(mark_of(str(results)))


def put(process: Victim, group: Cgroup) -> None:
    Path(group.path, "cgroup.procs").write_text(str(process.pid))


def test_survivors_are_found_by_the_marker(survivor: Victim, tmp_path: Path) -> None:
    assert end_survivors(str(tmp_path), NOTHING, HOST, grace_s=0.2) == 3
    assert survivor.wait(PATIENCE_S) == -signal.SIGKILL
    assert marked(tmp_path) == []


def test_survivors_of_another_sweep_are_left_alone(survivor: Victim, tmp_path: Path) -> None:
    for other in ("trial", "other"):
        (tmp_path / other).mkdir()
        assert end_survivors(str(tmp_path / other), NOTHING, HOST) == 0
    assert survivor.poll() is None


def test_a_shell_with_a_trials_environment_is_left_alone(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    env = {"PATH": os.environ["PATH"], "KSWEEP_DIR": f"{tmp_path}/trial_1"}
    # Started so, it leads a session of its own that has the terminal.
    command = ["setsid", "--ctty", "sleep", "600"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, env=env) as shell:
        while (row := ProcFs().row(shell.pid)) is None or not row.terminal:
            time.sleep(0.01)
        assert end_survivors(str(tmp_path), NOTHING, HOST) == 0
        assert shell.poll() is None
        shell.kill()
    os.close(ours)
    os.close(theirs)


def test_a_survivor_without_an_environment_is_found_by_the_log_it_writes(tmp_path: Path) -> None:
    results, log = results_with_a_log(tmp_path)
    with sleeping(log) as process:
        known = record(process.pid)
        moved = tmp_path / "moved meanwhile"
        os.rename(results, moved)
        log = moved / log.parent.name / log.name
        assert end_survivors(str(moved), [(str(log), known)], HOST) == 1
        assert process.wait(PATIENCE_S) == -signal.SIGTERM


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "another"},
        {"host": None},
        {"boot_id": "earlier"},
        {"boot_id": None},
        {"start_ticks": 1},
        {"start_ticks": None},
        {"pid": "12"},
        {"pid": -1},
        {"pid": 0},
        {"pid": True},
        {"pid": 1.5},
        {"pid": 10**40},
        {"pid": [1]},
    ],
)
def test_records_of_other_processes_end_nobody(tmp_path: Path, changes: dict[str, object]) -> None:
    results, log = results_with_a_log(tmp_path)
    with sleeping(log) as process:
        known = record(process.pid, **changes)
        assert end_survivors(results, [(str(log), known)], HOST) == 0
        assert process.poll() is None


@pytest.mark.parametrize("pid", [1, os.getppid()])
def test_a_record_with_the_id_of_anything_else_ends_nobody(tmp_path: Path, pid: int) -> None:
    results, log = results_with_a_log(tmp_path)
    with sleeping() as process:
        log.touch()
        records = [(str(log), record(one)) for one in (pid, process.pid)]
        assert end_survivors(results, records, HOST) == 0
        assert process.poll() is None


def _link(place: Path, foreign: Path) -> Path:
    (place / "output.log").symlink_to(foreign)
    return place / "output.log"


def _second_name(place: Path, foreign: Path) -> Path:
    (place / "output.log").hardlink_to(foreign)
    return place / "output.log"


def _linked_directory(place: Path, foreign: Path) -> Path:
    (place / "trial").symlink_to(foreign.parent)
    return place / "trial" / foreign.name


def _dots(place: Path, foreign: Path) -> Path:
    return place / ".." / ".." / foreign.name


def _device(place: Path, _: Path) -> Path:
    (place / "output.log").symlink_to("/dev/null")
    return place / "output.log"


def _pipe(place: Path, _: Path) -> Path:
    os.mkfifo(place / "output.log")
    return place / "output.log"


@pytest.mark.parametrize("make", [_link, _second_name, _linked_directory, _dots, _device, _pipe])
def test_what_writes_to_a_file_outside_is_left_alone(
    tmp_path: Path, make: Callable[[Path, Path], Path]
) -> None:
    results, log = results_with_a_log(tmp_path)
    foreign = tmp_path / "output.log"
    with sleeping(None if make is _device else foreign) as process:
        named = make(log.parent, foreign)
        assert end_survivors(results, [(str(named), record(process.pid))], HOST) == 0
        assert process.poll() is None


def test_survivors_that_end_when_asked_are_not_killed(tmp_path: Path) -> None:
    with sleeping(KSWEEP_DIR=f"{tmp_path}/trial_1") as process:
        assert end_survivors(str(tmp_path), NOTHING, HOST, grace_s=PATIENCE_S) == 1
        assert process.wait(PATIENCE_S) == -signal.SIGTERM


def test_survivors_are_found_by_their_control_group_also_without_a_record(tmp_path: Path) -> None:
    group = trial_group(tmp_path)
    with sleeping() as process:
        put(process, group)
        assert end_survivors(str(tmp_path), NOTHING, HOST) == 1
        assert process.wait(PATIENCE_S) == -signal.SIGTERM
    assert not os.path.exists(group.path)


@pytest.mark.parametrize("whose", ["another sweep's", "a person's", "a similar name", "no group"])
def test_what_a_record_says_of_a_group_ends_nobody(tmp_path: Path, whose: str) -> None:
    results, log = results_with_a_log(tmp_path)
    group = trial_group(tmp_path)
    if whose == "a person's":
        os.rmdir(group.path)
        group = Cgroup(f"{os.path.dirname(group.path)}/ksweep-tests-{os.getpid()}")
        os.mkdir(group.path)
    elif whose == "a similar name":
        os.rmdir(group.path)
        group = Cgroup(group.path.rpartition("-")[0] + f"-{mark_of(results)}0")
        os.mkdir(group.path)
    with sleeping() as process:
        put(process, group)
        said = str(tmp_path) if whose == "no group" else group.path
        known = record(process.pid, cgroup=said)
        assert end_survivors(results, [(str(log), known)], HOST) == 0
        assert process.poll() is None
    assert group.remove()


def test_the_process_that_asks_is_spared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import os, sys; from ksweep.process import end_survivors\n"
        "if len(sys.argv) > 3: open(sys.argv[3] + '/cgroup.procs', 'w').write('0')\n"
        "print(end_survivors(sys.argv[1], [], sys.argv[2]))\n"
    )
    monkeypatch.setenv("KSWEEP_DIR", f"{tmp_path}/trial_1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    command = [sys.executable, "-c", script, str(tmp_path), HOST]
    asked = subprocess.run(command, capture_output=True, text=True)
    assert (asked.returncode, asked.stdout) == (0, "0\n")
    group = trial_group(tmp_path)
    asked = subprocess.run([*command, group.path], capture_output=True, text=True)
    assert (asked.returncode, asked.stdout) == (0, "0\n")
    assert group.remove()

"""Trees of real processes, and that nothing of them is left, by every means there is."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ksweep.model import TrialState
from ksweep.process import Exit, Process, Supervisor, end_survivors
from ksweep.process.cgroup import CgroupParent
from ksweep.process.signals import send
from ksweep.proctable import Identity, ProcFs, PsutilTable, boot_id, here

GRACE_S = 0.4
PATIENCE_S = 30

_full = Supervisor.here
MEANS: dict[str, Callable[[], Supervisor]] = {
    "everything": _full,
    "without control groups": lambda: Supervisor(ProcFs(), None, _adopts()),
    "as on macOS": lambda: Supervisor(PsutilTable(), None, adopts=False),
}


def _adopts() -> bool:
    return _full()._adopts


@pytest.fixture(params=MEANS)
def supervisor(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Supervisor]:
    if request.param == "as on macOS":
        monkeypatch.delattr(os, "pidfd_open")
        monkeypatch.delattr(os, "waitid")
    made = MEANS[request.param]()
    yield made
    made.close()


@pytest.fixture
def best() -> Iterator[Supervisor]:
    made = Supervisor.here()
    yield made
    made.close()


class Starter:
    """Starts Python scripts in directories of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._count = 0

    def __call__(self, supervisor: Supervisor, script: str, timeout_s: float = 0) -> Process:
        self._count += 1
        place = self.directory / f"trial_{self._count}"
        place.mkdir()
        log = os.open(place / "log", os.O_WRONLY | os.O_CREAT)
        try:
            argv = [sys.executable, "-S", "-c", "import os, signal, sys, time\n" + script]
            env = {"PATH": os.environ["PATH"], "KSWEEP_DIR": str(place)}
            tree, _ = supervisor.start(argv, str(place), env, log)
        finally:
            os.close(log)
        return Process(supervisor, tree, time.monotonic(), timeout_s, GRACE_S)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    yield Starter(tmp_path)
    assert marked(tmp_path) == []


def marked(directory: Path) -> list[int]:
    """The living processes whose environment names a directory below this one."""
    table = ProcFs()
    mark = os.fsencode(f"KSWEEP_DIR={directory}/")
    rows = table.rows().values()
    return [row.pid for row in rows if row.alive and mark in table.environment(row.pid)]


def finished(process: Process) -> Exit:
    deadline = time.monotonic() + PATIENCE_S
    while not process.advance(time.monotonic()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process.finish()


def until(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# Forks once for each letter: a child in the session (c), a daemon in its own (d), one that has
# also cleared its environment (e). All ignore SIGTERM and live until they are killed.
FAMILY = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def become(kind):
    if os.fork():
        return
    if kind in "de":
        os.setsid()
        if os.fork():
            os._exit(0)
    if kind == "e":
        os.execve(sys.executable, [sys.executable, "-S", "-c", STAY], {})
    open("ready-" + kind, "w").write(str(os.getpid()))
    time.sleep(600)
    os._exit(0)
STAY = '''
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("ready-e", "w").write(str(os.getpid()))
time.sleep(600)
'''
for kind in KINDS:
    become(kind)
while any(not os.path.exists("ready-" + kind) for kind in KINDS):
    time.sleep(0.01)
"""


def family(kinds: str, then: str) -> str:
    return f"KINDS = {kinds!r}\n{FAMILY}{then}\n"


def gone(directory: Path, kinds: str) -> bool:
    """Nothing lives of the processes that the family noted."""
    table = ProcFs()
    rows = [table.row(int((directory / f"ready-{kind}").read_text())) for kind in kinds]
    return not any(row is not None and row.alive for row in rows)


# -- by every means ------------------------------------------------------------------------------


def test_an_exit_code_and_its_time(supervisor: Supervisor, start: Starter) -> None:
    ended = finished(start(supervisor, "time.sleep(0.3); sys.exit(3)"))
    assert (ended.code, ended.reason) == (3, None)
    assert 0.3 < ended.wall_s < 5


def test_output_is_in_the_log_and_input_is_closed(
    supervisor: Supervisor, start: Starter, tmp_path: Path
) -> None:
    finished(
        start(supervisor, "print(repr(sys.stdin.read())); sys.stdout.flush(); os.write(2, b'err')")
    )
    assert (tmp_path / "trial_1/log").read_text() == "''\nerr"


def test_what_is_left_when_the_program_returns_is_ended(
    supervisor: Supervisor, start: Starter, tmp_path: Path
) -> None:
    ended = finished(start(supervisor, family("cd", "sys.exit(5)")))
    assert (ended.code, ended.reason) == (5, None)
    assert gone(tmp_path / "trial_1", "cd")


def test_a_time_limit_ends_the_whole_tree(
    supervisor: Supervisor, start: Starter, tmp_path: Path
) -> None:
    process = start(supervisor, family("cd", "time.sleep(600)"), timeout_s=3)
    ended = finished(process)
    assert (ended.code, ended.reason) == (-signal.SIGKILL, TrialState.TIMEOUT)
    assert 3 + GRACE_S < ended.wall_s < 15
    assert gone(tmp_path / "trial_1", "cd")


def test_a_stopped_tree_is_woken_to_end(
    supervisor: Supervisor, start: Starter, tmp_path: Path
) -> None:
    script = (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
        "open('ready', 'w').close()\n"
        "os.kill(os.getpid(), signal.SIGSTOP)\n"
        "time.sleep(600)\n"
    )
    process = start(supervisor, script)
    until(tmp_path / "trial_1/ready")
    process.stop(TrialState.PRUNED, time.monotonic())
    ended = finished(process)
    assert (ended.code, ended.reason) == (9, TrialState.PRUNED)


def test_the_first_reason_holds(supervisor: Supervisor, start: Starter) -> None:
    process = start(supervisor, "time.sleep(600)")
    process.stop(TrialState.PRUNED, time.monotonic())
    process.stop(TrialState.CANCELLED, time.monotonic())
    assert finished(process).reason is TrialState.PRUNED


def test_what_ended_before_it_was_stopped_has_ended_by_itself(
    supervisor: Supervisor, start: Starter, tmp_path: Path
) -> None:
    process = start(supervisor, "open('ready', 'w').close()")
    until(tmp_path / "trial_1/ready")
    time.sleep(0.5)  # it ends, and nobody has noticed
    process.stop(TrialState.CANCELLED, time.monotonic())
    ended = finished(process)
    assert (ended.code, ended.reason) == (0, None)


def test_other_trials_are_left_alone(
    supervisor: Supervisor, start: Starter, tmp_path: Path
) -> None:
    other = start(supervisor, family("cd", "time.sleep(600)"))
    until(tmp_path / "trial_1/ready-d")
    until(tmp_path / "trial_1/ready-c")
    finished(start(supervisor, family("cd", "")))
    assert len(marked(tmp_path)) == 3
    other.stop(TrialState.CANCELLED, time.monotonic())
    finished(other)


def test_closing_ends_everything(supervisor: Supervisor, start: Starter, tmp_path: Path) -> None:
    start(supervisor, family("cd", "time.sleep(600)"))
    until(tmp_path / "trial_1/ready-d")
    until(tmp_path / "trial_1/ready-c")
    supervisor.close()
    assert marked(tmp_path) == []


# -- by what Linux has ---------------------------------------------------------------------------


def test_a_control_group_holds_what_has_cleared_its_environment_and_left_its_session(
    best: Supervisor, start: Starter, tmp_path: Path
) -> None:
    process = start(best, family("e", ""))
    if process.tree.cgroup is None:
        pytest.skip("no control group may be made here")
    finished(process)
    assert gone(tmp_path / "trial_1", "e")


def test_without_control_groups_it_is_ended_when_the_runner_ends(
    start: Starter, tmp_path: Path
) -> None:
    supervisor = Supervisor(ProcFs(), None, _adopts())
    finished(start(supervisor, family("e", "")))
    supervisor.close()
    assert gone(tmp_path / "trial_1", "e")


def test_control_groups_are_used_again_and_removed_in_the_end(start: Starter) -> None:
    supervisor = Supervisor.here()
    paths = set()
    for _ in range(3):
        process = start(supervisor, "")
        if process.tree.cgroup is None:
            pytest.skip("no control group may be made here")
        paths.add(process.tree.cgroup.path)
        finished(process)
    assert len(paths) == 1
    supervisor.close()
    assert not os.path.exists(paths.pop())


def test_a_frozen_control_group_is_not_used_again(best: Supervisor, start: Starter) -> None:
    first = start(best, "")
    if first.tree.cgroup is None:
        pytest.skip("no control group may be made here")
    finished(first)
    Path(first.tree.cgroup.path, "cgroup.freeze").write_text("1")
    assert finished(start(best, "sys.exit(4)")).code == 4


def test_control_groups_of_runners_that_are_no_more_are_removed() -> None:
    table = ProcFs()
    parent = CgroupParent.find(table)
    if parent is None:
        pytest.skip("no control group may be made here")
    group = parent.make()
    stale = Path(group.path).with_name("ksweep-4194305-1-1")
    stale.mkdir()
    CgroupParent.find(table)
    assert not stale.exists()
    assert Path(group.path).exists()  # of a runner that lives
    group.remove()


def test_the_end_of_the_main_process_wakes_the_waiting(best: Supervisor, start: Starter) -> None:
    process = start(best, "time.sleep(0.2)")
    assert process.descriptor is not None
    ready, _, _ = select.select([process.descriptor], [], [], PATIENCE_S)
    assert ready
    assert process.advance(time.monotonic())
    process.finish()


def test_orphans_count_as_the_trials(best: Supervisor, start: Starter) -> None:
    script = (
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        end = time.process_time() + 0.4\n"
        "        while time.process_time() < end: pass\n"
        "        file = open('data', 'wb'); file.write(b'x' * (4 << 20)); file.flush()\n"
        "        os.fsync(file.fileno())\n"
        "        open('done', 'w').close()\n"
        "    os._exit(0)\n"
        "while not os.path.exists('done'): time.sleep(0.02)\n"
        "time.sleep(0.1)\n"
    )
    used = finished(start(best, script)).usage
    assert used.cpu_s > 0.35
    assert used.storage is not None
    assert used.storage[1] >= 4 << 20


def test_the_runners_own_memory_is_not_the_trials(best: Supervisor, start: Starter) -> None:
    ballast = bytearray(200 << 20)
    small = finished(start(best, "")).usage
    assert small.peak_rss_bytes is None  # the kernel's maximum is the runner's
    large = finished(start(best, f"x = bytearray({2 * len(ballast)})")).usage
    assert large.peak_rss_bytes is not None
    assert large.peak_rss_bytes > 400 << 20


def test_children_of_the_runners_other_parts_are_left_alone(
    best: Supervisor, start: Starter
) -> None:
    other = subprocess.Popen(["sh", "-c", "exit 3"])
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    finished(start(best, family("d", "")))
    assert other.wait() == 3


def test_no_signal_reaches_a_process_that_only_has_the_number() -> None:
    table = here()
    with subprocess.Popen(["sleep", "60"]) as process:
        row = table.row(process.pid)
        assert row is not None
        send(table, row._replace(start_ticks=row.start_ticks - 1), signal.SIGKILL)
        time.sleep(0.1)
        assert process.poll() is None
        send(table, row, signal.SIGKILL)
        assert process.wait(PATIENCE_S) == -signal.SIGKILL


def test_a_program_that_is_not_there_leaves_nothing_behind(
    best: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        best.start(["/nowhere"], str(tmp_path), {"KSWEEP_DIR": str(tmp_path)}, 1)
    assert best.collect() == []


# -- survivors of a killed runner ----------------------------------------------------------------

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


def record(pid: int, **changes: object) -> dict[str, object]:
    row = ProcFs().row(pid)
    assert row is not None
    known = {"pid": pid, "start_ticks": row.start_ticks, "host": HOST, "boot_id": boot_id()}
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
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    asked = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), HOST], capture_output=True, text=True
    )
    assert (asked.returncode, asked.stdout) == (0, "0\n")


def test_an_identity_is_a_process_for_all_time() -> None:
    row = here().row(os.getpid())
    assert row is not None
    assert row.identity == Identity(os.getpid(), row.start_ticks)

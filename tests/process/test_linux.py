"""What control groups, subreapers and process descriptors add."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ksweep.process import Process, Supervisor
from ksweep.process.cgroup import Cgroup, CgroupParent, own_directory
from ksweep.process.signals import send
from ksweep.process.usage import own_peak_bytes
from ksweep.proctable import ProcFs, here
from process.making import PATIENCE_S, Starter, family, finished, gone, limited_group, running


def test_a_control_group_holds_what_has_cleared_its_environment_and_left_its_session(
    best: Supervisor, start: Starter, tmp_path: Path
) -> None:
    process = start(best, family("e", ""))
    if process.tree.cgroup is None:
        pytest.skip("no control group may be made here")
    finished(process)
    assert gone(tmp_path / "trial_1", "e")


def test_what_forks_leaves_and_forgets_at_once_is_in_its_control_group(
    best: Supervisor, start: Starter
) -> None:
    daemon = ["sleep", f"600.{os.getpid()}"]
    for _ in range(20):
        time.sleep(0.05)  # the kernel moves processes slowly when none was moved a moment ago
        process = start.command(best, ["setsid", "--fork", "env", "-i", *daemon])
        if process.tree.cgroup is None:
            pytest.skip("no control group may be made here")
        finished(process)
        assert running(daemon) == []


def test_a_control_group_that_cannot_be_entered_any_more_is_replaced(
    best: Supervisor, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(best, "")
    if first.tree.cgroup is None:
        pytest.skip("no control group may be made here")
    finished(first)
    spoilt, enter = first.tree.cgroup.path, Cgroup.enter

    def refuse(group: Cgroup) -> None:
        if group.path == spoilt:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        enter(group)

    monkeypatch.setattr(Cgroup, "enter", refuse)
    second = start(best, "")
    assert second.tree.cgroup is not None
    assert second.tree.cgroup.path != spoilt
    assert not os.path.exists(spoilt)
    finished(second)


def test_a_runner_that_cannot_leave_a_group_ends_nothing_by_it(
    best: Supervisor, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = best._cgroups
    if parent is None:
        pytest.skip("no control group may be made here")
    with monkeypatch.context() as patch:
        patch.setattr(CgroupParent, "leave", lambda _: False)
        process = start(best, family("d", ""))
    assert process.tree.cgroup is None
    group = own_directory(b"")
    finished(process)
    assert finished(start(best, "sys.exit(4)")).code == 4
    assert parent.leave()
    assert group is not None
    os.rmdir(group)


def test_groups_with_similar_names_are_not_mixed_up() -> None:
    parent = CgroupParent.find(ProcFs())
    if parent is None:
        pytest.skip("no control group may be made here")
    short = parent.make("1")
    long = Cgroup(f"{short.path}2")
    os.mkdir(long.path)
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            Path(long.path, "cgroup.procs").write_text(str(process.pid))
            assert long.holds(process.pid)
            assert not short.holds(process.pid)
        finally:
            process.kill()
    assert short.remove()
    assert long.remove()


def test_what_only_its_control_group_knows_is_asked_before_it_is_killed(
    best: Supervisor, start: Starter, tmp_path: Path
) -> None:
    stay = (
        "import signal, sys, time\n"
        "def leave(*_): open('asked', 'w').close(); sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "open('ready', 'w').close()\n"
        "time.sleep(600)\n"
    )
    script = (
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        os.execve(sys.executable, [sys.executable, '-S', '-c', {stay!r}], {{}})\n"
        "    os._exit(0)\n"
        "while not os.path.exists('ready'): time.sleep(0.01)\n"
    )
    process = start(best, script)
    if process.tree.cgroup is None:
        pytest.skip("no control group may be made here")
    finished(process)
    assert (tmp_path / "trial_1/asked").exists()


def test_without_control_groups_it_is_ended_when_the_runner_ends(
    without_cgroups: Supervisor, start: Starter, tmp_path: Path
) -> None:
    finished(start(without_cgroups, family("e", "")))
    without_cgroups.close()
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
    ours = own_peak_bytes()
    small = finished(start(best, "")).usage
    assert small.peak_rss_bytes is None  # the kernel's maximum is the runner's
    large = finished(start(best, f"x = bytearray({ours + (50 << 20)})")).usage
    assert large.peak_rss_bytes is not None
    assert large.peak_rss_bytes > ours + (50 << 20)


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


def test_a_process_is_bound_to_its_cores_from_its_start(best: Supervisor, tmp_path: Path) -> None:
    cores = os.sched_getaffinity(0)
    core = max(cores)
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    script = "import os; print(os.sched_getaffinity(0))"
    env = {"PATH": os.environ["PATH"], "KSWEEP_DIR": str(tmp_path)}
    argv = [sys.executable, "-S", "-c", script]
    tree, _ = best.start(argv, str(tmp_path), env, log, cores=[core])
    os.close(log)
    finished(Process(best, tree, time.monotonic(), 0, 1))
    assert (tmp_path / "log").read_text() == f"{{{core}}}\n"
    assert os.sched_getaffinity(0) == cores


class FakeGroups:
    """What the kernel shows of control groups, as plain files."""

    def __init__(self, root: Path, controllers: str) -> None:
        self.root = root
        for name, text in (
            ("cgroup.controllers", controllers), ("cgroup.subtree_control", ""), ("cgroup.procs", ""),
        ):  # fmt: skip
            (root / name).write_text(text)

    def read(self, name: str) -> str:
        return (self.root / name).read_text()


def test_a_limit_is_given_to_the_kernel_with_all_of_the_group(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max")
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    group = Cgroup(str(tmp_path))
    assert group.limit_memory(100 << 20)
    assert (tmp_path / "memory.max").read_text() == str(100 << 20)
    assert group.oom_kills() == 2
    assert not Cgroup(str(tmp_path / "gone")).limit_memory(1)
    assert Cgroup(str(tmp_path / "gone")).oom_kills() == 0


def test_a_controller_that_is_not_there_cannot_be_had(tmp_path: Path) -> None:
    groups = FakeGroups(tmp_path, "cpu io")
    parent = CgroupParent(str(tmp_path), here())
    assert not parent.control("memory")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["cgroup.controllers", "cgroup.procs", "cgroup.subtree_control"]
    )
    assert groups.read("cgroup.subtree_control") == ""


def test_a_controller_that_is_on_already_needs_no_move(tmp_path: Path) -> None:
    groups = FakeGroups(tmp_path, "memory")
    (tmp_path / "cgroup.subtree_control").write_text("memory")
    assert CgroupParent(str(tmp_path), here()).control("memory")
    assert groups.read("cgroup.procs") == ""


def test_for_a_controller_the_runner_moves_aside_and_comes_back(tmp_path: Path) -> None:
    """With a real one, in a child that has a group to itself."""
    script = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from ksweep.process.cgroup import CgroupParent, own_directory, read
from ksweep.process import Supervisor
from ksweep.proctable import here
own = own_directory(b"")
controllers = read(f"{{own}}/cgroup.controllers").split() if own else []
if not controllers or not os.access(own, os.W_OK):
    sys.exit("no controller of version 2 can be had here")
controller = controllers[0].decode()
was_on = controllers[0] in read(f"{{own}}/cgroup.subtree_control").split()
open(f"{{own}}/cgroup.subtree_control", "w").write(f"+{{controller}}")
home = f"{{own}}/ksweep-test-{{os.getpid()}}"
try:
    os.mkdir(home)
    open(f"{{home}}/cgroup.procs", "w").write("0")
    parent = CgroupParent(home, here())
    assert parent.control(controller)
    assert os.path.dirname(own_directory(b"")) == home
    group = parent.make()
    assert controllers[0] in read(f"{{group.path}}/cgroup.controllers").split()
    group.remove()
    leaf = own_directory(b"")
    supervisor = Supervisor(here(), parent, adopts=False)
    log = os.open("/dev/null", os.O_WRONLY)
    tree, _ = supervisor.start(["sleep", "60"], "/", {{"PATH": "/bin", "KSWEEP_DIR": "/tmp/x"}}, log)
    assert tree.cgroup.pids() == [tree.main.pid]
    assert own_directory(b"") == leaf
    supervisor.close()
    assert own_directory(b"") == home
    assert os.listdir(home) and not any(os.path.isdir(f"{{home}}/{{one}}") for one in os.listdir(home))
finally:
    open(f"{{own}}/cgroup.procs", "w").write("0")
    os.rmdir(home)
    if not was_on:
        open(f"{{own}}/cgroup.subtree_control", "w").write(f"-{{controller}}")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if "can be had here" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr


def test_the_limits_of_the_groups_that_hold_us_are_found() -> None:
    with limited_group(300) as group:
        script = f"""
import sys
open("{group}/cgroup.procs", "w").write("0")
sys.path[:0] = {sys.path!r}
from ksweep.machine import memory
print(memory().total_mb, memory().available_mb)
"""
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
    total_mb, available_mb = map(float, done.stdout.split())
    assert total_mb == 300
    assert 200 < available_mb < 300

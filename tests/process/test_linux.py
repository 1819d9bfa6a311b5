"""What control groups, subreapers and process descriptors add."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ksweep.process import Supervisor
from ksweep.process.cgroup import CgroupParent
from ksweep.process.signals import send
from ksweep.proctable import ProcFs, here
from process.making import PATIENCE_S, Starter, family, finished, gone


def test_a_control_group_holds_what_has_cleared_its_environment_and_left_its_session(
    best: Supervisor, start: Starter, tmp_path: Path
) -> None:
    process = start(best, family("e", ""))
    if process.tree.cgroup is None:
        pytest.skip("no control group may be made here")
    finished(process)
    assert gone(tmp_path / "trial_1", "e")


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

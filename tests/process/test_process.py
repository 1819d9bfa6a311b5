"""What ends how, whatever means the system gives."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from ksweep.model import Cause
from ksweep.process import Supervisor
from process.making import GRACE_S, Starter, family, finished, gone, marked, until


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
    assert (ended.code, ended.reason) == (-signal.SIGKILL, Cause.TIMEOUT)
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
    process.stop(Cause.PRUNED, time.monotonic())
    ended = finished(process)
    assert (ended.code, ended.reason) == (9, Cause.PRUNED)


def test_the_first_reason_holds(supervisor: Supervisor, start: Starter) -> None:
    process = start(supervisor, "time.sleep(600)")
    process.stop(Cause.PRUNED, time.monotonic())
    process.stop(Cause.CANCELLED, time.monotonic())
    assert finished(process).reason is Cause.PRUNED


def test_what_ended_before_it_was_stopped_has_ended_by_itself(
    supervisor: Supervisor, start: Starter, tmp_path: Path
) -> None:
    process = start(supervisor, "open('ready', 'w').close()")
    until(tmp_path / "trial_1/ready")
    time.sleep(0.5)  # it ends, and nobody has noticed
    process.stop(Cause.CANCELLED, time.monotonic())
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
    other.stop(Cause.CANCELLED, time.monotonic())
    finished(other)


def test_closing_ends_everything(supervisor: Supervisor, start: Starter, tmp_path: Path) -> None:
    start(supervisor, family("cd", "time.sleep(600)"))
    until(tmp_path / "trial_1/ready-d")
    until(tmp_path / "trial_1/ready-c")
    supervisor.close()
    assert marked(tmp_path) == []

"""Every signal that would end the command ends what it runs, in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ksweep.cli import main, signals
from ksweep.cli.tracking import interruptible

PATIENCE_S = 60
OF_THE_C_LIBRARY = 0b11 << 31  # signals 32 and 33: what make starts has them ignored
IGNORING = ["env", "--ignore-signal=INT", "--ignore-signal=QUIT", "--ignore-signal=TERM"]


def started(project: Path, command: str, *before: str) -> subprocess.Popen[str]:
    (project / "range").write_text(f'CONFIG_SWEEP_COMMAND="{command}"\nCONFIG_SIZE=1|2\n')
    return subprocess.Popen(
        [*before, sys.executable, "-m", "ksweep", "sweep", "range"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_it_runs(project: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not list(project.glob("test_matrix_results/sweep_*/*/started.json")):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def states(project: Path) -> list[str]:
    summary = (project / "test_matrix_results/latest/sweep_summary.json").read_text()
    return [record["status"] for record in json.loads(summary)]


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGXCPU, signal.SIGRTMAX])
def test_it_ends_what_runs_as_sigterm_does(project: Path, number: int) -> None:
    unique = f"600.{os.getpid()}{int(number)}"
    process = started(project, f"sleep {unique}")
    until_it_runs(project)
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert states(project) == ["cancelled", "pending"]
    assert subprocess.run(["pgrep", "-f", f"^sleep {unique}$"]).returncode == 1


def test_what_was_ignored_or_blocked_at_the_start_is_heard(project: Path) -> None:
    process = started(project, "sleep 600", *IGNORING, "env", "--block-signal=TERM")
    until_it_runs(project)
    process.terminate()
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, errors


def test_programs_have_every_signal_by_default(project: Path) -> None:
    look = "grep -E 'Sig(Ign|Blk)' /proc/self/status"
    process = started(project, look, *IGNORING, "env", "--block-signal=TERM")
    process.communicate(timeout=PATIENCE_S)
    log = next(project.glob("test_matrix_results/latest/*/output.log")).read_text()
    masks = [int(line.split()[1], 16) for line in log.splitlines()]
    assert [mask & ~OF_THE_C_LIBRARY for mask in masks] == [0, 0]


def test_a_closed_terminal_is_nothing_to_what_is_to_outlive_it(project: Path) -> None:
    process = started(project, "sleep 1", "nohup")
    until_it_runs(project)
    process.send_signal(signal.SIGHUP)
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert states(project) == ["success", "success"]


DEADLY = sorted(
    {*signal.valid_signals()}
    - {signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
    - {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH}
    - {signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE}
    - {signal.SIGSEGV, signal.SIGSYS, signal.SIGPIPE, signal.SIGXFSZ}
    - {signal.SIGALRM}  # is the tests' own, for their time limit
)


@pytest.mark.parametrize("number", DEADLY)
def test_before_and_after_the_trials_it_is_as_a_ctrl_c(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {one: signal.getsignal(one) for one in DEADLY}
    monkeypatch.setattr("ksweep.cli.looking.status", lambda _: signal.raise_signal(number))
    assert main(["status"]) == 130
    assert capsys.readouterr().err == "ksweep: interrupted\n"
    assert {one: signal.getsignal(one) for one in DEADLY} == before


@pytest.mark.parametrize("number", DEADLY)
def test_while_trials_run_it_is_a_demand(number: int) -> None:
    with signals.handled(signals.interrupt), interruptible() as interrupt:
        signal.raise_signal(number)
        assert interrupt.soft
        assert interrupt.hard is (number != signal.SIGINT)


def test_signals_that_others_handle_are_theirs() -> None:
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
    try:
        with interruptible() as interrupt:
            signal.raise_signal(signal.SIGUSR1)
        assert heard == [signal.SIGUSR1]
        assert not interrupt.soft
    finally:
        signal.signal(signal.SIGUSR1, before)

"""What writes a sweep while it runs: whatever happens to it, the run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ksweep.proctable import here
from ksweep.trackers import Companions, Kind, companion
from trackers.making import end, lay_out

BROKEN = Path(__file__).parent.parent / "fakes" / "broken"
COMPLETING = "`ksweep export mlflow '{0}'` completes it afterwards"


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A results directory that nobody runs, with a name that a shell would take apart."""
    found = lay_out(tmp_path / "with a space", [{"CONFIG_N": "1"}])
    end(found, 1, acc=1.0)
    root = str(Path(companion.__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", f"{BROKEN}:{root}")
    return found.path


def told(monkeypatch: pytest.MonkeyPatch, results: str, broken: str, events: int = 0) -> list[str]:
    monkeypatch.setenv("BROKEN", broken)
    lines: list[str] = []
    with Companions([Kind.MLFLOW], results, False, lines.append) as companions:
        for _ in companions.watched(range(events)):
            time.sleep(0.02)
        companions.finish(hurried=False)
    return lines


def test_one_that_fails_is_told_once(results: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for events in (0, 200):
        assert told(monkeypatch, results, "raises", events) == [
            "mlflow: it failed: no luck; mend that and export it again; the sweep goes on "
            f"without it, and {COMPLETING.format(results)}"
        ]


def test_one_that_cannot_be_started_is_told(results: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companion.sys, "executable", "/no/such/python")
    assert told(monkeypatch, results, "raises") == [
        "mlflow: it cannot be started (No such file or directory); the sweep goes on without it"
    ]


def test_one_that_dies_is_told_once(results: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, results, "dies") == [
        f"mlflow: it ended with 9; the sweep goes on without it, and {COMPLETING.format(results)}"
    ]


def test_one_that_hangs_is_waited_for_a_while_and_ended(
    results: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companion, "_PATIENCE_S", 1.0)
    begun, before = time.monotonic(), here().children(os.getpid())
    assert told(monkeypatch, results, "hangs") == [
        f"mlflow: it has not taken everything yet; {COMPLETING.format(results)}"
    ]
    assert time.monotonic() - begun < 5
    assert here().children(os.getpid()) == before


def test_a_ctrl_c_ends_the_waiting_alone(results: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()
    ctrl_c = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    ctrl_c.start()
    assert told(monkeypatch, results, "hangs") == [
        f"mlflow: it has not taken everything yet; {COMPLETING.format(results)}"
    ]
    ctrl_c.join()
    assert time.monotonic() - begun < 10


def test_they_are_ended_with_a_run_that_fails(
    results: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "hangs")
    before = here().children(os.getpid())
    companions = Companions([Kind.MLFLOW], results, False, print)
    assert len(here().children(os.getpid()) - before) == 1
    with pytest.raises(ZeroDivisionError):
        _run_that_fails(companions)
    assert here().children(os.getpid()) == before


def _run_that_fails(companions: Companions) -> None:
    with companions:
        for event in companions.watched([0]):
            1 / event


def test_no_ctrl_c_of_a_terminal_reaches_them(
    results: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the runner's session, where trials' orphans never are, and not in its group."""
    monkeypatch.setenv("BROKEN", "hangs")
    before = here().children(os.getpid())
    with Companions([Kind.MLFLOW], results, False, print):
        (pid,) = here().children(os.getpid()) - before
        assert os.getsid(pid) == os.getsid(0)
        assert os.getpgid(pid) == pid != os.getpgid(0)


RUNNER = """\
import os, sys, time
from ksweep.proctable import here
from ksweep.trackers import Companions, Kind
Companions([Kind.MLFLOW], sys.argv[1], False, print)
print(*here().children(os.getpid()), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_one_that_hangs_does_not_outlive_a_killed_runner(
    results: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "hangs")
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, results], stdout=subprocess.PIPE, text=True
    ) as runner:
        assert runner.stdout is not None
        pid = int(runner.stdout.readline())
        time.sleep(0.5)  # now it hangs
        assert _lives(pid)
        runner.kill()
    deadline = time.monotonic() + 10
    while _lives(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    row = here().row(pid)
    return row is not None and row.alive

"""What writes a sweep while it runs: whatever happens to it, the run goes on and knows of it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ksweep.errors import SurroundingsError
from ksweep.proctable import here
from ksweep.store import Results
from ksweep.trackers import Companions, Kind, companion, companions
from trackers.making import end, lay_out

BROKEN = Path(__file__).parent.parent / "fakes" / "broken"
LIVE = pytest.mark.parametrize("kind", [Kind.MLFLOW, Kind.WANDB])
LATE = "it has not taken everything yet"
RAISED = "it failed: no luck; mend that and export it again"


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    """A sweep that nobody runs, with a name that a shell would take apart."""
    found = lay_out(tmp_path / "with a space", [{"CONFIG_N": str(n)} for n in range(4)])
    for number in (1, 2, 3):
        end(found, number, acc=1.0)
    root = str(Path(companion.__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", f"{BROKEN}:{root}")
    monkeypatch.setattr(companions, "_QUIET_S", 600.0)
    return found


def beside(results: Results, kind: Kind, lines: list[str]) -> Companions:
    return Companions([kind], results, results.path, False, lines.append)


def told(
    results: Results,
    kind: Kind,
    broken: Mapping[str, str],
    seconds: float = 0,
    hurried: bool = False,
) -> list[str]:
    """What is told of one beside a run that goes on until something is told, for some seconds."""
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patched:
        for name, value in broken.items():
            patched.setenv(name, value)
        with beside(results, kind, lines) as them:
            for _ in them.watched(_run(seconds, lines)):
                time.sleep(0.02)
            them.finish(results.results(), hurried=hurried)
    return lines


def _run(seconds: float, lines: list[str]) -> Iterator[None]:
    end = time.monotonic() + seconds
    while not lines and time.monotonic() < end:
        yield
    if seconds:
        yield from [None] * 5  # and is told once


def missing(results: Results, kind: Kind, why: str, count: int) -> str:
    command = f"ksweep export {kind} '{results.path}'"
    return f"{kind}: {why}; {count} of 3 trials are missing there; `{command}` adds them"


def completed(line: str) -> str:
    """What the command says that a line names."""
    command = shlex.split(line.split("`")[1])
    assert command[0] == "ksweep"
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, "BROKEN": ""}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stderr


@LIVE
@pytest.mark.parametrize("broken", [{"BROKEN": ""}, {"BROKEN": "is slow"}])
def test_one_that_is_slow_is_waited_for(
    broken: Mapping[str, str], kind: Kind, results: Results
) -> None:
    assert told(results, kind, broken) == []


@LIVE
@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("raises", RAISED),
        ("has a full disk", f"{RAISED.replace('no luck', '[Errno 28] No space left on device')}"),
        ("dies", "exit code 9"),
        ("is killed", "killed by SIGKILL"),
    ],
)
def test_one_that_fails_is_started_once_more_and_then_told(
    broken: str, why: str, kind: Kind, results: Results
) -> None:
    """It has one trial when it fails for the first time, and two for the second."""
    asked = {"BROKEN": broken, "BROKEN_AT": "2"}
    (line,) = told(results, kind, asked)
    assert line == missing(results, kind, why, 1)
    assert ": 1 trial written, 2 there already" in completed(line)
    assert told(results, kind, asked) == []


@LIVE
@pytest.mark.parametrize("broken", ["raises", "dies", "is killed"])
def test_one_that_fails_for_once_is_not_told(
    broken: str, kind: Kind, results: Results, tmp_path: Path
) -> None:
    once = {"BROKEN": broken, "BROKEN_ONCE": str(tmp_path / "once")}
    assert told(results, kind, once) == []
    assert (tmp_path / "once").exists()


@LIVE
def test_one_that_fails_while_trials_run_is_told_at_once(kind: Kind, results: Results) -> None:
    again = "the sweep goes on, and it is tried once more at the end"
    assert told(results, kind, {"BROKEN": "raises"}, seconds=30) == [
        f"{kind}: {RAISED}; {again}",
        missing(results, kind, RAISED, 3),
    ]


@LIVE
@pytest.mark.parametrize(("hurried", "at", "count"), [(False, "3", 1), (True, "0", 3)])
def test_one_that_hangs_is_waited_for_a_while_and_ended(
    hurried: bool,
    at: str,
    count: int,
    kind: Kind,
    results: Results,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = here().children(os.getpid())
    monkeypatch.setattr(companions, "_HURRIED_S", 0.2)
    monkeypatch.setattr(companions, "_PATIENCE_S", 1.5)
    monkeypatch.setattr(companions, "_COMPUTED_S", 0.01)
    lines = told(results, kind, {"BROKEN": "hangs", "BROKEN_AT": at}, hurried=hurried)
    assert lines == [missing(results, kind, LATE, count)]
    assert here().children(os.getpid()) == before
    assert f": {count} trial" in completed(lines[0])


def test_one_that_hangs_and_computes_is_ended_as_well(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companions, "_LONGEST_S", 1.0)
    assert told(results, Kind.MLFLOW, {"BROKEN": "computes"}) == [
        missing(results, Kind.MLFLOW, LATE, 3)
    ]


def test_one_that_computes_is_waited_for(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """To import a library took it longer than anything that it then does."""
    monkeypatch.setattr(companions, "_PATIENCE_S", 1.0)
    monkeypatch.setattr(companions, "_COMPUTED_S", 0.01)
    assert told(results, Kind.MLFLOW, {"BROKEN": "computes for 2 s"}) == []


def test_in_a_hurry_nothing_is_started_once_more(results: Results, tmp_path: Path) -> None:
    once = {"BROKEN": "raises", "BROKEN_ONCE": str(tmp_path / "once")}
    (line,) = told(results, Kind.MLFLOW, once, hurried=True)
    assert line == missing(results, Kind.MLFLOW, RAISED, 3)


def test_what_is_waited_for_is_told(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(companions, "_QUIET_S", 0.0)
    assert told(results, Kind.MLFLOW, {"BROKEN": "is slow"}) == [
        "mlflow: 3 of 3 trials are still to be written; Ctrl-C ends the waiting"
    ]


def test_one_that_cannot_be_started_is_told(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companion.sys, "executable", "/no/such/python")
    why = "it cannot be started (No such file or directory)"
    assert told(results, Kind.MLFLOW, {}) == [missing(results, Kind.MLFLOW, why, 3)]


def test_files_are_in_the_command_where_they_are_asked_for(results: Results) -> None:
    lines: list[str] = []
    with Companions([Kind.WANDB], results, "no results", True, lines.append) as them:
        them.finish(results.results(), hurried=True)
    (line,) = lines
    assert line.endswith("`ksweep export wandb 'no results' --files` adds them")


def test_a_ctrl_c_ends_the_waiting_alone(results: Results) -> None:
    begun = time.monotonic()
    ctrl_c = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    ctrl_c.start()
    lines = told(results, Kind.MLFLOW, {"BROKEN": "hangs"})
    ctrl_c.join()
    assert lines == [missing(results, Kind.MLFLOW, LATE, 3)]
    assert time.monotonic() - begun < 30


def test_a_run_that_fails_tells_what_is_missing(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companions, "_HURRIED_S", 0.1)
    monkeypatch.setenv("BROKEN", "hangs")
    before = here().children(os.getpid())
    lines: list[str] = []
    with pytest.raises(SurroundingsError), beside(results, Kind.MLFLOW, lines) as them:
        _run_that_fails(them)
    assert lines == [missing(results, Kind.MLFLOW, LATE, 3)]
    assert here().children(os.getpid()) == before


def _run_that_fails(them: Companions) -> None:
    for _ in them.watched([0]):
        raise SurroundingsError("no room", "make some")


def test_they_are_ended_with_a_defect(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKEN", "hangs")
    before = here().children(os.getpid())
    with pytest.raises(ZeroDivisionError):
        _run_with_a_defect(beside(results, Kind.MLFLOW, []))
    assert here().children(os.getpid()) == before


def _run_with_a_defect(them: Companions) -> None:
    with them:
        for event in them.watched([0]):
            1 / event


def test_no_ctrl_c_of_a_terminal_reaches_them(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in the runner's session, where trials' orphans never are, and not in its group."""
    monkeypatch.setenv("BROKEN", "hangs")
    before = here().children(os.getpid())
    with beside(results, Kind.MLFLOW, []):
        (pid,) = here().children(os.getpid()) - before
        assert os.getsid(pid) == os.getsid(0)
        assert os.getpgid(pid) == pid != os.getpgid(0)


RUNNER = """\
import os, sys, time
from ksweep.proctable import here
from ksweep.store import Results
from ksweep.trackers import Companions, Kind
Companions([Kind.MLFLOW], Results.open(sys.argv[1], ""), sys.argv[1], False, print)
print(*here().children(os.getpid()), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_one_that_hangs_does_not_outlive_a_killed_runner(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "hangs")
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, results.path], stdout=subprocess.PIPE, text=True
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

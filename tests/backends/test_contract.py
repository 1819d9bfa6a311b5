"""What every back-end does, on real processes. A new one joins with a line in `BACKENDS`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ksweep.backends.base import Backend
from ksweep.backends.local import LocalBackend
from ksweep.model import Job, MetricQuery, Result, TrialState
from ksweep.proctable import here
from ksweep.store import TrialDir

GRACE_S = 0.5
PATIENCE_S = 60
BACKENDS: dict[str, Callable[[], Backend]] = {"local": lambda: LocalBackend(grace_s=GRACE_S)}

MakeJob = Callable[..., Job]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    made = BACKENDS[request.param]()
    yield made
    made.close()


@pytest.fixture
def make_job(tmp_path: Path) -> Iterator[MakeJob]:
    """Makes jobs with a directory each; in the end nothing that they started is left."""

    def make(name: str, script: str, timeout: float = 0, program: str = sys.executable) -> Job:
        directory = str(tmp_path / name)
        TrialDir.create(directory, "CONFIG_X=1\n")
        return Job(
            name=name,
            id="0" * 12,
            attempt=1,
            directory=directory,
            argv=(program, "-c", script),
            cwd=str(tmp_path),
            env={"PATH": os.environ["PATH"], "KSWEEP_DIR": directory},
            params={"CONFIG_X": "1"},
            query=MetricQuery(("score",)),
            timeout=timeout,
        )

    yield make
    assert survivors(tmp_path) == []


def survivors(directory: Path) -> list[int]:
    """Living processes whose environment names a trial in the directory."""
    table = here()
    mark = os.fsencode(f"KSWEEP_DIR={directory}/")
    rows = table.rows().values()
    return [row.pid for row in rows if row.alive and mark in table.environment(row.pid)]


def ended(backend: Backend, *names: str) -> dict[str, TrialState]:
    """Polls until these trials have ended; each is told once."""
    states: dict[str, TrialState] = {}
    deadline = time.monotonic() + PATIENCE_S
    while not states.keys() >= set(names) and time.monotonic() < deadline:
        polled = backend.poll(0.1)
        new = {name: state for name, state in polled.items() if state.ended}
        assert not states.keys() & new.keys()
        states |= new
    return states


def result(job: Job) -> Result:
    found = TrialDir(job.directory).result()
    assert found is not None
    return found


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_success_failure_and_their_records(backend: Backend, make_job: MakeJob) -> None:
    good = make_job("config_001", "print('score: 3.5')")
    bad = make_job("config_002", "print('oh no'); raise SystemExit(7)")
    backend.submit([good, bad])
    states = ended(backend, good.name, bad.name)
    assert states == {good.name: TrialState.SUCCESS, bad.name: TrialState.FAILED}
    assert (result(good).exit_code, result(good).metrics) == (0, {"score": 3.5})
    failure = result(bad)
    assert (failure.exit_code, failure.error, failure.log_tail) == (7, "exit code 7", "oh no")
    assert result(good).resources.wall_s


def test_running_trials_are_told_and_ended_ones_once(backend: Backend, make_job: MakeJob) -> None:
    job = make_job("config_001", "import time; time.sleep(0.5)")
    backend.submit([job])
    assert backend.poll(0) == {job.name: TrialState.RUNNING}
    ended(backend, job.name)
    assert backend.poll(0) == {}


def test_a_signal_is_named(backend: Backend, make_job: MakeJob) -> None:
    job = make_job("config_001", "import os; os.kill(os.getpid(), 11)")
    backend.submit([job])
    ended(backend, job.name)
    assert (result(job).exit_code, result(job).error) == (-11, "killed by SIGSEGV")


def test_a_program_that_cannot_start_is_a_failure(backend: Backend, make_job: MakeJob) -> None:
    job = make_job("config_001", "", program="/nowhere/program")
    backend.submit([job])
    assert ended(backend, job.name) == {job.name: TrialState.FAILED}
    assert result(job).error == "/nowhere/program cannot be started: No such file or directory"


def test_many_at_once(backend: Backend, make_job: MakeJob) -> None:
    jobs = [make_job(f"config_{n:03}", "import time; time.sleep(0.2)") for n in range(1, 31)]
    backend.submit(jobs)
    states = ended(backend, *(job.name for job in jobs))
    assert list(states.values()) == [TrialState.SUCCESS] * 30


def test_the_time_limit_ends_a_trial(backend: Backend, make_job: MakeJob) -> None:
    job = make_job("config_001", "import time; time.sleep(600)", timeout=0.5)
    other = make_job("config_002", "import time; time.sleep(1)", timeout=60)
    backend.submit([job, other])
    states = ended(backend, job.name, other.name)
    assert states == {job.name: TrialState.TIMEOUT, other.name: TrialState.SUCCESS}
    assert result(job).error == "no end after 0.5 s"


@pytest.mark.parametrize("reason", [TrialState.CANCELLED, TrialState.PRUNED])
def test_cancelling_gives_its_reason(
    backend: Backend, make_job: MakeJob, reason: TrialState
) -> None:
    job = make_job("config_001", "import time; time.sleep(600)")
    backend.submit([job])
    backend.cancel([job.name], reason)
    assert ended(backend, job.name) == {job.name: reason}
    backend.cancel([job.name, "config_999"], reason)  # neither is there: nothing happens


STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            open(os.environ["KSWEEP_DIR"] + "/daemon", "w").write(str(os.getpid()))
            time.sleep(600)
        os._exit(0)
daemon()
if os.fork() == 0:
    time.sleep(600)
open(os.environ["KSWEEP_DIR"] + "/ready", "w").close()
"""


@pytest.mark.parametrize("end", ["return", "timeout", "cancel"])
def test_no_descendant_outlives_a_trial(backend: Backend, make_job: MakeJob, end: str) -> None:
    script = STUBBORN + ("" if end == "return" else "time.sleep(600)\n")
    job = make_job("config_001", script, timeout=3 if end == "timeout" else 0)
    backend.submit([job])
    if end == "cancel":
        wait_for(Path(job.directory, "ready"))
        backend.cancel([job.name], TrialState.CANCELLED)
    states = {"return": TrialState.SUCCESS, "timeout": TrialState.TIMEOUT}
    assert ended(backend, job.name) == {job.name: states.get(end, TrialState.CANCELLED)}
    assert survivors(Path(job.directory).parent) == []


def test_a_stopped_trial_can_be_ended(backend: Backend, make_job: MakeJob) -> None:
    job = make_job(
        "config_001", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", timeout=1
    )
    backend.submit([job])
    assert ended(backend, job.name) == {job.name: TrialState.TIMEOUT}


def test_closing_ends_what_runs(backend: Backend, make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job("config_001", STUBBORN + "time.sleep(600)\n")
    backend.submit([job])
    wait_for(tmp_path / "config_001/ready")
    backend.close()
    assert survivors(tmp_path) == []


def test_the_tree_is_measured(backend: Backend, make_job: MakeJob) -> None:
    script = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    block = b'x' * (80 << 20)\n"
        "    end = time.time() + 1.6\n"
        "    while time.time() < end: pass\n"
        "    os._exit(0)\n"
        "block = b'y' * (80 << 20)\n"
        "os.wait()\n"
    )
    job = make_job("config_001", script)
    backend.submit([job])
    ended(backend, job.name)
    used = result(job).resources
    assert used.wall_s is not None
    assert used.cpu_s is not None
    assert used.peak_rss_mb is not None
    assert used.cpu_s > 0.3
    assert 160 < used.peak_rss_mb < 400  # both processes together


def test_waiting_costs_next_to_nothing(backend: Backend, make_job: MakeJob) -> None:
    jobs = [make_job(f"config_{n:03}", "import time; time.sleep(3)") for n in range(1, 17)]
    backend.submit(jobs)
    time.sleep(0.5)
    used, begun = time.process_time(), time.monotonic()
    while time.monotonic() < begun + 1.5:
        backend.poll(0.3)
    assert time.process_time() - used < 0.25 * 1.5
    backend.cancel([job.name for job in jobs], TrialState.CANCELLED)
    ended(backend, *(job.name for job in jobs))

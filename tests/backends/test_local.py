"""What only the local back-end can meet."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ksweep.admission import Site
from ksweep.backends.local import LocalBackend
from ksweep.errors import SurroundingsError
from ksweep.model import Job, MetricQuery, Needs, TrialState
from ksweep.store import TrialDir


def make_job(tmp_path: Path, number: int, *argv: str) -> Job:
    name = f"config_{number:03}"
    directory = str(tmp_path / name)
    TrialDir.create(directory, "")
    env = {"PATH": os.environ["PATH"], "KSWEEP_DIR": directory}
    return Job(name, "0", 1, directory, argv, directory, env, {}, MetricQuery(()))


def test_a_machine_that_can_start_nothing_is_no_failure_of_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    job = make_job(tmp_path, 1, "true")
    backend = LocalBackend()
    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(SurroundingsError, match=r"cannot start true: Resource temporarily unavail"):
        backend.submit([job])
    assert TrialDir(job.directory).result() is None
    backend.close()


def test_what_cannot_be_started_beside_others_waits_for_one_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [make_job(tmp_path, number, "sleep", "0.2") for number in range(1, 8)]
    backend = LocalBackend()
    popen, tried = subprocess.Popen, 0

    def at_most_two(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        nonlocal tried
        tried += 1
        if len(backend._trials) >= 2:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return popen(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", at_most_two)
    backend.submit(jobs)
    states = Counter(backend.poll().values())
    assert states == {TrialState.RUNNING: 2, TrialState.PENDING: 5}
    ended: dict[str, TrialState] = {}
    while len(ended) < len(jobs):
        polled = backend.poll(30)
        ended |= {name: state for name, state in polled.items() if state.ended}
    backend.close()
    assert ended.keys() == {job.name for job in jobs}
    assert set(ended.values()) == {TrialState.SUCCESS}
    assert tried <= 2 * len(jobs)  # once for each end, and not again and again


def test_descriptors_are_left_to_look_after_what_runs(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    jobs = [make_job(tmp_path, number, "sleep", "0.3") for number in range(1, 41)]
    backend = LocalBackend()
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 30, hard))
    try:
        backend.submit(jobs)
        assert 2 <= len(backend._trials) <= 20
        ended: dict[str, TrialState] = {}
        while len(ended) < len(jobs):
            polled = backend.poll(30)
            ended |= {name: state for name, state in polled.items() if state.ended}
        backend.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert set(ended.values()) == {TrialState.SUCCESS}


def test_memory_that_is_wanting_for_a_start_is_a_limit_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    backend = LocalBackend()
    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(SurroundingsError, match=r"cannot start true: Cannot allocate memory"):
        backend.submit([make_job(tmp_path, 1, "true")])
    backend.close()


def test_trials_one_after_another(tmp_path: Path) -> None:
    backend = LocalBackend()
    for number in range(1, 6):
        job = make_job(tmp_path, number, "true")
        backend.submit([job])
        assert backend.poll(30) == {job.name: TrialState.SUCCESS}
    backend.close()


def test_waiting_for_stubborn_descendants_costs_next_to_nothing(tmp_path: Path) -> None:
    script = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    job = make_job(tmp_path, 1, sys.executable, "-c", script + "if os.fork() == 0: time.sleep(60)")
    backend = LocalBackend(grace_s=2)
    backend.submit([job])
    used, begun = time.process_time(), time.monotonic()
    while backend.poll(30) != {job.name: TrialState.SUCCESS}:
        pass
    assert time.monotonic() - begun > 2
    assert time.process_time() - used < 0.5
    backend.close()


def waiting_jobs(tmp_path: Path, *memory_mb: float) -> list[Job]:
    made = [make_job(tmp_path, n, "sleep", "600") for n in range(1, len(memory_mb) + 1)]
    needs = [Needs(memory_mb=size, gpus=0) for size in memory_mb]
    return [replace(job, needs=need) for job, need in zip(made, needs, strict=True)]


def test_a_job_that_does_not_fit_is_pending_and_nothing_gets_ahead_of_it(tmp_path: Path) -> None:
    first, second, third = waiting_jobs(tmp_path, 60, 60, 10)
    backend = LocalBackend(grace_s=1, site=Site((), memory_mb=100))
    backend.submit([first, second, third])
    pending = TrialState.PENDING
    assert backend.poll(0.5) == {
        first.name: TrialState.RUNNING, second.name: pending, third.name: pending,
    }  # fmt: skip
    backend.cancel([first.name], TrialState.CANCELLED)
    assert backend.poll(30)[first.name] is TrialState.CANCELLED
    assert backend.poll(0.5) == {
        second.name: TrialState.RUNNING, third.name: TrialState.RUNNING,
    }  # fmt: skip
    backend.close()


def test_a_job_that_waits_is_taken_back_without_a_trace(tmp_path: Path) -> None:
    first, second = waiting_jobs(tmp_path, 60, 60)
    backend = LocalBackend(grace_s=1, site=Site((), memory_mb=100))
    backend.submit([first, second])
    backend.cancel([second.name], TrialState.CANCELLED)
    assert backend.poll(0) == {first.name: TrialState.RUNNING}
    assert os.listdir(second.directory) == ["config.txt"]
    backend.close()


def test_a_job_that_can_never_fit_does_not_hold_up_the_others(tmp_path: Path) -> None:
    first, second = waiting_jobs(tmp_path, 200, 60)
    backend = LocalBackend(grace_s=1, site=Site((), memory_mb=100))
    backend.submit([first, second])
    assert backend.poll(30) == {first.name: TrialState.OOM, second.name: TrialState.RUNNING}
    result = TrialDir(first.directory).result()
    assert result is not None
    assert result.error == "not started: by the formula it needs 200 MB of 100 MB"
    backend.close()


def test_a_program_that_cannot_start_gives_back_what_it_was_given(tmp_path: Path) -> None:
    bad, good = make_job(tmp_path, 1, "/nowhere/program"), make_job(tmp_path, 2, "true")
    backend = LocalBackend(site=Site((0,)))
    backend.submit([replace(job, needs=Needs(cpus=1, gpus=0)) for job in (bad, good)])
    states: dict[str, TrialState] = {}
    while len(states) < 2:
        states |= {name: one for name, one in backend.poll(30).items() if one.ended}
    assert states == {bad.name: TrialState.FAILED, good.name: TrialState.SUCCESS}
    backend.close()


def test_what_a_trial_took_says_what_the_next_one_needs(tmp_path: Path) -> None:
    eat = [sys.executable, "-S", "-c", "held = b'x' * (60 << 20); import time; time.sleep(0.4)"]
    jobs = [make_job(tmp_path, number, *eat) for number in (1, 2, 3)]
    backend = LocalBackend(site=Site((), memory_mb=120, careful=True))
    backend.submit(jobs)
    seen = []
    while not seen or any(not state.ended for state in seen[-1].values()):
        seen.append(backend.poll(0.1))
    running = [sum(state is TrialState.RUNNING for state in states.values()) for states in seen]
    assert max(running) == 1
    backend.close()

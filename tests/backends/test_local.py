"""What only the local back-end can meet."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ksweep.backends.local import LocalBackend
from ksweep.errors import SurroundingsError
from ksweep.model import Job, MetricQuery, TrialState
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

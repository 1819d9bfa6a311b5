"""What only the local back-end can meet."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from ksweep.backends.local import LocalBackend
from ksweep.errors import SurroundingsError
from ksweep.model import Job, MetricQuery
from ksweep.store import TrialDir


def test_a_machine_that_can_start_nothing_is_no_failure_of_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    directory = str(tmp_path / "config_001")
    TrialDir.create(directory, "")
    env = {"KSWEEP_DIR": directory}
    job = Job("config_001", "0", 1, directory, ("true",), "/", env, {}, MetricQuery(()))
    backend = LocalBackend()
    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(SurroundingsError, match=r"cannot start true: Resource temporarily unavail"):
        backend.submit([job])
    assert TrialDir(directory).result() is None
    backend.close()

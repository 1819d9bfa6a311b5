"""Limits of the system that are met in the middle of a sweep, or before it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STRANGER = 61_234  # a user without processes
KEPT = "+dac_read_search,+dac_override"  # it may read what only root may


@pytest.fixture
def range_file(project: Path) -> None:
    (project / "range").write_text(
        'CONFIG_SIZE=1|2|3|4|5|6|7|8|9\nCONFIG_SWEEP_COMMAND="sleep 0.5"\nCONFIG_SWEEP_JOBS=9\n'
    )


def limited(project: Path, *before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "ksweep", "sweep", "range"],
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def with_processes(count: int) -> list[str]:
    """What limits the processes of a command; for root there is no such limit."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("another user is needed, as nobody knows how many processes this one has")
    user = [f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
    return [
        *("setpriv", *user, f"--inh-caps={KEPT}", f"--ambient-caps={KEPT}"),
        *("prlimit", f"--nproc={count}"),
    ]


@pytest.mark.usefixtures("range_file")
def test_with_few_processes_the_next_trial_waits(project: Path) -> None:
    done = limited(project, *with_processes(6))
    assert done.returncode == 0, done.stderr
    assert "success 9" in done.stderr


@pytest.mark.usefixtures("range_file")
def test_with_few_open_files_the_next_trial_waits(project: Path) -> None:
    done = limited(project, "prlimit", "--nofile=36")
    assert done.returncode == 0, done.stderr
    assert "success 9" in done.stderr


@pytest.mark.usefixtures("range_file")
def test_without_any_process_to_be_had_it_is_an_error(project: Path) -> None:
    for count in (1, 2):
        done = limited(project, *with_processes(count))
        assert done.returncode == 3, done.stderr
        assert "unexpected" not in done.stderr
        assert "limit" in done.stderr
        assert "resume with" in done.stderr

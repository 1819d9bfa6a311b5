"""A results directory that may only be looked at: what is asked for is said all the same."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import Ksweep

# Root writes everywhere, but for what it has given up.
ORDINARY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
READERS = (
    ["analyze"], ["analyze", "--json"], ["analyze", "--csv"], ["status"], ["leaderboard"],
)  # fmt: skip


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def swept(project: Path, ksweep: Ksweep) -> Path:
    assert ksweep("sweep", "range").returncode == 0
    return (project / "test_matrix_results/latest").resolve()


@pytest.fixture
def reader(project: Path) -> Run:
    """Runs the command as somebody who may not do everything."""
    before = [] if os.geteuid() else ORDINARY
    if before and not shutil.which(before[0]):
        pytest.skip("root may do everything, and there is no setpriv to give that up with")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, sys.executable, "-m", "ksweep", *arguments],
            cwd=project, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def read_only(swept: Path) -> Iterator[None]:
    directories = [path for path in (swept.parent, swept, *swept.iterdir()) if path.is_dir()]
    for path in directories:
        path.chmod(0o555)
    yield
    for path in directories:
        path.chmod(0o755)


@pytest.mark.usefixtures("read_only")
def test_all_that_is_asked_for_is_said(reader: Run) -> None:
    said = {tuple(arguments): reader(*arguments) for arguments in READERS}
    assert {done.returncode for done in said.values()} == {0}
    assert "BEST CONFIGURATION:" in said["analyze",].stdout
    assert json.loads(said["analyze", "--json"].stdout)["top"][0]["rank"] == 1
    assert said["analyze", "--csv"].stdout.startswith("rank,")
    for arguments, done in said.items():
        warned = "may not be written; the files there stay as they are" in done.stderr
        assert warned == (arguments[0] == "analyze")


@pytest.mark.usefixtures("read_only")
def test_what_is_to_be_left_there_is_refused(reader: Run) -> None:
    for arguments in (["report"], ["resume", "--retry", "failed"]):
        done = reader(*arguments)
        assert done.returncode == 3
        assert "cannot write this: Permission denied" in done.stderr.splitlines()[-1]


def test_whether_it_runs_is_unknown_to_others(swept: Path, reader: Run) -> None:
    assert stat.S_IMODE((swept / ".lock").stat().st_mode) == 0o600
    (swept / ".lock").chmod(0)
    for verb in ("status", "watch"):
        done = reader(verb)
        assert (done.returncode, done.stdout[:18]) == (0, "9/9 trials ended (")
        assert "whether it runs now is for its owner alone to see" in done.stderr

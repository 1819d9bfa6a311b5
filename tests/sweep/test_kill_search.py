"""A runner that is killed in the middle of a search, and what the next one knows."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ksweep.store import Results

KCONFIG = 'config LR\n\tstring "lr"\nconfig DEEP\n\tbool "deep"\nconfig WIDTH\n\tint "w"\n\tdepends on DEEP\n'
RANGE = """\
CONFIG_SWEEP_COMMAND="sh -c 'sleep 0.01; echo loss = $CONFIG_LR'"
CONFIG_SWEEP_METRIC="loss"
CONFIG_SWEEP_GOAL_MINIMIZE=y
CONFIG_SWEEP_METHOD_TPE=y
CONFIG_SWEEP_TRIALS=60
CONFIG_LR=loguniform(1e-5, 1)
CONFIG_DEEP=*
CONFIG_WIDTH=uniform(1, 64)
"""
KSWEEP = [sys.executable, "-m", "ksweep"]


def ended(results):
    path = Path(results, "results.jsonl")
    return len(path.read_text().splitlines()) if path.exists() else 0


def search(directory, kill_at=None):
    """A whole sweep, or one whose runner is killed when so many trials have ended; its trials."""
    directory.mkdir()
    Path(directory, "Kconfig").write_text(KCONFIG)
    Path(directory, "a-range").write_text(RANGE)
    latest = directory / "test_matrix_results" / "latest"
    runner = subprocess.Popen(
        [*KSWEEP, "sweep", "a-range"],
        cwd=directory,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    if kill_at is not None:
        while ended(latest) < kill_at:
            time.sleep(0.002)
        os.kill(runner.pid, signal.SIGKILL)
    _, errors = runner.communicate(timeout=120)
    if kill_at is None:
        assert runner.returncode == 0, errors.decode()
    else:
        assert runner.returncode == -signal.SIGKILL
        subprocess.run(
            [*KSWEEP, "resume"], cwd=directory, check=True, capture_output=True, timeout=120
        )
    return Results.open(str(latest), "")


def test_a_killed_search_goes_on_as_if_it_had_not_been(tmp_path):
    whole = search(tmp_path / "whole")
    resumed = search(tmp_path / "killed", kill_at=30)
    assert [entry.id for entry in resumed.entries] == [entry.id for entry in whole.entries]
    assert len({entry.id for entry in resumed.entries}) == 60
    assert all(result.status == "success" for result in resumed.results())
    lines = Path(resumed.ledger_path).read_text().splitlines()
    assert len({json.loads(line)["name"] for line in lines}) == len(lines) == 60

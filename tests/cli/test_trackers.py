"""Trackers as they are used from the command line, beside real runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from cli.conftest import Ksweep

FAKES = Path(__file__).parent.parent / "fakes"
REAL = pytest.mark.skipif(
    find_spec("mlflow") is None or find_spec("wandb") is None,
    reason="mlflow and wandb are not both installed",
)
BOTH = ("--set", "TRACK_MLFLOW=y", "--set", "TRACK_WANDB=y")
ALL_THERE = "0 trials written, 9 there already"

# Its last trial does not end before the trackers have an earlier one. Each leaves a process that
# has left it and lives on, so that the runner looks for what trials have left behind.
PROGRAM = """\
echo "score: $((CONFIG_SIZE * 10))"
setsid sleep 600 &
[ "$KSWEEP_NAME" = config_009 ] || exit 0
for i in $(seq 100); do
    records=$(cat test_matrix_results/wandb/offline-run-*/ksweep-record 2>/dev/null | wc -c)
    runs=$(python3 - <<'END'
import sqlite3
try:
    base = sqlite3.connect("file:test_matrix_results/mlflow.db?mode=ro", uri=True)
    print(base.execute("select count(*) from tags where key = 'ksweep.record'").fetchone()[0])
except sqlite3.Error:
    print(0)
END
)
    [ "$records" -gt 0 ] && [ "$runs" -gt 0 ] && exit 0
    sleep 0.5
done
exit 1
"""


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "WANDB_DIR", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("WANDB_CONFIG_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "wandb-own"))


@REAL
def test_a_run_is_followed_and_nothing_is_left_to_export(project: Path, ksweep: Ksweep) -> None:
    (project / "program.sh").write_text(PROGRAM)
    done = ksweep("sweep", "range", "-j", "2", *BOTH)
    assert done.returncode == 0, done.stderr
    assert "success 9" in done.stderr
    assert "goes on without" not in done.stderr
    looks = {
        "mlflow": f"mlflow ui --backend-store-uri sqlite:///{project}/test_matrix_results/mlflow.db",
        "wandb": f"wandb sync {project}/test_matrix_results/wandb/offline-run-*",
    }
    for tracker, look in looks.items():
        again = ksweep("export", tracker)
        assert ALL_THERE in again.stderr, done.stderr
        assert again.stdout == f"{look}\n"
    assert not {"mlruns", "wandb", "mlflow.db"} & {path.name for path in project.iterdir()}


@REAL
@pytest.mark.parametrize(
    ("number", "tracker", "trace"),
    [
        (signal.SIGINT, "mlflow", "mlflow_artifacts/*/artifacts/config.txt"),
        (signal.SIGKILL, "wandb", "wandb/offline-run-*/ksweep-record"),
    ],
)
def test_a_run_that_is_ended_leaves_nothing_half_written(
    number: signal.Signals, tracker: str, trace: str, project: Path, ksweep: Ksweep
) -> None:
    """SIGINT goes to the whole group, as from a terminal."""
    (project / "program.sh").write_text('echo "score: $CONFIG_SIZE"; sleep 0.5')
    asked = ("--set", f"TRACK_{tracker.upper()}=y", "--set", "TRACK_ARTIFACTS=y")
    runner = subprocess.Popen(
        [sys.executable, "-m", "ksweep", "sweep", "range", "-j", "2", *asked],
        cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list((project / "test_matrix_results").glob(trace)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    if number is signal.SIGKILL:
        os.kill(runner.pid, number)
    else:
        os.killpg(runner.pid, number)
    runner.wait(timeout=60)
    assert ksweep("resume").returncode == 0
    again = ksweep("export", tracker, "--files")
    assert again.returncode == 0, again.stderr
    assert "there already" in again.stderr
    if number is signal.SIGINT:  # nobody was there to say that it is over
        assert ALL_THERE in again.stderr


def test_an_interrupted_run_tells_what_a_tracker_is_missing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{FAKES / 'broken'}:{root}")
    monkeypatch.setenv("BROKEN", "hangs")
    (project / "program.sh").write_text("[ $CONFIG_SIZE -lt 3 ] || { kill -INT $PPID; sleep 1; }")
    done = subprocess.run(
        [sys.executable, "-m", "ksweep", "sweep", "range", "--set", "TRACK_WANDB=y"],
        cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    line, *_ = [line for line in done.stderr.splitlines() if line.startswith("wandb: ")]
    results = os.readlink(project / "test_matrix_results" / "latest")
    assert line == (
        "wandb: it has not taken everything yet; 7 of 7 trials are missing there; "
        f"`ksweep export wandb test_matrix_results/{results}` adds them"
    )


def test_a_tracker_that_fails_is_told_with_what_is_missing(
    project: Path, ksweep: Ksweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{FAKES / 'broken'}:{root}")
    monkeypatch.setenv("BROKEN", "raises")
    done = ksweep("sweep", "range", "--set", "TRACK_MLFLOW=y")
    assert done.returncode == 0, done.stderr
    assert "success 9" in done.stderr
    *_, line = [line for line in done.stderr.splitlines() if line.startswith("mlflow: ")]
    results = os.readlink(project / "test_matrix_results" / "latest")
    assert line == (
        "mlflow: it failed: no luck; mend that and export it again; 9 of 9 trials are missing "
        f"there; `ksweep export mlflow test_matrix_results/{results}` adds them"
    )
    exported = ksweep("export", "mlflow")
    assert exported.returncode == 3
    assert exported.stderr == "mlflow: it failed: no luck; mend that and export it again\n"


def test_a_missing_library_is_found_out_before_anything_runs(
    project: Path, ksweep: Ksweep, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without = tmp_path / "without"
    without.mkdir()
    (without / "sitecustomize.py").write_text("import sys\nsys.modules['wandb'] = None\n")
    monkeypatch.setenv("PYTHONPATH", f"{without}:{Path(__file__).parents[2]}")
    done = ksweep("sweep", "range", "--set", "TRACK_WANDB=y")
    assert done.returncode == 2
    assert done.stderr == (
        "CONFIG_SWEEP_TRACK_WANDB: it needs wandb, which is not installed; "
        f"install the extra `wandb`: {sys.executable} -m pip install 'ksweep[wandb]'\n"
    )
    assert not (project / "sweep_configs").exists()
    assert not (project / "test_matrix_results").exists()


def test_a_sweep_is_exported_to_a_journal(project: Path, ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range").returncode == 0
    done = ksweep("export", "optuna", "latest", "-o", "a journal")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(": 9 trials written\n")
    assert done.stdout == f"optuna-dashboard '{project}/a journal'\n"
    assert (project / "a journal").stat().st_size > 0


def test_there_is_nothing_to_export(project: Path, ksweep: Ksweep) -> None:
    done = ksweep("export", "optuna")
    assert done.returncode == 2
    assert "test_matrix_results/latest: there is no sweep yet" in done.stderr

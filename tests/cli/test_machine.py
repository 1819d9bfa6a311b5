"""What a sweep takes of the machine: memory, cores, GPUs, time; through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from cli.conftest import CALL, Ksweep

FAKES = Path(__file__).parent.parent / "fakes"

KCONFIG = """\
config MB
	int "MB"
	default 0
config SEED
	int "Seed"
	default 0
config SECONDS
	string "Seconds"
	default "0.5"
config DEEP
	bool "Deep"
"""

# Notes when it had its memory and when it gave it back.
EAT = """\
import os, time
size = int(os.environ["CONFIG_MB"])
held = b"x" * (size << 20)
begun = time.time()
time.sleep(float(os.environ.get("CONFIG_SECONDS", "0.5")))
with open("runs", "a") as file:
    file.write(f"{begun} {time.time()} {size}\\n")
print("test_acc:", size)
"""


@pytest.fixture
def project(project: Path) -> Path:
    (project / "Kconfig").write_text(KCONFIG)
    (project / "eat.py").write_text(EAT)
    return project


def write_range(project: Path, *lines: str, command: str = f"{sys.executable} -S eat.py") -> None:
    text = "\n".join([f'CONFIG_SWEEP_COMMAND="{command}"', *lines, ""])
    (project / "range").write_text(text)


def records(project: Path) -> list[dict[str, Any]]:
    results = project / "test_matrix_results/latest"
    return [json.loads(line) for line in (results / "results.jsonl").read_text().splitlines()]


def loads(project: Path) -> list[tuple[int, int]]:
    """At each start of a trial: the memory held by all in MB, and how many those are."""
    lines = [line.split() for line in (project / "runs").read_text().splitlines()]
    runs = [(float(begun), float(ended), int(size)) for begun, ended, size in lines]
    at_once = [
        [size for begun, ended, size in runs if begun <= moment < ended] for moment, _, _ in runs
    ]
    return [(sum(sizes), len(sizes)) for sizes in at_once]


# -- memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula", ['CONFIG_SWEEP_MEMORY_MB="MB + 20"', "# nothing is known beforehand"]
)
def test_trials_that_do_not_fit_together_take_turns_and_small_ones_fill_what_is_left(
    project: Path, ksweep: Ksweep, formula: str
) -> None:
    limit = 400
    write_range(
        project, formula, f"CONFIG_SWEEP_MEMORY_TOTAL_MB={limit}", "CONFIG_SWEEP_JOBS=0",
        "CONFIG_SWEEP_CPUS_PER_TRIAL=0", "CONFIG_MB=240|60", "CONFIG_SEED=1|2|3|4",
    )  # fmt: skip
    done = ksweep("sweep", "range")
    assert done.returncode == 0, done.stderr
    assert [record["status"] for record in records(project)] == ["success"] * 8
    assert all(held <= limit for held, _ in loads(project))
    assert max(count for _, count in loads(project)) >= min(2, len(os.sched_getaffinity(0)))
    large = [record for record in records(project) if record["params"]["CONFIG_MB"] == "240"]
    peaks = [record["resources"]["peak_rss_mb"] for record in large]
    # On a machine that is busy the kernel may count a few MB late.
    assert 220 <= min(peaks) <= max(peaks) <= 320, peaks
    assert 240 <= median(peaks) <= 280, peaks


def test_the_sum_is_told_before_the_run_and_the_jobs_are_reduced(
    project: Path, ksweep: Ksweep
) -> None:
    write_range(project, "CONFIG_SWEEP_JOBS=3", "CONFIG_MB=10|30", 'CONFIG_SWEEP_MEMORY_MB="MB"')
    done = ksweep("sweep", "range", "--set", "MEMORY_TOTAL_MB=70")
    assert done.returncode == 0
    told = next(line for line in done.stderr.splitlines() if line.startswith("memory: system "))
    assert " + 2 x 30 MB (config_002) = " in told
    assert told.endswith("; trials may use 70 MB; 2 at once instead of 3")
    assert "2 trials, 2 at once" in done.stderr


def test_where_not_even_one_fits_nothing_is_run(project: Path, ksweep: Ksweep) -> None:
    write_range(project, "CONFIG_MB=10|30", 'CONFIG_SWEEP_MEMORY_MB="1000000*MB"')
    done = ksweep("sweep", "range")
    assert done.returncode == 2
    assert "CONFIG_SWEEP_MEMORY_MB: not even one trial fits: system" in done.stderr
    assert not (project / "test_matrix_results").exists()


@pytest.mark.parametrize(
    ("formula", "error"),
    [
        ("MB / DEEP", "range:2: config_001: there is a division by zero in `MB / DEEP`; test the divisor before"),
        ("MB + SEAD", "range:2: CONFIG_SEAD is not defined in Kconfig; did you mean CONFIG_SEED?"),
        ("MB - 11", "range:2: config_001: `MB - 11` is -1; write what gives a number of MB, 0 or more"),
    ],
)  # fmt: skip
def test_a_formula_without_a_value_is_an_error_at_generation(
    project: Path, ksweep: Ksweep, formula: str, error: str
) -> None:
    write_range(project, f'CONFIG_SWEEP_MEMORY_MB="{formula}"', "CONFIG_MB=10|30")
    done = ksweep("generate", "range")
    assert (done.returncode, done.stderr) == (2, error + "\n")
    assert not (project / "sweep_configs").exists()


def test_a_formula_that_is_given_later_is_checked_too(project: Path, ksweep: Ksweep) -> None:
    write_range(project, "CONFIG_MB=10|30")
    ksweep("generate", "range")
    done = ksweep("run", "--set", "MEMORY_MB=MB + SEAD")
    assert done.returncode == 2
    assert "CONFIG_SWEEP_MEMORY_MB: no configuration has a symbol SEAD;" in done.stderr
    assert not (project / "test_matrix_results").exists()


def test_a_trial_that_takes_more_than_its_limit_is_ended_and_that_is_told(
    project: Path, ksweep: Ksweep
) -> None:
    write_range(project, "CONFIG_MB=200|20", "CONFIG_SEED=1|2", 'CONFIG_SECONDS="1.5"')
    done = ksweep("sweep", "range", "--set", "MEMORY_LIMIT_MB=100")
    assert done.returncode == 0
    assert [record["status"] for record in records(project)] == ["oom", "oom", "success", "success"]
    assert records(project)[0]["error"] == "took more than 100 MB, the limit of memory"
    told = "config_001 was ended as it took more than 100 MB; if trials need that, raise"
    assert done.stderr.count(f"{told} CONFIG_SWEEP_MEMORY_LIMIT_MB") == 1
    assert "config_002 was ended" not in done.stderr
    analysis = (project / "test_matrix_results/latest/sweep_analysis.txt").read_text()
    assert "most likely to blame: CONFIG_MB" in analysis


def test_a_trial_that_takes_more_than_the_formula_says_is_told(
    project: Path, ksweep: Ksweep
) -> None:
    write_range(project, "CONFIG_MB=50", 'CONFIG_SWEEP_MEMORY_MB="20"')
    done = ksweep("sweep", "range")
    assert "where the formula says 20 MB; if trials need that, raise" in done.stderr


# -- time ----------------------------------------------------------------------------------------


def test_a_trial_that_does_nothing_is_ended(project: Path, ksweep: Ksweep) -> None:
    script = "echo begun; [ $CONFIG_SEED = 1 ] && while :; do :; done; sleep 60"
    write_range(
        project, "CONFIG_SEED=1|2", "CONFIG_SWEEP_STALL_TIMEOUT=1", "CONFIG_SWEEP_TIMEOUT=4",
        "CONFIG_SWEEP_JOBS=2", command=f"sh -c '{script}'",
    )  # fmt: skip
    ksweep("sweep", "range")
    ends = {record["name"]: (record["status"], record["error"]) for record in records(project)}
    assert ends == {
        "config_001": ("timeout", "no end after 4 s"),  # it works, though it says nothing
        "config_002": ("timeout", "no output and no CPU for 1 s"),
    }


def test_when_the_time_for_the_run_is_over_what_runs_is_finished(
    project: Path, ksweep: Ksweep
) -> None:
    write_range(
        project,
        "CONFIG_MB=1",
        "CONFIG_SEED=1:1:50",
        "CONFIG_SWEEP_BUDGET=1",
        'CONFIG_SECONDS="0.4"',
    )
    done = ksweep("sweep", "range")
    assert done.returncode == 0
    assert "the time for this run is over (CONFIG_SWEEP_BUDGET)" in done.stderr
    ended = len(records(project))
    assert 1 <= ended <= 4
    assert {record["status"] for record in records(project)} == {"success"}
    assert f"{50 - ended} trials left; resume with: {CALL} resume" in done.stderr
    done = ksweep("resume", "--set", "BUDGET=0", "--max-runs", "1")
    assert done.returncode == 0
    assert len(records(project)) == ended + 1


# -- cores ---------------------------------------------------------------------------------------


def test_a_trial_has_cores_of_its_own_and_is_told_their_number(
    project: Path, ksweep: Ksweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import os; print(sorted(os.sched_getaffinity(0)), *map(os.environ.get, ('OMP_NUM_THREADS', 'MKL_NUM_THREADS')))"
    (project / "show.py").write_text(script + "; import time; time.sleep(0.5)")
    write_range(
        project, "CONFIG_SEED=1|2", "CONFIG_SWEEP_CPUS_PER_TRIAL=1", "CONFIG_SWEEP_JOBS=8",
        command=f"{sys.executable} -S show.py",
    )  # fmt: skip
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    cores = sorted(os.sched_getaffinity(0))
    done = ksweep("sweep", "range")
    assert (
        f"{len(cores)} at once instead of 8: each trial has 1 of {len(cores)} cores" in done.stderr
    )
    logs = sorted(project.glob("test_matrix_results/latest/config_*/output.log"))
    said = [log.read_text().strip() for log in logs]
    assert sorted(said) == sorted(f"[{core}] 1 7" for core in (cores * 2)[:2])
    assert sorted(record["cores"] for record in records(project)) == [
        [core] for core in (cores * 2)[:2]
    ]


# -- GPUs ----------------------------------------------------------------------------------------

USE = """\
import os, sys, time
sys.path.insert(0, FAKES)
import pynvml
pynvml.occupy(300 << 20, 40)
print("gpus", os.environ["CUDA_VISIBLE_DEVICES"], os.environ["CUDA_DEVICE_ORDER"])
time.sleep(2.5)
"""


@pytest.fixture
def gpus(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives this machine GPUs."""
    (project / "use.py").write_text(f"FAKES = {str(FAKES)!r}\n{USE}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FAKES), *sys.path]))
    monkeypatch.setenv("KSWEEP_FAKE_NVML", str(project / "nvml.json"))

    def has(*devices: dict[str, Any], **machine: Any) -> None:
        (project / "nvml.json").write_text(json.dumps({"gpus": devices, **machine}))

    return has


def test_each_trial_has_a_gpu_and_what_it_uses_of_it_is_recorded(
    project: Path, ksweep: Ksweep, gpus: Callable[..., None]
) -> None:
    gpus({"watts": 100}, {"watts": 100}, {"watts": 100})
    write_range(
        project, "CONFIG_SEED=1|2", "CONFIG_SWEEP_JOBS=0", command=f"{sys.executable} use.py"
    )
    done = ksweep("sweep", "range", "--set", "GPUS=2")
    assert done.returncode == 0, done.stderr
    assert "2 trials, 1 at once" in done.stderr
    for record in records(project):
        assert record["gpus"] == [2]
        assert record["resources"]["gpu_peak_mb"] == 300
        assert 0 < record["resources"]["gpu_util_avg"] <= 40
        assert 100 * 2 / 3.6e6 < record["resources"]["energy_kwh"] < 100 * 30 / 3.6e6
    log = next(project.glob("test_matrix_results/latest/config_001*/output.log")).read_text()
    assert log == "gpus 2 PCI_BUS_ID\n"
    sweep = json.loads((project / "test_matrix_results/latest/sweep.json").read_text())
    assert len(sweep["provenance"]["gpus"]) == 3


def test_trials_at_once_are_on_different_gpus_and_nobody_knows_whose_the_energy_was(
    project: Path, ksweep: Ksweep, gpus: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus({"watts": 100}, {"watts": 100}, {"watts": 100})
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,1")
    write_range(
        project, "CONFIG_SEED=1|2", "CONFIG_SWEEP_JOBS=5", command=f"{sys.executable} use.py"
    )
    done = ksweep("sweep", "range")
    assert "2 at once instead of 5: each trial has 1 of the GPUs 1, 2" in done.stderr
    assert sorted(record["gpus"] for record in records(project)) == [[1], [2]]
    assert [record["resources"]["energy_kwh"] for record in records(project)] == [None, None]
    assert [record["resources"]["gpu_peak_mb"] for record in records(project)] == [300, 300]


def test_without_a_driver_everything_works_and_the_figures_are_null(
    project: Path, ksweep: Ksweep, gpus: Callable[..., None]
) -> None:
    gpus(errors={"nvmlInit": "NVMLError_DriverNotLoaded"})
    write_range(project, "CONFIG_MB=1")
    assert ksweep("sweep", "range").returncode == 0
    (record,) = records(project)
    assert "gpus" not in record
    names = ("gpu_util_avg", "gpu_peak_mb", "energy_kwh")
    assert [record["resources"][name] for name in names] == [None] * 3


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ("GPUS=0,5", "CONFIG_SWEEP_GPUS: there is no GPU 5 for trials here; choose from 0"),
        ("GPUS_PER_TRIAL=2", "CONFIG_SWEEP_GPUS_PER_TRIAL: each trial is to have 2 of the GPUs, of which there are 1"),
    ],
)  # fmt: skip
def test_gpus_that_are_not_there_are_told_and_nothing_is_written(
    project: Path, ksweep: Ksweep, gpus: Callable[..., None], settings: str, error: str
) -> None:
    gpus({})
    write_range(project, "CONFIG_MB=1")
    done = ksweep("sweep", "range", "--set", settings)
    assert done.returncode == 2
    assert error in done.stderr
    assert not (project / "sweep_configs").exists()
    assert not (project / "test_matrix_results").exists()


def test_a_setting_that_is_none_is_told(project: Path, ksweep: Ksweep) -> None:
    write_range(project, "CONFIG_MB=1")
    done = ksweep("sweep", "range", "--set", "TIMEOUT")
    assert (done.returncode, done.stderr) == (
        2, "--set: `TIMEOUT` sets nothing; write NAME=VALUE, for example --set TIMEOUT=600\n",
    )  # fmt: skip
    done = ksweep("show", "range", "--set", "TIMEUOT=3")
    assert (
        "--set: CONFIG_SWEEP_TIMEUOT is not a setting; did you mean CONFIG_SWEEP_TIMEOUT"
        in done.stderr
    )


def test_how_the_code_differs_from_its_commit_is_kept_for_its_owner_alone(
    project: Path, ksweep: Ksweep
) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=me", "-c", "user.email=me@here")
        subprocess.run(["git", *who, *arguments], cwd=project, check=True, capture_output=True)

    write_range(project, "CONFIG_MB=1")
    git("init", "-q")
    git("add", "eat.py")
    git("commit", "-q", "-m", "first")
    ksweep("sweep", "range")
    results = project / "test_matrix_results"
    assert not (results / "latest/code.diff").exists()
    (project / "eat.py").write_text(EAT + "# changed\n")
    ksweep("sweep", "range")
    diff = results / "latest/code.diff"
    assert "+# changed" in diff.read_text()
    assert diff.stat().st_mode & 0o777 == 0o600
    assert json.loads((results / "latest/sweep.json").read_text())["provenance"]["dirty"] is True
    ksweep("sweep", "range", "--no-diff")
    assert not (results / "latest/code.diff").exists()


def test_why_no_trial_succeeded_is_told_with_the_end_of_a_log(
    project: Path, ksweep: Ksweep
) -> None:
    write_range(project, "CONFIG_SEED=1|2", command="sh -c 'echo no such dataset >&2; exit 2'")
    done = ksweep("sweep", "range")
    assert done.returncode == 1
    assert (
        "no trial succeeded; they share: exit code 2\nthe log of config_001 ends: no such dataset\n"
    ) in done.stderr


def test_a_metric_that_no_trial_has_is_told(project: Path, ksweep: Ksweep) -> None:
    write_range(project, "CONFIG_MB=1|2", 'CONFIG_SWEEP_METRIC="tset_acc"')
    done = ksweep("sweep", "range")
    assert (
        "None: no finite tset_acc among 2 successful trials; what was measured: total_time, "
        in done.stderr
    )


def test_the_last_line_counts_no_more_trials_than_there_are(project: Path, ksweep: Ksweep) -> None:
    write_range(
        project, "CONFIG_SEED=1|2|3", "CONFIG_SWEEP_BUDGET=1", command="sh -c 'sleep 1; exit 1'"
    )
    done = ksweep("sweep", "range", "--set", "RETRIES=3", "--set", "MAX_FAILURES=0")
    assert "/3 trials ended" in done.stderr
    assert {
        line.split("/")[1][:2] for line in done.stderr.splitlines() if " trials ended (" in line
    } == {"3 "}


def test_an_objective_that_cannot_be_measured_is_told_before_the_run(
    project: Path, ksweep: Ksweep
) -> None:
    objectives = 'CONFIG_SWEEP_OBJECTIVES="test_acc:max,energy_kwh:min"'
    write_range(project, "CONFIG_MB=1|2", 'CONFIG_SECONDS="0"', objectives)
    done = ksweep("sweep", "range", "-j", "2")
    told, _, rest = done.stderr.partition("trials, 2 at once")
    assert "no trial will have energy_kwh, which is to be ranked by: several run at once" in told
    assert rest
    text = (project / "test_matrix_results/latest/sweep_analysis.txt").read_text()
    assert "Note: No trial has energy_kwh: ranked by test_acc alone.\n" in text
    assert "BEST CONFIGURATION:\n----------------------------------------\nConfig file: " in text

"""A program that forks, leaves its session and ignores SIGTERM leaves no process behind."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from process.making import family

from chaos.making import Project, until

KCONFIG = 'config X\n\tint "x"\n\trange 1 9\n'
# The first attempt would live for ever, with a child and with a daemon; a second one just ends.
# Where there is a rule to stop early, the first trial is good and ends.
PROGRAM = f"""\
import os, signal, sys, time
x = int(os.environ["CONFIG_X"])
os.chdir(os.environ["KSWEEP_DIR"])
if os.environ["KSWEEP_ATTEMPT"] == "2":
    sys.exit(print("score: 1"))
{family("cd", "")}
good = x == 1 and os.path.exists("../../../rule")
for step in range(1, 4 if good else 2):
    print("KSWEEP", '{{"step": %d, "score": %d}}' % (step, 10 - x), flush=True)
open("ready", "w").close()
time.sleep(0.5 if good else 600)
"""
AXES = 'CONFIG_X=1|2\nCONFIG_SWEEP_METRIC="score"\nCONFIG_SWEEP_JOBS=2\n'


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.made(tmp_path, KCONFIG, AXES, PROGRAM) as made:
        yield made


def running(project: Project) -> subprocess.Popen[str]:
    """A sweep whose trials, with all their processes, are there."""
    process = project.start("sweep", "range")
    until(lambda: len(list(project.results.glob("config_*/ready"))) == 2)
    assert len(project.left_over()) == 6
    return process


def ended(process: subprocess.Popen[str]) -> int:
    out, errors = process.communicate(timeout=60)
    assert "Traceback" not in out + errors
    return process.returncode


def test_after_a_time_limit(project: Project) -> None:
    project.add("CONFIG_SWEEP_TIMEOUT=2")
    assert project.ksweep("sweep", "range").returncode == 1
    assert project.states() == ["timeout"] * 2
    assert project.left_over() == []


def test_after_a_prune(project: Project) -> None:
    (project.path / "rule").touch()
    project.add("CONFIG_SWEEP_STOP_HALVING=y", "CONFIG_SWEEP_MAX_STEPS=9")
    assert project.ksweep("sweep", "range", "-j", "1").returncode == 0
    assert project.states() == ["success", "pruned"]
    assert project.left_over() == []


def test_what_a_person_runs_with_a_trials_environment_is_left_alone(project: Project) -> None:
    project.add("CONFIG_SWEEP_TIMEOUT=2")
    process = running(project)
    place = next(project.results.glob("config_*"))
    by_hand = subprocess.Popen(["sleep", "60"], env={"KSWEEP_DIR": str(place)})
    assert ended(process) == 1
    assert by_hand.poll() is None
    by_hand.kill()
    by_hand.wait()


@pytest.mark.parametrize("numbers", [["SIGINT", "SIGINT"], ["SIGTERM"], ["SIGHUP"]])
def test_after_a_cancel_and_the_sweep_goes_on(project: Project, numbers: list[str]) -> None:
    process = running(project)
    process.send_signal(signal.Signals[numbers[0]])
    if len(numbers) > 1:
        stream = process.stderr
        assert stream is not None
        until(lambda: "Ctrl-C again" in stream.readline())  # two at once would be one
        process.send_signal(signal.Signals[numbers[1]])
    assert ended(process) == 130
    assert project.states() == ["cancelled"] * 2
    assert project.left_over() == []
    assert project.ksweep("resume").returncode == 0
    assert project.states() == ["success"] * 2


def test_after_the_death_of_the_runner_and_a_resume(project: Project) -> None:
    process = running(project)
    process.kill()
    ended(process)
    assert len(project.left_over()) == 6
    assert project.ksweep("resume").returncode == 0
    assert project.states() == ["success"] * 2
    assert project.left_over() == []

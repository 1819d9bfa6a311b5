"""What a program may put in the place of its trial's files: it hangs nobody and leads nowhere."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.making import Project, until

NAMES = [
    "training_metrics.json", "output.log", "result.json", "started.json", "pruned.json",
    "config.txt", "config.copy", "result.json.ksweep-new", ".attempt",
]  # fmt: skip
KCONFIG = 'config NAME\n\tstring "the file"\nconfig THING\n\tstring "what is put in its place"\n'
AXES = (
    f"CONFIG_NAME={'|'.join(NAMES)}\nCONFIG_THING=pipe|link|sparse|directory\n"
    'CONFIG_SWEEP_METRIC="score"\nCONFIG_SWEEP_JOBS=4\nCONFIG_SWEEP_CONFIG_COPY=y\n'
    "CONFIG_SWEEP_STOP_MEDIAN=y\n"  # which looks at the files of what runs
)
PROGRAM = """\
import os, shutil, sys, time
print("KSWEEP", '{"step": 1, "score": 1}', flush=True)
directory, name, thing = (os.environ[key] for key in ("KSWEEP_DIR", "CONFIG_NAME", "CONFIG_THING"))
path = os.path.join(directory, name)
while not os.path.exists(os.path.join(directory, "started.json")):
    time.sleep(0.01)
if os.path.lexists(path):
    os.unlink(path)
if thing == "pipe":
    os.mkfifo(path)
elif thing == "link":
    os.symlink(os.path.abspath("outside/directory" if name == ".attempt" else "outside/file"), path)
elif thing == "sparse":
    with open(path, "w") as file:
        file.truncate(10 << 30)
else:
    os.mkdir(path)
    open(os.path.join(path, "inside"), "w").close()
open(os.path.join(directory, "ready"), "w").close()
if os.environ["KSWEEP_ATTEMPT"] == "1" and os.path.exists("wait"):
    time.sleep(60)
print("score = 2")
"""
TEMPTING = '{"score": 666, "version": 1, "name": "config_001"}'
COUNT = 4 * len(NAMES)
RUINED = 4  # those that have no configuration any more


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "outside/directory").mkdir(parents=True)
    (tmp_path / "outside/file").write_text(TEMPTING)
    with Project.made(tmp_path, KCONFIG, AXES, PROGRAM) as made:
        yield made
        assert os.listdir(tmp_path / "outside/directory") == []
        assert (tmp_path / "outside/file").read_text() == TEMPTING


def done(project: Project, *arguments: str, code: int = 0) -> str:
    """Run a command to its end; what it says."""
    ended = project.ksweep(*arguments)
    assert ended.returncode == code, ended.stderr
    return ended.stdout + ended.stderr


def check(project: Project) -> None:
    """Every trial has a result of its own, which is a file."""
    records = project.records()
    assert len(records) == COUNT
    for record in records:
        status = "failed" if record["CONFIG_NAME"] == "config.txt" else "success"
        wrong = (record["status"], record["score"]) != (status, 1)
        if wrong and record["CONFIG_NAME"] != "output.log":  # where all that it said is gone
            pytest.fail(f"{record}")
        path = Path(project.results, str(record["dir"]), "result.json")
        assert stat.S_ISREG(path.lstat().st_mode)
        assert json.loads(path.read_text())["name"] == record["config_file"]


def test_every_trial_gets_a_result_and_goes_on_to_be_used(project: Project) -> None:
    done(project, "sweep", "range")
    check(project)
    assert "Total configurations tested: 36\n" in analysis(project)
    assert f"{COUNT - RUINED} results" in done(
        project, "run", "--reuse", "latest", "--reuse-anyway"
    )
    check(project)
    for name in ("output.log", "training_metrics.json"):
        for taken in project.results.glob(f"config_*/{name}"):
            assert stat.S_ISREG(taken.lstat().st_mode)


def analysis(project: Project) -> str:
    done(project, "analyze")
    return (project.results / "sweep_analysis.txt").read_text()


def test_after_the_death_of_the_runner_all_run_again_that_have_a_configuration(
    project: Project,
) -> None:
    (project.path / "wait").touch()
    process = project.start("sweep", "range", "-j", str(COUNT))
    until(lambda: len(list(project.results.glob("config_*/ready"))) == COUNT)
    process.kill()
    process.communicate()
    bare = {path.parent.name for path in project.results.glob("*/config.txt") if not is_file(path)}
    assert len(bare) == RUINED
    done(project, "resume", "--set", "MAX_FAILURES=0")
    states = Counter(project.states())
    assert (states["success"], states["failed"]) == (COUNT - RUINED, RUINED)


def is_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode) and path.stat().st_size < 1 << 20


def test_a_record_that_was_replaced_afterwards_comes_back(project: Project) -> None:
    done(project, "sweep", "range")
    before = (project.results / "results.jsonl").read_text()
    things = [os.mkfifo, os.mkdir, lambda path: os.symlink(project.path / "outside/file", path)]
    for number, path in enumerate(sorted(project.results.glob("config_*/result.json"))):
        path.unlink()
        things[number % len(things)](path)
    assert "Total configurations tested: 36\n" in analysis(project)
    done(project, "resume")
    check(project)
    assert (project.results / "results.jsonl").read_text() == before

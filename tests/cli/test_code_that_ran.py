"""Which code ran, from the command line: what a resume says, what is reused, what is compared."""

import json
import subprocess
from pathlib import Path

import pytest

KCONFIG = 'config N\n\tint "n"\n'
RANGE = 'CONFIG_SWEEP_COMMAND="python3 t.py"\nCONFIG_N=1|2|3\n'


@pytest.fixture
def project(project, monkeypatch):
    """A work tree with one tracked program and an untracked module beside it."""
    monkeypatch.chdir(project)
    Path("Kconfig").write_text(KCONFIG)
    Path("r-range").write_text(RANGE)
    Path("t.py").write_text('print("test_acc: 1")\n')
    Path("own.py").write_text("1\n")
    identity = ["-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "t.py"], [*identity, "commit", "-qm", "m"]):
        subprocess.run(["git", *command], check=True)
    return project


def records():
    latest = Path("test_matrix_results/latest")
    return [json.loads(line) for line in (latest / "results.jsonl").read_text().splitlines()]


def test_a_resume_says_what_is_not_as_it_was(project, ksweep):
    ksweep("sweep", "r-range", "--max-runs", "1")
    assert "changed" not in ksweep("resume", "--max-runs", "1").stderr
    Path("own.py").write_text("2\n")
    Path("Kconfig").write_text(KCONFIG + "# more\n")
    Path("r-range").write_text(RANGE + "# more\n")
    said = ksweep("resume").stderr.splitlines()
    assert said[:3] == [
        "r-range changed after this sweep was generated from it, which goes on as it was",
        "Kconfig changed after this sweep was generated from it, which goes on as it was",
        "the code is not what this sweep began with: own.py",
    ]
    codes = [record["code"] for record in records()]
    assert codes[0] == codes[1] != codes[2]
    text = Path("test_matrix_results/latest/sweep_analysis.txt").read_text()
    line = "Results of 2 versions of the code are compared: 2 trials of "
    assert f"{line}{codes[0][:12]}, 1 trial of {codes[2][:12]}\n" in text


def test_what_trials_write_into_the_work_tree_is_no_other_code(project, ksweep):
    Path("t.py").write_text('open("made", "a").write("x")\nprint("test_acc: 1")\n')
    ksweep("sweep", "r-range", "--max-runs", "1")
    assert "the code is not" not in ksweep("resume").stderr
    assert len({record["code"] for record in records()}) == 1
    assert "reused from" in ksweep("sweep", "r-range", "--reuse", "latest").stderr


def test_another_command_is_said_before_it_runs(project, ksweep):
    ksweep("sweep", "r-range", "--max-runs", "1")
    said = ksweep("resume", "--set", "COMMAND=python3 ./t.py").stderr.splitlines()
    assert said[0] == "the command is not what this sweep began with: python3 t.py"


@pytest.mark.parametrize("tracked", [True, False])
def test_a_range_file_and_what_it_includes_are_no_code(project, ksweep, tracked):
    Path("common").write_text("CONFIG_N=1\n")
    Path("a-range").write_text(RANGE.splitlines()[0] + '\nrsource "common"\n')
    if tracked:
        subprocess.run(["git", "add", "a-range", "common"], check=True)
    ksweep("sweep", "a-range")
    Path("common").write_text("CONFIG_N=1|2\n")
    assert "reused from" in ksweep("sweep", "a-range", "--reuse", "latest").stderr
    Path("b-range").write_text(RANGE)
    if tracked:
        subprocess.run(["git", "add", "b-range"], check=True)
    assert ": 2 results" in ksweep("sweep", "b-range", "--reuse", "latest").stderr


def test_a_program_that_git_does_not_know_is_code(project, ksweep):
    ksweep("sweep", "r-range")
    Path("own.py").write_text("2\n")
    said = ksweep("sweep", "r-range", "--reuse", "latest").stderr
    assert "it ran other code (not the same: own.py); see --reuse-anyway" in said


def test_a_sweep_that_grows_has_other_range_files_and_the_same_code(project, ksweep):
    ksweep("sweep", "r-range")
    Path("s-range").write_text(RANGE.replace("1|2|3", "1|2|3|4"))
    ksweep("generate", "s-range")
    said = ksweep("resume", "--config-dir", "sweep_configs").stderr
    assert "changed" not in said
    assert "the code is not" not in said
    assert len({record["code"] for record in records()}) == 1

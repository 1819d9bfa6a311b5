"""`ksweep refine`, and what to try next, on sweeps that have run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli.conftest import Ksweep

RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_SIZE=1:4:9
CONFIG_FAST=y|n
CONFIG_DEPTH=4|8
"""
PROGRAM = 'echo "score: $((CONFIG_SIZE * 10 + CONFIG_DEPTH))"\n'
REFINED = """\
# config_008: score: 98

# The settings of the sweep
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_SWEEP_JOBS=2

# CONFIG_SIZE: narrowed to around the best value, 9
CONFIG_SIZE=5:2:9

# CONFIG_FAST: all other values are worse than the best, y
CONFIG_FAST=y

# CONFIG_DEPTH: narrowed to around the best value, 8
CONFIG_DEPTH=4:2:12
"""


@pytest.fixture
def sweep(project: Path, ksweep: Ksweep) -> Path:
    (project / "range").write_text(RANGE)
    (project / "program.sh").write_text(PROGRAM)
    assert ksweep("sweep", "range", "-j", "2").returncode == 0
    return next((project / "test_matrix_results").glob("sweep_*"))


def test_a_finer_range_file_is_written_and_can_be_shown_and_run(
    project: Path, sweep: Path, ksweep: Ksweep
) -> None:
    done = ksweep("refine", "-o", "new-range")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("new-range: around config_008; `")
    assert done.stderr.endswith("ksweep show` says what it has\n")
    text = (project / "new-range").read_text()
    assert text.split("\n", 2)[2] == REFINED
    shown = ksweep("show", "new-range", "--json")
    assert shown.returncode == 0, shown.stderr
    assert ksweep("sweep", "new-range", "--reuse", sweep.name).returncode == 0


def test_the_best_few_run_again(project: Path, sweep: Path, ksweep: Ksweep) -> None:
    done = ksweep("refine", "--top", "2", "--repeat", "3", "-o", "again")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("again: the best 2 of 9 configurations; `")
    assert "\nCONFIG_SWEEP_REPEAT=3\n" in (project / "again").read_text()
    assert ksweep("sweep", "again").returncode == 0
    summary = json.loads((project / "test_matrix_results/latest/sweep_summary.json").read_text())
    ids = {record["id"] for record in summary}
    first = json.loads((sweep / "sweep_summary.json").read_text())
    best = sorted(first, key=lambda record: -record["score"])[:2]
    assert (len(summary), ids) == (6, {record["id"] for record in best})
    wrong = ksweep("refine", "--repeat", "3")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("--repeat: ")


def test_without_a_file_it_goes_to_standard_output(sweep: Path, ksweep: Ksweep) -> None:
    done = ksweep("refine", sweep.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nCONFIG_SIZE=5:2:9\n" in done.stdout


def test_no_file_is_overwritten(project: Path, sweep: Path, ksweep: Ksweep) -> None:
    (project / "new-range").write_text("mine\n")
    done = ksweep("refine", "-o", "new-range")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "new-range: it is there already and stays as it is; "
        "name another file with -o, or remove this one first\n"
    )
    assert (project / "new-range").read_text() == "mine\n"
    assert not list(project.glob("new-range.*"))


def test_a_directory_that_is_not_there_is_named(sweep: Path, ksweep: Ksweep) -> None:
    done = ksweep("refine", "-o", "nowhere/new-range")
    assert done.returncode == 3
    assert done.stderr.startswith("nowhere/new-range: cannot write this: No such file or directory")


def test_no_results_are_wrong_input(project: Path, ksweep: Ksweep) -> None:
    done = ksweep("refine")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("program", "arguments", "told"),
    [
        ("exit 1\n", (), "no trial has succeeded."),
        ("echo score: nan\n", (), "no finite score among 9 successful trials; what was"),
        ("echo score: 7\n", (), "all 9 are equal with a score; there is no best to refine"),
    ],
)  # fmt: skip
def test_where_nothing_is_best_the_answer_is_no(project, ksweep, program, arguments, told):
    (project / "program.sh").write_text(program)
    ksweep("sweep", "range", "-j", "2")
    done = ksweep("refine", "-o", "new-range", *arguments)
    sweep = next((project / "test_matrix_results").glob("sweep_*"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{sweep}: {told}")
    assert not (project / "new-range").exists()


def test_one_trial_is_no_best(project: Path, ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range", "--max-runs", "1").returncode in (0, 1)
    done = ksweep("refine")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "there is one configuration with a score; there is no best to refine\n"
    )


@pytest.mark.parametrize("lacking", ["range_file", "axes"])
def test_what_an_earlier_ksweep_did_not_write_is_said(sweep: Path, ksweep: Ksweep, lacking) -> None:
    for name in ("sweep.json", ".sweep.json"):
        file = sweep / name
        document = json.loads(file.read_text())
        if lacking == "range_file":
            del document["range_file"]["srctree"]
        else:
            for axis in document["axes"]:
                del axis["types"], axis["limits"]
        file.write_text(json.dumps(document))
    done = ksweep("refine")
    assert done.returncode == 2
    assert done.stderr == (
        f"{sweep}/sweep.json: it does not say enough of the range file and its axes to write "
        "another; run the sweep again with this ksweep, or write the finer range file by hand\n"
    )
    assert ksweep("analyze").returncode == 0


def test_the_range_file_and_the_kconfig_need_not_be_there(
    project: Path, sweep: Path, ksweep: Ksweep
) -> None:
    for name in ("range", "Kconfig"):
        (project / name).unlink()
    shutil.rmtree(project / "sweep_configs")
    assert "\nCONFIG_SIZE=5:2:9\n" in ksweep("refine").stdout


def test_the_analysis_says_what_to_try_next(sweep: Path, ksweep: Ksweep) -> None:
    text = (sweep / "sweep_analysis.txt").read_text()
    section = text.split("WHAT NEXT:\n")[1].split("=" * 60)[0]
    assert section == (
        f"{'-' * 40}\n\n"
        "1. See whether CONFIG_SIZE may go beyond 9: its range in Kconfig ends there\n"
        "   the best value, 9, lies on the edge: it is better by 40 in score than 5 "
        "(3 pairs that differ in nothing else, p < 0.001)\n\n"
        "2. Extend CONFIG_DEPTH beyond 8\n"
        "   the best value, 8, lies on the edge: it is better by 4 in score than 4 "
        "(3 pairs that differ in nothing else, p < 0.001); "
        "Kconfig has no constant range for it, the program may have one\n"
        "   CONFIG_DEPTH=4|8|12\n\n"
        "3. Run the best few several times, in a range file with them alone\n"
        "   each of 9 configurations ran once: how much of a difference is noise is not known\n"
        "   CONFIG_SWEEP_REPEAT=3\n"
    )

"""Sweeps with little or nothing to say: what each way of looking at them answers, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.conftest import Ksweep
from ksweep.store import Entry, Results

if TYPE_CHECKING:
    import subprocess

VERBS = ("analyze", "leaderboard", "status")
MEASURED = "total_time, cpu_s, "  # and what this machine can tell


def sweep(project: Path, ksweep: Ksweep, program: str, sizes: str = "1|2") -> Path:
    (project / "program.sh").write_text(program + "\n")
    (project / "range").write_text(
        f'CONFIG_SWEEP_COMMAND="sh program.sh"\nCONFIG_SWEEP_METRIC="score"\nCONFIG_SIZE={sizes}\n'
    )
    ksweep("sweep", "range")
    return (project / "test_matrix_results" / "latest").resolve()


def pending(project: Path) -> None:
    """A sweep of which nothing has run."""
    document = {
        "axes": [{"kind": "single", "symbols": ["SIZE"]}],
        "created_at": "2100-01-01T00:00:00+00:00",
        "settings": {"metric": "score", "explicit": ["metric"]},
    }
    entries = [Entry(f"config_00{n}", f"{n:012x}", {"CONFIG_SIZE": str(n)}) for n in (1, 2)]
    configurations = [(one, f"CONFIG_SIZE={one.number}\n") for one in entries]
    Results.create(str(project / "test_matrix_results"), document, configurations)


def plain(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr
    return done


def test_no_result_yet(project: Path, ksweep: Ksweep) -> None:
    pending(project)
    analysis, leaderboard, status = (plain(ksweep(verb)) for verb in VERBS)
    assert (analysis.returncode, leaderboard.returncode, status.returncode) == (1, 1, 0)
    assert "Total configurations tested: 0\nBy state: pending 2\n" in analysis.stdout
    assert "None: no trial has succeeded.\n" in analysis.stdout
    assert leaderboard.stderr == "no trial has succeeded with a score yet\n"
    assert status.stdout.startswith("0/2 trials ended (0%); pending 2")
    asked = plain(ksweep("leaderboard", "--metric", "nope"))  # who knows what they will give
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr == "no trial has succeeded with a nope yet\n"


def test_none_successful(project: Path, ksweep: Ksweep) -> None:
    sweep(project, ksweep, "exit 3")
    analysis, leaderboard, status = (plain(ksweep(verb)) for verb in VERBS)
    assert (analysis.returncode, leaderboard.returncode, status.returncode) == (1, 1, 0)
    assert "None: no trial has succeeded.\n" in analysis.stdout
    assert "IMPORTANCE" not in analysis.stdout
    assert leaderboard.stderr == "no trial has succeeded with a score yet\n"
    assert status.stdout.startswith("2/2 trials ended (100%); failed 2")
    assert json.loads(ksweep("leaderboard", "--json").stdout) == []


def test_one_trial(project: Path, ksweep: Ksweep) -> None:
    sweep(project, ksweep, "echo score: 5", sizes="3")
    analysis, leaderboard, _ = (plain(ksweep(verb)) for verb in VERBS)
    assert (analysis.returncode, leaderboard.returncode) == (0, 0)
    assert "Config file: config_001\nscore: 5\n" in analysis.stdout
    assert "Note: Each configuration ran once, so how much" in analysis.stdout
    assert "CORRELATIONS" not in analysis.stdout
    assert len(leaderboard.stdout.splitlines()) == 3


def test_all_equal(project: Path, ksweep: Ksweep) -> None:
    sweep(project, ksweep, "echo score: 5", sizes="1|2|3")
    analysis, leaderboard, _ = (plain(ksweep(verb)) for verb in VERBS)
    assert analysis.returncode == 0
    assert "Config file: config_001\n" in analysis.stdout
    assert "Exactly as good: config_002, config_003\n" in analysis.stdout
    assert "IMPORTANCE" not in analysis.stdout
    assert [line.split()[1] for line in leaderboard.stdout.splitlines()[2:]] == [
        "config_001", "config_002", "config_003",
    ]  # fmt: skip


def test_the_sweeps_metric_that_no_trial_has(project: Path, ksweep: Ksweep) -> None:
    sweep(project, ksweep, "echo 'KSWEEP {\"loss\": 1}'")
    analysis, leaderboard, _ = (plain(ksweep(verb)) for verb in VERBS)
    assert (analysis.returncode, leaderboard.returncode) == (0, 1)
    why = f"None: no finite score among 2 successful trials; what was measured: loss, {MEASURED}"
    assert why in analysis.stdout
    assert leaderboard.stdout == ""
    assert leaderboard.stderr.startswith(
        f"no trial has succeeded with a score yet; what was measured: loss, {MEASURED}"
    )


@pytest.mark.parametrize("verb", ["analyze", "leaderboard"])
def test_a_metric_asked_for_that_no_trial_has(project: Path, ksweep: Ksweep, verb: str) -> None:
    written = sweep(project, ksweep, "echo score: 5") / "sweep_analysis.txt"
    before = written.read_text()
    done = plain(ksweep(verb, "--metric", "nope"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"--metric: no trial has a `nope`; there are score, {MEASURED}")
    assert ksweep(verb, "--metric", "Scores").stderr == (
        "--metric: no trial has a `Scores`; did you mean score?\n"
    )
    assert written.read_text() == before
    assert plain(ksweep(verb, "--metric", "cpu_s")).returncode == 0


def test_comparing_by_a_metric_that_no_trial_has(project: Path, ksweep: Ksweep) -> None:
    sweep(project, ksweep, "echo score: 5")
    sweep(project, ksweep, "echo score: 6")
    done = plain(ksweep("compare", "--metric", "nope"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"--metric: no trial has a `nope`; there are score, {MEASURED}")


def test_comparing_what_has_not_run(project: Path, ksweep: Ksweep) -> None:
    sweep(project, ksweep, "echo score: 5")
    pending(project)
    done = plain(ksweep("compare"))
    assert done.returncode == 0
    assert "score (highest is best): 2 no value\n" in done.stdout
    failing = plain(ksweep("compare", "--fail-if-worse", "1%"))
    assert failing.returncode == 2
    assert "what gave score in the base has not ended in the other sweep; " in failing.stderr


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2", "this is version 2 of the format, and this ksweep knows up to 1; use the newer "),
        ("0", "this is version 0 of the format, and this ksweep knows no version before 1; use "),
        ('"1"', "this does not say which version of the format it is in; restore its "),
        (None, "this does not say which version of the format it is in; restore its "),
    ],
)
@pytest.mark.parametrize("verb", [*VERBS, "compare"])
def test_a_results_directory_of_another_version(
    project: Path, ksweep: Ksweep, verb: str, version: str | None, message: str
) -> None:
    pending(project)
    results = project / "test_matrix_results" / "latest"
    line = "" if version is None else f'"version": {version},\n'
    for name in ("sweep.json", ".sweep.json"):
        text = (results / name).read_text()
        (results / name).write_text(text.replace('"version": 1,\n', line))
    done = plain(ksweep(verb))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"test_matrix_results/latest/sweep.json: {message}")


@pytest.mark.parametrize("version", ["2", "0"])
def test_a_result_of_another_version(project: Path, ksweep: Ksweep, version: str) -> None:
    """A program may write one; where the ledger has it as well, another ksweep wrote it."""
    (path,) = sweep(project, ksweep, "echo score: 5").glob("config_001_*/result.json")
    ledger = path.parent.with_name("results.jsonl")
    old, new = '"version":1', f'"version":{version}'
    path.write_text(path.read_text().replace(old, new))
    assert plain(ksweep("status")).stdout.startswith("2/2 trials ended (100%); success 2")
    ledger.write_text(ledger.read_text().replace(old, new))
    for verb in (*VERBS, "compare"):
        done = plain(ksweep(verb))
        assert (done.returncode, done.stdout) == (2, "")
        if verb != "compare":
            assert done.stderr.startswith(
                f"{ledger}: this is version {version} of the format, and "
            )


def test_a_result_without_a_version_is_not_ours(project: Path, ksweep: Ksweep) -> None:
    """A program may write a `result.json` of its own; the ledger knows what ksweep wrote."""
    (path,) = sweep(project, ksweep, "echo score: 5").glob("config_001_*/result.json")
    path.write_text(path.read_text().replace('"version":1,', ""))
    assert plain(ksweep("status")).stdout.startswith("2/2 trials ended (100%); success 2")

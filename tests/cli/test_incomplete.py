"""Metrics that could not all be read: the run, `status` and the analysis say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Ksweep

WHY = "a line of output.log takes more than 1 s to be searched: see CONFIG_SWEEP_METRIC_REGEX"


@pytest.fixture
def backtracking(project: Path) -> Path:
    """The second of three trials prints a line on which the expression hangs."""
    (project / "program.sh").write_text(
        'echo "score=$CONFIG_SIZE"\n'
        f"[ $CONFIG_SIZE != 2 ] || echo {'a' * 40}\n"
        'echo "{}" > $KSWEEP_DIR/training_metrics.json\n'
    )
    (project / "range").write_text(
        'CONFIG_SWEEP_COMMAND="sh program.sh"\nCONFIG_SWEEP_METRIC="score"\nCONFIG_SIZE=1|2|3\n'
        'CONFIG_SWEEP_METRIC_REGEX="score=([0-9]+)|(a+)+b"\n'
    )
    return project


def test_it_is_said_and_the_others_have_theirs(ksweep: Ksweep, backtracking: Path) -> None:
    done = ksweep("sweep", "range")
    assert done.returncode == 0
    assert done.stderr.count(f"the metrics of config_002 are incomplete: {WHY}") == 1
    latest = backtracking / "test_matrix_results/latest"
    found = [json.loads(line) for line in (latest / "results.jsonl").read_text().splitlines()]
    said = {one["name"]: (one["metrics"], one.get("incomplete")) for one in found}
    assert said == {
        "config_001": ({"score": 1}, None),
        "config_002": ({"score": 2}, WHY),
        "config_003": ({"score": 3}, None),
    }
    for place in (ksweep("status").stdout, (latest / "sweep_analysis.txt").read_text()):
        assert "Incomplete metrics, as not everything could be read: config_002" in place
        assert f"config_002: {WHY}" in place
    assert json.loads(ksweep("status", "--json").stdout)["incomplete"] == 1


def test_a_report_and_a_resume_with_a_rule_are_not_held_up(
    ksweep: Ksweep, backtracking: Path
) -> None:
    ksweep("sweep", "range", "--max-runs", "2", "--set", "STOP_MEDIAN=y")
    for words in (["resume"], ["report"]):
        done = ksweep(*words)
        assert done.returncode == 0, done.stderr

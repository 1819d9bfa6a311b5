"""A metric that is asked for and that no trial has, or under another name."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Ksweep


def asks(project: Path, settings: str, program: str) -> None:
    (project / "program.sh").write_text(program)
    (project / "range").write_text(
        f'CONFIG_SWEEP_COMMAND="sh program.sh"\n{settings}CONFIG_SIZE=1|2|3\n'
    )


def test_it_is_told_after_the_first_success_and_the_answer_is_no(
    ksweep: Ksweep, project: Path
) -> None:
    asks(project, 'CONFIG_SWEEP_METRIC="secnds"\n', "echo size: 3, seconds: 0.$CONFIG_SIZE\n")
    done = ksweep("sweep", "range")
    assert done.returncode == 1
    told = "config_001 succeeded and gave no secnds: did you mean seconds? ("
    assert done.stderr.count("gave no secnds") == 1
    assert told in done.stderr
    assert done.stderr.index(told) < done.stderr.index("success 3\n")


def test_where_nothing_looks_like_it_what_there_is_is_named(ksweep: Ksweep, project: Path) -> None:
    asks(project, 'CONFIG_SWEEP_METRIC="speed"\n', 'echo "size=$CONFIG_SIZE, name: x"\n')
    done = ksweep("sweep", "range")
    assert (done.returncode, "gave no speed: its output has size\n" in done.stderr) == (1, True)


def test_a_metric_that_some_trial_has_is_an_answer(ksweep: Ksweep, project: Path) -> None:
    asks(project, 'CONFIG_SWEEP_METRIC="score"\n', "[ $CONFIG_SIZE = 1 ] || echo score: 3\n")
    assert ksweep("sweep", "range").returncode == 0


def test_nobody_asked_for_the_default(ksweep: Ksweep, project: Path) -> None:
    asks(project, "", "true\n")
    done = ksweep("sweep", "range")
    assert (done.returncode, "gave no" in done.stderr) == (0, False)


def test_further_metrics_that_nobody_has_are_told(ksweep: Ksweep, project: Path) -> None:
    settings = 'CONFIG_SWEEP_METRIC="score"\nCONFIG_SWEEP_METRICS="loss,f1"\n'
    asks(project, settings, "echo score: 3, f1: $CONFIG_SIZE\n")
    done = ksweep("sweep", "range")
    assert done.returncode == 0
    assert "no trial gave loss (CONFIG_SWEEP_METRICS)\n" in done.stderr


def test_the_logs_are_read_again_for_a_name_that_no_record_has(
    ksweep: Ksweep, project: Path
) -> None:
    asks(project, 'CONFIG_SWEEP_METRIC="secnds"\n', "echo seconds: 0.$CONFIG_SIZE\n")
    ksweep("sweep", "range")
    found = ksweep("leaderboard", "--metric", "seconds", "--goal", "minimize", "--json")
    assert found.returncode == 0
    assert [one["seconds"] for one in json.loads(found.stdout)] == [0.1, 0.2, 0.3]
    latest = project / "test_matrix_results/latest"
    for log in latest.glob("config_*/output.log"):
        log.unlink()  # it was kept
    for verb in (["analyze"], ["report"], ["refine", "-o", "finer"]):
        done = ksweep(verb[0], "--metric", "seconds", *verb[1:])
        assert done.returncode == 0, done.stderr
    for other in ("nothing", "seconds"):
        (latest / "further_metrics.json").write_text("[" if other == "seconds" else '{"x": 3}')
        assert "no trial has a" in ksweep("leaderboard", "--metric", other).stderr

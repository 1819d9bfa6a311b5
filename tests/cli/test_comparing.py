"""`ksweep compare` on sweeps that have run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli.conftest import Ksweep

RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_SIZE=1|2|3
"""
PROGRAM = """\
[ "$CONFIG_SIZE" = "$(cat fails)" ] && exit 3
echo "score: $((CONFIG_SIZE * 1000 + (CONFIG_SIZE == 3) * $(cat offset) + KSWEEP_REPEAT))"
"""
RESULTS = "test_matrix_results"


@pytest.fixture
def sweeps(project: Path, ksweep: Ksweep) -> list[str]:
    """Two sweeps: in the second one, size 3 has lost 90 of 3000, and size 1 fails."""
    (project / "range").write_text(RANGE)
    (project / "program.sh").write_text(PROGRAM)
    run(project, ksweep, offset=0)
    run(project, ksweep, offset=-90, fails=1)
    return sorted(path.name for path in (project / RESULTS).glob("sweep_*"))


def run(project: Path, ksweep: Ksweep, *arguments: str, offset: int, fails: int = 0) -> None:
    (project / "offset").write_text(str(offset))
    (project / "fails").write_text(str(fails))
    assert ksweep("sweep", "range", "-j", "2", *arguments).returncode == 0


def test_the_latest_is_compared_with_the_one_before(sweeps: list[str], ksweep: Ksweep) -> None:
    done = ksweep("compare")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == (
            f"base: {sweeps[0]}, 3 trials\n"
            f"now: {sweeps[1]}, 3 trials\n"
            "3 configurations in both (3 by identity); 0 only in the base, 0 only now\n"
            "\n"
            "score (highest is best): 1 fails, 1 seems worse, 1 same\n"
            "  all together: -1.50% in the mean of 2: no shift can be seen (p = 1, paired t-test)\n"
            "  the best: config_003 3001 -> config_003 2911\n"
            "  noise: not known, as no configuration ran more than once; --set REPEAT=3 tells\n"
            "  with one run each, all together alone decides; what only seems so may be noise\n"
            "\n"
            "config      is now        SIZE    score before    now    change    percent  p    verdict\n"
            "----------  ----------  ------  --------------  -----  --------  ---------  ---  ---------\n"
            "config_001  config_001       1            1001                                   fails\n"
            "config_003  config_003       3            3001   2911       -90     -3.00%       worse\n"
            "config_002  config_002       2            2001   2001         0         0%       same\n"
        ).replace("SIZE  ", "SIZE  ")
        or done.stdout
    )


def test_worse_is_a_no(sweeps: list[str], ksweep: Ksweep) -> None:
    worse = ksweep("compare", "--fail-if-worse", "3.5%", "--top", "1")
    assert worse.returncode == 1
    assert worse.stderr == (
        "1 difference for the worse by more than 3.5%, the first of them: config_001 fails\n"
    )
    assert "and 2 more (--top)\n" in worse.stdout
    back = ksweep("compare", sweeps[1], "--fail-if-worse", "1%", sweeps[0])
    assert (back.returncode, back.stderr) == (0, "")
    assert "score (highest is best): 1 same, 1 seems better, 1 succeeds\n" in back.stdout


def test_a_threshold_is_a_percentage(sweeps: list[str], ksweep: Ksweep, project: Path) -> None:
    for offset in (0, -90):
        run(project, ksweep, "--set", "REPEAT=2", offset=offset)
    for allowed, code in (("2.9%", 1), ("3%", 0), ("0%", 1)):
        assert ksweep("compare", "--fail-if-worse", allowed).returncode == code, allowed
    for wrong in ("1", "1.%", "x%", ""):
        done = ksweep("compare", "--fail-if-worse", wrong)
        assert done.returncode == 2
        assert "is not a percentage such as 1%" in done.stderr


def test_the_noise_is_known_where_trials_repeat(
    sweeps: list[str], project: Path, ksweep: Ksweep
) -> None:
    run(project, ksweep, "--set", "REPEAT=3", offset=0)
    run(project, ksweep, "--set", "REPEAT=3", offset=1)
    done = ksweep("compare", "--fail-if-worse", "0%")
    assert done.returncode == 0
    assert "score (highest is best): 1 within the noise, 2 same\n" in done.stdout
    assert (
        "noise: moderated t-tests (Smyth), two-sided, with Holm's correction, at 5%\n"
        in done.stdout
    )
    assert "3002 ± 1 (3)" in done.stdout
    against_single = ksweep("compare", sweeps[0], "latest")
    assert "score (highest is best): 3 within the noise\n" in against_single.stdout


def test_all_together_decide_where_no_configuration_does(project: Path, ksweep: Ksweep) -> None:
    (project / "range").write_text(RANGE.replace("1|2|3", "1:1:8"))
    (project / "program.sh").write_text(
        'echo "score: $((CONFIG_SIZE * 100000 - CONFIG_SIZE * $(cat offset) * (50 + CONFIG_SIZE)))"'
    )
    for offset in (0, 1):
        run(project, ksweep, offset=offset)
    done = ksweep("compare", "--fail-if-worse", "0%")
    assert "8 seems worse" in done.stdout
    assert "all together: -0.054% in the mean of 8: worse (p = " in done.stdout
    assert "  with one run each, all together alone decides; " in done.stdout
    assert done.returncode == 1
    assert done.stderr == "all together for the worse by more than 0%: score -0.054%\n"
    assert ksweep("compare", "--fail-if-worse", "0.1%").returncode == 0
    said = json.loads(ksweep("compare", "--json").stdout)["sweeps"][0]["objectives"][0]
    assert said["all_together"]["verdict"] == "worse"


def test_one_run_of_one_configuration_decides_nothing(project: Path, ksweep: Ksweep) -> None:
    (project / "range").write_text(RANGE.replace("1|2|3", "3"))
    (project / "program.sh").write_text(PROGRAM)
    for offset in (0, 0, -90):
        run(project, ksweep, offset=offset)
    sweeps = sorted(path.name for path in (project / RESULTS).glob("sweep_*"))
    assert ksweep("compare", *sweeps[:2], "--fail-if-worse", "0%").returncode == 0
    done = ksweep("compare", "--fail-if-worse", "0%")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "one run of one configuration does not tell a change of score from noise; " in done.stderr
    )
    assert "--set REPEAT=3" in done.stderr


def test_the_sweep_before_is_the_one_that_began_before(
    sweeps: list[str], project: Path, ksweep: Ksweep
) -> None:
    """Names are in local time: after clocks were put back, or in another zone, they lie."""
    moved = project / RESULTS / "sweep_99990101_000000"
    (project / RESULTS / sweeps[0]).rename(moved)
    assert ksweep("compare").stdout.startswith(f"base: {moved.name}, 3 trials\nnow: {sweeps[1]}, ")
    assert "there is no sweep before it" in ksweep("compare", moved.name).stderr


def test_json_has_everything(sweeps: list[str], project: Path, ksweep: Ksweep) -> None:
    run(project, ksweep, offset=10)
    found = json.loads(ksweep("compare", *sweeps, "--json", "latest").stdout)
    assert found["base"].endswith(sweeps[0])
    second, third = (sweep["objectives"][0] for sweep in found["sweeps"])
    assert [one["verdict"] for one in second["configurations"]] == ["fails", "same", "seems worse"]
    assert third["configurations"][2] == {
        "matched_by": "identity",
        "base": "config_003",
        "now": "config_003",
        "params": {"CONFIG_SIZE": "3"},
        "before_mean": 3001.0,
        "before_deviation": None,
        "before_runs": 1,
        "now_mean": 3011.0,
        "now_deviation": None,
        "now_runs": 1,
        "change": 10.0,
        "relative": pytest.approx(10 / 3001),
        "chance": None,
        "verdict": "seems better",
    }


def test_another_base_configuration_matches_by_parameters(
    sweeps: list[str], project: Path, ksweep: Ksweep
) -> None:
    (project / ".config").write_text("CONFIG_FAST=y\n")
    (project / "range").write_text(RANGE.replace("|3", "|3|4"))
    run(project, ksweep, offset=0)
    shown = ksweep("compare", sweeps[0], "latest").stdout
    assert "3 configurations in both (3 by parameters); 0 only in the base, 1 only now\n" in shown


def test_nothing_in_common_cannot_be_judged(
    sweeps: list[str], project: Path, ksweep: Ksweep
) -> None:
    (project / "range").write_text(RANGE.replace("1|2|3", "7|8"))
    run(project, ksweep, offset=0)
    shown = ksweep("compare")
    assert shown.returncode == 0
    assert "score (highest is best): nothing to compare\n" in shown.stdout
    assert "the best: config_003 2911 -> config_002 8001\n" in shown.stdout
    judged = ksweep("compare", "--fail-if-worse", "1%")
    assert (judged.returncode, judged.stdout) == (2, "")
    assert "no configuration of the base that gave score is in the other sweep; " in judged.stderr
    metric = ksweep("compare", *sweeps, "--metric", "loss", "--fail-if-worse", "1%")
    assert metric.returncode == 2
    assert metric.stderr.startswith("--metric: no trial has a `loss`; there are score, ")


def test_wrong_sweeps(sweeps: list[str], project: Path, ksweep: Ksweep) -> None:
    same = ksweep("compare", sweeps[1], "latest")
    assert same.returncode == 2
    assert "this would be compared with itself; name different sweeps" in same.stderr
    alone = ksweep("compare", sweeps[0])
    assert alone.returncode == 2
    assert "there is no sweep before it to compare with; name two sweeps" in alone.stderr
    assert ksweep("compare", "nowhere", "latest").returncode == 2
    shutil.rmtree(project / RESULTS)
    none = ksweep("compare")
    assert none.stderr.startswith(f"{RESULTS}/latest: there is no sweep yet; ")
    unknown = ksweep("compare", "--nonsense", "a")
    assert unknown.returncode == 2
    assert "unrecognized arguments: --nonsense" in unknown.stderr

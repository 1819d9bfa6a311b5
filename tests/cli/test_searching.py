"""Methods, stopping and repetition, as they are used from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import CALL, Ksweep

SPACE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_SIZE=uniform(1, 9)
CONFIG_FAST=y|n
CONFIG_DEPTH=4|5
"""


def write(project: Path, *lines: str) -> None:
    (project / "range").write_text(SPACE + "".join(f"{line}\n" for line in lines))


def summary(project: Path) -> list[dict[str, object]]:
    path = project / "test_matrix_results" / "latest" / "sweep_summary.json"
    return json.loads(path.read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize("method", ["random", "qmc", "tpe", "nsga2"])
def test_a_method_is_an_option(method: str, project: Path, ksweep: Ksweep) -> None:
    write(project)
    done = ksweep("sweep", "range", "--method", method, "--trials", "7")
    assert done.returncode == 0, done.stderr
    found = summary(project)
    assert len(found) == len({one["id"] for one in found}) == 7
    assert {one["status"] for one in found} == {"success"}
    assert f"best: {max(found, key=lambda one: one['score'])['config_file']}," in done.stderr


def test_a_covering_array_runs(project: Path, ksweep: Ksweep) -> None:
    done = ksweep("sweep", "range", "--method", "covering")
    assert done.returncode == 0, done.stderr
    assert "Every pair of values that is allowed: 14 of 14 are in 9 configurations" in done.stderr
    assert (
        "Cannot be: CONFIG_FAST=n with CONFIG_DEPTH=4 (and 1 like it): CONFIG_DEPTH is"
        in done.stderr
    )
    assert len(summary(project)) == 9


def test_a_make_variable_or_the_range_file_names_it_too(project: Path, ksweep: Ksweep) -> None:
    write(project, "CONFIG_SWEEP_METHOD_RANDOM=y", "CONFIG_SWEEP_TRIALS=4")
    assert ksweep("generate", "range").returncode == 0
    assert len(list((project / "sweep_configs").glob("config_*"))) == 4


def test_the_same_seed_the_same_files_whatever_the_jobs(project: Path, ksweep: Ksweep) -> None:
    write(project)
    names = []
    for options in (["-j", "1"], ["-j", "8"], ["-j", "1", "--seed", "1"]):
        ksweep("sweep", "range", "--method", "random", "--trials", "5", *options)
        names.append([one["id"] for one in summary(project)])
    assert names[0] == names[1] != names[2]


def test_a_search_is_repeatable_with_one_job(project: Path, ksweep: Ksweep) -> None:
    write(project, "CONFIG_SWEEP_METHOD_TPE=y", "CONFIG_SWEEP_TRIALS=15")
    names = []
    for _ in range(2):
        assert ksweep("sweep", "range").returncode == 0
        names.append([one["id"] for one in summary(project)])
    assert names[0] == names[1]


def test_a_search_is_generated_as_one_file(project: Path, ksweep: Ksweep) -> None:
    write(project, "CONFIG_SWEEP_METHOD_TPE=y")
    done = ksweep("generate", "range")
    assert (
        done.stderr
        == "sweep_configs/: tpe will choose up to 20 configurations while results come in\n"
    )
    assert [path.name for path in (project / "sweep_configs").iterdir()] == ["sweep.json"]
    done = ksweep("run", "--max-runs", "3")
    assert done.returncode == 0
    assert f"17 trials left; resume with: {CALL} resume" in done.stderr
    assert "3/20 trials ended" in ksweep("status").stdout
    assert ksweep("clean").returncode == 0  # the results directory suffices
    (project / "range").unlink()
    done = ksweep("resume", "--trials", "6")
    assert done.returncode == 0, done.stderr
    assert len(summary(project)) == 6


def test_a_used_up_space_is_told(project: Path, ksweep: Ksweep) -> None:
    write(project)
    text = (project / "range").read_text().replace("uniform(1, 9)", "1|2")
    (project / "range").write_text(text)
    done = ksweep("sweep", "range", "--method", "tpe")
    assert done.returncode == 0
    assert "the space is used up: nothing is left to choose after 6 choices\n" in done.stderr
    assert "6/6 trials ended (100%)" in ksweep("status").stdout


def test_a_search_goes_on_in_a_wider_space(project: Path, ksweep: Ksweep) -> None:
    write(project)
    narrow = (project / "range").read_text().replace("uniform(1, 9)", "1|2")
    (project / "range").write_text(narrow)
    ksweep("sweep", "range", "--method", "tpe", "--trials", "9")
    assert len(summary(project)) == 6
    (project / "range").write_text(narrow.replace("1|2", "1|2|3"))
    ksweep("generate", "range", "--method", "tpe", "--trials", "9")
    done = ksweep("resume", "--config-dir", "sweep_configs")
    assert done.returncode == 0, done.stderr
    assert "6 kept, 0 new, 0 no longer asked for\n" in done.stderr
    assert len({one["id"] for one in summary(project)}) == 9


def test_a_search_does_not_become_a_grid(project: Path, ksweep: Ksweep) -> None:
    write(project)
    ksweep("sweep", "range", "--method", "tpe", "--trials", "2")
    ksweep("generate", "range", "--method", "random")
    done = ksweep("resume", "--config-dir", "sweep_configs")
    assert done.returncode == 2
    assert "this was generated for another method (random) than the sweep has (tpe)" in done.stderr


def test_a_changed_tree_does_not_go_on(project: Path, ksweep: Ksweep) -> None:
    write(project, "CONFIG_SWEEP_METHOD_TPE=y")
    ksweep("sweep", "range", "--max-runs", "2")
    (project / "Kconfig").write_text(
        (project / "Kconfig").read_text() + 'config NEW\n\tbool "new"\n'
    )
    done = ksweep("resume")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "sweep.json: the Kconfig tree Kconfig has changed since this search began; put it back, or "
        "start a new sweep with --warm-start to go on from its results\n"
    )


def test_an_earlier_sweep_starts_a_search(project: Path, ksweep: Ksweep) -> None:
    write(project)
    ksweep("sweep", "range", "--method", "random", "--trials", "8")
    before = {one["id"] for one in summary(project)}
    done = ksweep("sweep", "range", "--method", "tpe", "--trials", "5", "--warm-start", "latest")
    assert done.returncode == 0, done.stderr
    after = {one["id"] for one in summary(project)}
    assert "teaches: 8 configurations, none of which runs again\n" in done.stderr
    assert len(after) == 5
    assert before.isdisjoint(after)


def test_repeats_and_replicates(project: Path, ksweep: Ksweep) -> None:
    write(project, 'CONFIG_SWEEP_REPLICATE="DEPTH"', "CONFIG_SWEEP_REPEAT=2")
    done = ksweep("sweep", "range", "--method", "tpe", "--trials", "3", "--json")
    assert done.returncode == 0, done.stderr
    found = summary(project)
    slow = sum(one["CONFIG_FAST"] == "n" for one in found)
    fast = len(found) - slow
    assert slow % 2 == 0
    assert fast % 4 == 0
    assert slow / 2 + fast / 4 == 3
    assert {one["repeat"] for one in found} == {1, 2}


def test_a_shuffled_grid_runs_in_another_order(project: Path, ksweep: Ksweep) -> None:
    (project / "program.sh").write_text('echo "$KSWEEP_NAME" >> order; echo "score: 1"\n')
    with (project / "range").open("a") as file:
        file.write("CONFIG_SWEEP_SHUFFLE=y\n")
    orders = []
    for seed in ("0", "0", "1"):
        (project / "order").unlink(missing_ok=True)
        assert ksweep("sweep", "range", "--seed", seed).returncode == 0
        orders.append((project / "order").read_text().split())
    assert orders[0] == orders[1]
    assert orders[0] != orders[2] != sorted(orders[2])
    assert sorted(orders[0]) == sorted(orders[2]) == [f"config_00{n}" for n in range(1, 10)]


def test_bad_trials_are_stopped(project: Path, ksweep: Ksweep) -> None:
    (project / "program.sh").write_text(
        'echo "score = $CONFIG_SIZE"; [ "$CONFIG_SIZE" = 3 ] || sleep 60; echo "score = 3"\n'
    )
    (project / "range").write_text(
        'CONFIG_SWEEP_COMMAND="sh program.sh"\nCONFIG_SWEEP_METRIC="score"\nCONFIG_SIZE=3|2|1\n'
    )
    done = ksweep("sweep", "range", "--stop", "halving")
    assert done.returncode == 0, done.stderr
    assert "success 1, pruned 2\n" in done.stderr
    text = (project / "test_matrix_results/latest/sweep_analysis.txt").read_text()
    assert "PRUNED TRIALS:" in text
    assert "config_002: halving: 2 at step 1 is not among the best 1/3 of 2 trials" in text


def test_several_objectives(project: Path, ksweep: Ksweep) -> None:
    (project / "range").write_text(
        'CONFIG_SWEEP_COMMAND="sh program.sh"\nCONFIG_SWEEP_OBJECTIVES="score:max:2,total_time:min"\n'
        "CONFIG_SIZE=1|2|3\n"
    )
    done = ksweep("sweep", "range", "--json")
    assert done.returncode == 0, done.stderr
    records = json.loads(done.stdout)
    assert [one["rank"] for one in records] == [1, 2, 3]
    assert all({"score", "on_front", "total_time"} <= one.keys() for one in records)


def test_show_says_what_a_method_will_do(project: Path, ksweep: Ksweep) -> None:
    write(project, 'CONFIG_SWEEP_REPLICATE="DEPTH"', "CONFIG_SWEEP_REPEAT=3")
    done = ksweep("show", "range", "--method", "random", "--trials", "9", "--stop", "median")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert (
        lines[-6:]
        == [
            "18 distinct configurations",
            "Method: random with seed 0 chooses 9 configurations",
            "Continuous: CONFIG_SIZE",
            "The space is not used up by that",
            "Each runs 6 times (repeats and replicates): 54 trials",
            "Stopping: median, by score from step 1 on",
            "Estimated time: not known; --trial-seconds says how long a trial takes",
        ][-6:]
    )
    shown = json.loads(ksweep("show", "range", "--method", "tpe", "--json").stdout)
    assert (shown["method"], shown["configurations"], shown["available"]) == ("tpe", 18, 18)
    assert "is used up by that" in ksweep("show", "range", "--method", "tpe").stdout


def test_show_lists_the_values_of_each_axis(project: Path, ksweep: Ksweep) -> None:
    (project / "Kconfig").write_text(
        'config N\n\tint "n"\n\trange 1 999\nconfig X\n\tstring "x"\nconfig Y\n\tint "y"\n'
    )
    (project / "range").write_text("CONFIG_N=1:1:300\n(CONFIG_X, CONFIG_Y)=(a, 1)|(b, 2)\n")
    lines = ksweep("show", "range").stdout.splitlines()
    first = next(line for line in lines if line.startswith("CONFIG_N"))
    assert "  1 2 3 4 " in first
    assert first.endswith(" and 277 more")
    assert any(line.endswith("(a, 1) (b, 2)") for line in lines)
    axes = json.loads(ksweep("show", "range", "--json").stdout)["axes"]
    assert axes[0]["list"] == [str(n) for n in range(1, 301)]
    assert axes[1]["list"] == ["(a, 1)", "(b, 2)"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["sweep", "range", "--method", "best"],
            "ksweep sweep: argument --method: invalid choice: 'best'",
        ),
        (
            ["sweep", "range", "--trials", "0"],
            "--trials: CONFIG_SWEEP_TRIALS cannot be `0`; it allows 1 to 1000000000\n",
        ),
        (
            ["sweep", "range", "--warm-start", "latest"],
            "--warm-start: grid does not learn from results; choose --method tpe or nsga2\n",
        ),
        (
            ["sweep", "range", "--method", "tpe", "--reuse", "latest"],
            "--reuse: tpe learns from results, it does not take them over; begin with what they "
            "teach: --warm-start DIR\n",
        ),
        (
            ["sweep", "range", "--stop", "median", "--metric", "total_time"],
            "CONFIG_SWEEP_STOP_MEDIAN: total_time is measured when a trial ends, so it stops none "
            "early; let the first objective be a metric that the program reports step by step\n",
        ),
        (
            ["sweep", "range", "--method", "tpe", "--warm-start", "nowhere"],
            "nowhere: this is not a results",
        ),
    ],
)
def test_bad_input(arguments: list[str], message: str, project: Path, ksweep: Ksweep) -> None:
    done = ksweep(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(message), done.stderr
    assert not (project / "sweep_configs").exists()
    assert not (project / "test_matrix_results").exists()


def test_the_trials_of_what_is_generated_are_fixed(project: Path, ksweep: Ksweep) -> None:
    assert ksweep("generate", "range").returncode == 0
    done = ksweep("run", "--trials", "3")
    assert done.returncode == 2
    assert done.stderr == (
        "--trials: the configurations of this sweep are generated already; generate more of them, "
        "then resume with --config-dir\n"
    )


def test_a_random_sweep_grows(project: Path, ksweep: Ksweep) -> None:
    write(project)
    ksweep("sweep", "range", "--method", "random", "--trials", "4")
    before = [one["id"] for one in summary(project)]
    assert ksweep("generate", "range", "--method", "random", "--trials", "7").returncode == 0
    done = ksweep("resume", "--config-dir", "sweep_configs")
    assert "4 kept, 3 new, 0 no longer asked for\n" in done.stderr
    assert [one["id"] for one in summary(project)][:4] == before


def test_the_list_names_methods(project: Path, ksweep: Ksweep) -> None:
    (project / "defconfigs").mkdir()
    write(project, "CONFIG_SWEEP_METHOD_QMC=y", "CONFIG_SWEEP_TRIALS=5")
    (project / "range").rename(project / "defconfigs" / "search-range")
    (project / "defconfigs" / "bad-range").write_text("CONFIG_SIZE=uniform(1, 9)\n")
    found = json.loads(ksweep("list", "--json").stdout)
    assert [(one["configurations"], one["method"]) for one in found] == [
        ("continuous", "grid"),
        (5, "qmc"),
    ]

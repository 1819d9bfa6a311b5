"""`sweep_analysis.txt`: short before it is complete, and the best with all that it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analysis.making import made, view_of

from ksweep.analysis.overview import overview_of
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.standing import standing
from ksweep.model import Settings
from ksweep.report.analysis_text import analysis_text
from ksweep.report.reading import read_view
from report.sweeps import Trial, lay_out

SETTINGS = Settings(command="sh run.sh", metric="acc", explicit=frozenset({"metric"}), repeat=3)
SECTIONS = (
    "BEST CONFIGURATION:",
    "TOP 10 CONFIGURATIONS:",
    "WHAT MATTERS:",
    "WHAT NEXT:",
    "FAILED TESTS:",
    "METRICS AND RESOURCES:",
    "PARAMETERS:",
)


def text_of(fixed: tuple[str, ...] = ()) -> str:
    """Of twelve configurations with three runs each."""
    results = []
    for number in range(36):
        which, run = number // 3, number % 3
        result = made(
            which + 1,
            params={"CONFIG_A": str(which)},
            metrics={"acc": 50 + which + (0.123456, 0.2, 0.345678)[run]},
            wall_s=(0.01, 0.02, 0.9)[run],
        )
        name = result.name + (f".r{run + 1}" if run else "")
        results.append(replace(result, name=name, repeat=run + 1))
    view = view_of(*results, settings=SETTINGS, parameters=("CONFIG_A",))
    view = replace(view, fixed=fixed)
    stand = standing(view, rank(view.results, choose_basis(view.results, SETTINGS)), 10)
    return analysis_text(view, overview_of(view, stand), 10)


def test_what_is_asked_for_first_stands_first() -> None:
    lines = text_of().splitlines()
    places = [lines.index(section) for section in SECTIONS]
    assert places == sorted(places)


def test_the_best_is_told_with_all_that_it_takes() -> None:
    best = text_of(("CONFIG_DEPTH=7",)).split("=" * 60)[1]
    assert "Hyperparameters:\n  CONFIG_A=11\n" in best
    assert "Fixed in all configurations:\n  CONFIG_DEPTH=7\n" in best
    assert "\nDirectory: " in best
    assert "\nCommand: sh run.sh\n" in best
    assert (
        "\nRun it again: ksweep resume /results/sweep_20260301_220000 --only config_012\n" in best
    )


def test_numbers_have_the_digits_that_the_noise_allows_and_no_time_is_negative() -> None:
    best = text_of().split("=" * 60)[1]
    assert "acc: 61.22 ± 0.11, 95% interval 60.94 to 61.5\n" in best
    assert "interval 0s to" in best
    assert "-" not in best.split("Training Time")[1].splitlines()[0]


def test_fixed_lines_are_read_from_the_copy_of_the_range_file(tmp_path: Path) -> None:
    axes = ({"kind": "single", "symbols": ["LR"], "values": "1|2"},)
    held = {
        "path": "r",
        "srctree": ".",
        "texts": {"r": 'source "s"\nCONFIG_LR=1|2\n', "s": 'CONFIG_LABEL="a b"\nCONFIG_DEPTH=7\n'},
    }
    tried = [Trial({"CONFIG_LR": "1"}, {"acc": 1.0})]
    results = lay_out(tmp_path, tried, axes=axes, range_file=held)
    assert read_view(results).fixed == ('CONFIG_LABEL="a b"', "CONFIG_DEPTH=7")
    for number, broken in enumerate(({}, {"texts": 3}, {**held, "path": 1}, {**held, "texts": {}})):
        results = lay_out(tmp_path / str(number), tried, axes=axes, range_file=broken)
        assert read_view(results).fixed == ()

"""How configurations stand: by their one trial, or by the mean of their runs."""

from __future__ import annotations

import pytest

from analysis.making import made, view_of
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.standing import standing
from ksweep.model import Settings, TrialState
from ksweep.report.progress import best_texts
from ksweep.report.tables import leaderboard, leaderboard_records

SETTINGS = Settings(metric="f", replicate=("SEED",))
# x=a has the best single run, x=b the best mean, x=c but one run, x=d none.
RUNS = {"a": (9.0, 1.0, 2.0), "b": (6.0, 5.0, None), "c": (8.0, None, None), "d": (None,)}


def sweep(settings=SETTINGS):
    results = [
        made(
            10 * place + seed,
            TrialState.FAILED if value is None else TrialState.SUCCESS,
            params={"CONFIG_X": x, "CONFIG_SEED": str(seed)},
            metrics={} if value is None else {"f": value},
        )
        for place, (x, values) in enumerate(RUNS.items(), 1)
        for seed, value in enumerate(values)
    ]
    return view_of(*results, parameters=("CONFIG_X", "CONFIG_SEED"), settings=settings)


def stand_of(view):
    return standing(view, rank(view.results, choose_basis(view.results, view.settings)), 10)


def test_the_best_mean_is_first_and_a_single_run_last():
    stand = stand_of(sweep())
    assert [one.name for one in stand.ranking.ranked] == ["config_020", "config_010", "config_030"]
    assert [one.metrics["f"] for one in stand.ranking.ranked] == [5.5, 4, 8]
    assert stand.view.parameters == ("CONFIG_X",)
    assert [path[:10] for path in stand.view.directories] == [
        "config_010", "config_020", "config_030",
    ]  # fmt: skip


def test_its_leaderboard_has_runs_and_deviations():
    stand = stand_of(sweep())
    table = leaderboard(stand.view, stand.ranking, 10, stand.replicates)
    assert table.headers == ("#", "config", "runs", "f", "X")
    assert table.rows == (
        ("1", "config_020", "2 of 3", "5.5 ± 0.71", "b"),
        ("2", "config_010", "3", "4 ± 4.4", "a"),
        ("3", "config_030", "1 of 3", "8", "c"),
    )
    assert best_texts(stand.ranking, {}, stand.replicates)[0] == "config_020, f: 5.5 ± 0.71"


def test_its_records_have_them_too():
    stand = stand_of(sweep())
    first, _, last = leaderboard_records(stand.view, stand.ranking, 10, stand.replicates)
    assert (first["runs"], first["f"], first["indistinct"]) == (2, 5.5, False)
    assert first["f.deviation"] == pytest.approx(0.5**0.5)
    assert first["f.low"] == pytest.approx(5.5 - 12.7062047 * 0.5)
    assert first["f.high"] == pytest.approx(5.5 + 12.7062047 * 0.5)
    assert (last["indistinct"], last["f.deviation"], last["f.low"]) == (True, None, None)


def test_where_each_runs_once_trials_are_ranked():
    stand = stand_of(sweep(Settings(metric="f")))
    assert stand.replicates is None
    assert [one.name for one in stand.ranking.ranked[:2]] == ["config_010", "config_030"]
    table = leaderboard(stand.view, stand.ranking, 10, stand.replicates)
    assert table.headers == ("#", "config", "f", "X", "SEED")
    assert "runs" not in leaderboard_records(stand.view, stand.ranking, 1)[0]

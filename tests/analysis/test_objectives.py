"""Several objectives: the weighted ranking and the front, by hand and against a naive model."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.making import made, view_of
from ksweep.analysis.front import undominated
from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import Basis, choose_basis, rank
from ksweep.model import Goal, Objective, Result, Settings, TrialState
from ksweep.report.analysis_text import analysis_text
from ksweep.report.progress import best_texts
from ksweep.report.tables import leaderboard, leaderboard_records

ACC = Objective("acc", Goal.MAXIMIZE, 0.5)
TIME = Objective("total_time", Goal.MINIMIZE, 1.5)
BOTH = Basis((ACC, TIME))
SETTINGS = Settings(objectives=(ACC, TIME))


def trial(number: int, acc: float, seconds: float, **changes: object) -> Result:
    return made(number, metrics={"acc": acc}, wall_s=seconds, **changes)  # type: ignore[arg-type]


# acc scaled: 0, 1, 0.5, 0.25; time scaled: 1, 0, 0.5, 0.25 of the worst 50 and the best 10 seconds.
FOUR = [trial(1, 60, 10), trial(2, 80, 50), trial(3, 70, 30), trial(4, 65, 40)]


def test_the_weighted_sum_of_scaled_values() -> None:
    found = rank(FOUR, BOTH)
    assert [one.name for one in found.ranked] == [
        "config_001",
        "config_003",
        "config_002",
        "config_004",
    ]
    assert found.scores == pytest.approx((0.75, 0.5, 0.25, 0.25))  # weights 1/4 and 3/4


def test_equal_scores_go_by_number() -> None:
    found = rank([trial(9, 60, 10), trial(2, 60, 10)], BOTH)
    assert [one.name for one in found.ranked] == ["config_002", "config_009"]
    assert found.scores == (1, 1)
    assert len(found.front) == 2


def test_what_is_equal_everywhere_decides_nothing() -> None:
    found = rank([trial(1, 60, 30), trial(2, 60, 20), trial(3, 60, 25)], BOTH)
    assert [one.name for one in found.ranked] == ["config_002", "config_003", "config_001"]
    assert found.scores == pytest.approx((1, 0.625, 0.25))


def test_one_trial_is_the_best() -> None:
    found = rank(FOUR[:1], BOTH)
    assert (found.best, found.scores, found.front) == (FOUR[0], (1,), (FOUR[0],))


def test_nothing_to_rank() -> None:
    found = rank([made(1, TrialState.FAILED)], BOTH)
    assert (found.best, found.scores, found.front) == (None, (), ())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_a_missing_or_infinite_value_is_not_ranked(value: float | None) -> None:
    metrics = {} if value is None else {"acc": value}
    bad = made(5, metrics=metrics, wall_s=1)
    found = rank([*FOUR, bad], BOTH)
    assert found.unranked == (bad,)
    assert found.scores == rank(FOUR, BOTH).scores


def test_the_front_by_hand() -> None:
    assert [one.name for one in rank(FOUR, BOTH).front] == [
        "config_001",
        "config_003",
        "config_002",
    ]


def test_a_pruned_trial_is_neither_ranked_nor_on_the_front() -> None:
    found = rank([*FOUR, trial(5, 99, 1, status=TrialState.PRUNED)], BOTH)
    assert len(found.ranked) == 4
    assert found.front[0].name == "config_001"


def test_a_single_objective_has_no_score_and_no_front() -> None:
    found = rank(FOUR, Basis((ACC,)))
    assert (found.scores, found.front) == ((), ())
    assert [one.name for one in found.ranked] == [
        "config_002",
        "config_003",
        "config_004",
        "config_001",
    ]


def test_the_sweeps_objectives_are_the_basis() -> None:
    assert choose_basis(FOUR, SETTINGS) == BOTH
    assert choose_basis([], SETTINGS) == BOTH


def test_one_of_them_can_be_asked_for_alone() -> None:
    assert choose_basis(FOUR, SETTINGS, "acc") == Basis((Objective("acc", Goal.MAXIMIZE),))
    assert choose_basis(FOUR, SETTINGS, "total_time").objectives[0].goal is Goal.MINIMIZE


costs = st.integers(1, 4).flatmap(
    lambda size: st.lists(st.tuples(*[st.integers(0, 6)] * size), max_size=40)
)


@given(costs)
def test_the_front_against_a_naive_model(vectors: list[tuple[int, ...]]) -> None:
    naive = [
        index
        for index, one in enumerate(vectors)
        if not any(
            all(a <= b for a, b in zip(other, one, strict=True)) and other != one
            for other in vectors
        )
    ]
    assert undominated(vectors) == naive


@pytest.mark.parametrize("size", [5e-324, 1.0, 1.7e308])
def test_scores_of_the_smallest_and_the_largest_numbers(size: float) -> None:
    found = rank([trial(1, -size, 1.0), trial(2, size, 1.0), trial(3, 0.0, 1.0)], BOTH)
    first, middle, last = found.scores
    assert (first, middle) == (1.0, pytest.approx((first + last) / 2))


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 100)), min_size=1, max_size=20))
def test_the_best_score_is_on_the_front_and_scores_are_shares(
    values: list[tuple[float, float]],
) -> None:
    found = rank([trial(n, *pair) for n, pair in enumerate(values, start=1)], BOTH)
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in found.scores)
    assert list(found.scores) == sorted(found.scores, reverse=True)
    best = {
        one.name
        for one, score in zip(found.ranked, found.scores, strict=True)
        if score == found.scores[0]
    }
    assert best & {one.name for one in found.front}


def test_the_analysis_shows_the_front() -> None:
    view = view_of(*FOUR, settings=SETTINGS)
    text = analysis_text(view, overview(view, rank(view.results, BOTH)), 2)
    assert "Ranked by: acc (highest, weight 0.5), total_time (lowest, weight 1.5)\n" in text
    assert "Config file: config_001\nScore: 0.7500\nacc: 60\n" in text
    assert "1. config_001\n   Score: 0.7500 | acc: 60 | Time: 10.0s\n" in text
    front = text.partition("PARETO FRONT:\n")[2].partition("=" * 60)[0]
    assert front == (
        "----------------------------------------\n\n"
        "3 configurations that no other one beats in everything\n"
        "   config_001: acc: 60 | Time: 10.0s\n"
        "   config_003: acc: 70 | Time: 30.0s\n"
        "   and 1 more\n"
    )


def test_the_leaderboard_has_scores_and_marks_the_front() -> None:
    view = view_of(*FOUR, settings=SETTINGS)
    table = leaderboard(view, rank(view.results, BOTH), 4)
    assert table.headers[:5] == ("#", "config", "score", "acc", "total_time")
    assert [row[1:3] for row in table.rows] == [
        ("config_001 *", "0.7500"), ("config_003 *", "0.5000"),
        ("config_002 *", "0.2500"), ("config_004", "0.2500"),
    ]  # fmt: skip
    records = leaderboard_records(view, rank(view.results, BOTH), 4)
    assert [(one["rank"], one["score"], one["on_front"]) for one in records] == [
        (1, 0.75, True), (2, 0.5, True), (3, 0.25, True), (4, 0.25, False),
    ]  # fmt: skip
    alone = leaderboard_records(view, rank(view.results, Basis((ACC,))), 4)
    assert "score" not in alone[0]


def test_the_best_so_far_shows_all_objectives() -> None:
    assert best_texts(rank(FOUR, BOTH), {})[0] == "config_001, acc: 60, Time: 10.0s"


def test_pruned_trials_are_listed_with_their_rule() -> None:
    rule = "halving: 50 at step 1 is not among the best 1/3 of 2 trials"
    stopped = [made(number, TrialState.PRUNED, error=rule) for number in range(5, 17)]
    view = view_of(*FOUR, *stopped, settings=Settings(metric="acc"))
    ranking = rank(view.results, choose_basis(view.results, view.settings))
    text = analysis_text(view, overview(view, ranking), 10)
    listed = text.partition("PRUNED TRIALS:\n")[2].partition("=" * 60)[0]
    assert "12 trials stopped early\n" in listed
    assert f"   config_005: {rule}\n" in listed
    assert "   and 2 more\n" in listed
    four = view_of(*FOUR)
    assert "PRUNED" not in analysis_text(four, overview(four, rank(FOUR, BOTH)), 10)


def test_an_objective_that_no_trial_has_is_named_and_the_others_rank() -> None:
    energy = Objective("energy_kwh", Goal.MINIMIZE, 1)
    basis = choose_basis(FOUR, Settings(objectives=(ACC, energy)))
    assert basis == Basis((ACC,), "No trial has energy_kwh: ranked by acc alone.")
    assert rank(FOUR, basis).best == FOUR[1]
    assert choose_basis([], Settings(objectives=(ACC, energy))) == Basis((ACC, energy))

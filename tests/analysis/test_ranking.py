from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.making import made
from ksweep.analysis.ranking import Basis, choose_basis, rank
from ksweep.model import Goal, Objective, Settings, TrialState

ACC = Basis((Objective("test_acc", Goal.MAXIMIZE),))
LOSS = Basis((Objective("loss", Goal.MINIMIZE),))


def names(results):
    return [result.name for result in results]


def test_the_highest_is_best_when_maximizing():
    results = [made(n, metrics={"test_acc": value}) for n, value in [(1, 3.0), (2, 9.0), (3, -1.0)]]
    assert names(rank(results, ACC).ranked) == ["config_002", "config_001", "config_003"]


def test_the_lowest_is_best_when_minimizing():
    results = [made(n, metrics={"loss": value}) for n, value in [(1, 3.0), (2, 9.0), (3, -1.0)]]
    assert names(rank(results, LOSS).ranked) == ["config_003", "config_001", "config_002"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("basis", [ACC, LOSS])
def test_what_is_not_finite_never_wins(value, basis):
    metric = basis.names[0]
    results = [made(1, metrics={metric: value}), made(2, metrics={metric: 1.0}), made(3)]
    ranking = rank(results, basis)
    assert names(ranking.ranked) == ["config_002"]
    assert names(ranking.unranked) == ["config_001", "config_003"]


@pytest.mark.parametrize(
    "status", [state for state in TrialState if state is not TrialState.SUCCESS]
)
def test_only_success_is_ranked(status):
    results = [made(1, status, metrics={"test_acc": 99.0}), made(2, metrics={"test_acc": 1.0})]
    ranking = rank(results, ACC)
    assert names(ranking.ranked) == ["config_002"]
    assert ranking.unranked == ()
    assert ranking.best is results[1]


def test_no_result_is_best_where_there_is_none():
    assert rank([], ACC).best is None


def test_ties_go_to_the_lower_number_across_widths():
    results = [made(n, metrics={"test_acc": 5.0}) for n in (1000, 999, 20)]
    assert names(rank(results, ACC).ranked) == ["config_020", "config_999", "config_1000"]


@given(st.lists(st.floats(), max_size=12), st.sampled_from(list(Goal)), st.randoms())
def test_order_is_total_and_does_not_depend_on_the_order_of_arrival(
    values: list[float], goal: Goal, shuffler: random.Random
):
    results = [made(n, metrics={"m": value}) for n, value in enumerate(values, 1)]
    basis = Basis((Objective("m", goal),))
    ranking = rank(results, basis)
    ranked = [result.metrics["m"] for result in ranking.ranked]
    assert ranked == sorted(ranked, reverse=goal is Goal.MAXIMIZE)
    assert len(ranked) == sum(map(math.isfinite, values))
    assert len(ranked) + len(ranking.unranked) == len(values)
    shuffled = shuffler.sample(results, len(results))
    assert rank(shuffled, basis).ranked == ranking.ranked


def test_basis_is_the_sweeps_own_metric():
    settings = Settings(metric="loss", goal=Goal.MINIMIZE, explicit=frozenset({"metric", "goal"}))
    assert choose_basis([made(1)], settings) == Basis((Objective("loss", Goal.MINIMIZE),))


def test_basis_is_the_default_metric_where_a_trial_has_it():
    results = [made(1), made(2, metrics={"test_acc": 1.0})]
    assert choose_basis(results, Settings()) == ACC


def test_basis_is_the_time_where_nobody_named_a_metric():
    basis = choose_basis([made(1, metrics={"ratio": 2.0}, wall_s=3.0)], Settings())
    assert basis.objectives[0] == Objective("total_time", Goal.MINIMIZE)
    assert basis.note == (
        "No metric was named and no trial has test_acc: ranked by total_time, smallest first."
    )


def test_basis_stays_with_a_named_metric_that_no_trial_has():
    settings = Settings(explicit=frozenset({"metric"}))
    assert choose_basis([made(1, wall_s=3.0)], settings) == ACC


def test_basis_is_what_is_asked_for_now():
    settings = Settings(metric="loss", goal=Goal.MINIMIZE, explicit=frozenset({"metric", "goal"}))
    asked = choose_basis([made(1)], settings, "ratio", Goal.MAXIMIZE)
    assert asked == Basis((Objective("ratio", Goal.MAXIMIZE),))


@pytest.mark.parametrize(
    ("asked", "goal"),
    [
        ("test_acc", Goal.MINIMIZE),  # the sweep's own, whatever its name
        ("val_loss", Goal.MINIMIZE), ("top5_err", Goal.MINIMIZE), ("rmse", Goal.MINIMIZE),
        ("peak_rss_mb", Goal.MINIMIZE), ("total_time", Goal.MINIMIZE),
        ("val_acc", Goal.MAXIMIZE), ("macro_f1", Goal.MAXIMIZE), ("throughput", Goal.MAXIMIZE),
        ("size", Goal.MINIMIZE),  # as the sweep has it: the name says nothing
    ],
)  # fmt: skip
def test_which_end_is_better_is_said_by_the_sweep_or_the_name(asked, goal):
    settings = Settings(goal=Goal.MINIMIZE, explicit=frozenset({"goal"}))
    assert choose_basis([], settings, asked).objectives[0].goal is goal


def test_a_resource_is_better_small_where_nobody_named_a_goal():
    assert choose_basis([], Settings(), "peak_rss_mb").objectives[0].goal is Goal.MINIMIZE
    own = Settings(metric="peak_rss_mb", explicit=frozenset({"metric", "goal"}))
    assert choose_basis([], own).objectives[0].goal is Goal.MAXIMIZE


def test_ranking_by_a_resource_ignores_the_programs_metric_of_that_name():
    results = [
        made(1, wall_s=1.0, metrics={"total_time": 50.0}),
        made(2, wall_s=2.0, metrics={"total_time": 10.0}),
    ]
    by_resource = Basis((Objective("total_time", Goal.MINIMIZE),))
    by_metric = Basis((Objective("metric.total_time", Goal.MINIMIZE),))
    assert names(rank(results, by_resource).ranked) == ["config_001", "config_002"]
    assert names(rank(results, by_metric).ranked) == ["config_002", "config_001"]


def test_the_largest_numbers_that_there_are_can_be_weighed():
    basis = Basis((Objective("a", Goal.MAXIMIZE), Objective("b", Goal.MINIMIZE)))
    values = [(1.7e308, 1.0), (-1.7e308, 1.0), (0.0, 1.0)]
    ranking = rank([made(n, metrics={"a": a, "b": b}) for n, (a, b) in enumerate(values, 1)], basis)
    assert names(ranking.ranked) == ["config_001", "config_003", "config_002"]
    assert ranking.scores == (1.0, 0.75, 0.5)

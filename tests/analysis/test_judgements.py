"""Judgements against known truth: a short form of `make bench ARGS=judgements`, fixed seeds."""

from __future__ import annotations

import pytest

from benchmarks import comparisons, judgements


@pytest.mark.parametrize("noise", ["equal noise", "noise of 0.5 to 2", "log-normal noise"])
@pytest.mark.parametrize("runs", [3, 10])
def test_the_list_holds_the_true_best(noise, runs):
    held, _ = judgements.told_from_best(judgements.SPREAD, judgements.NOISE[noise], runs, 60)
    assert held >= 0.9


def test_the_list_is_short():
    noise = judgements.NOISE["equal noise"]
    assert judgements.told_from_best(judgements.AHEAD, noise, 3, 100)[1] <= 1.8
    assert judgements.told_from_best(judgements.SPREAD, noise, 3, 60)[1] <= 17


def test_importance_is_that_of_the_truth_and_of_noise_there_is_none():
    assert [str(one) for one in judgements.importance_figures(8) if not one.ok] == []


def test_explained_shares_are_those_of_the_truth():
    of_a, of_c, _ = judgements.share_figures(12)
    assert 0.74 <= of_a.seen <= 0.88
    assert of_c.seen < 0.05


@pytest.mark.parametrize(("configurations", "runs"), [(10, 3), (10, 1), (3, 5)])
@pytest.mark.parametrize("unequal", [False, True])
def test_equal_sweeps_rarely_fail(configurations, runs, unequal):
    assert comparisons.alarms(100, configurations, runs, 1.0, unequal) <= 5


@pytest.mark.parametrize("runs", [3, 1])
def test_a_small_shift_of_all_is_found(runs):
    assert comparisons.alarms(30, 10, runs, 1.05, unequal=False) == 30

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.making import made
from ksweep.analysis.counting import count_states, count_tested
from ksweep.analysis.estimate import mean_seconds, remaining_seconds
from ksweep.measures import number_of
from ksweep.model import TrialState


def test_counts_have_the_good_ones_first():
    states = [TrialState.PENDING, TrialState.SUCCESS, TrialState.FAILED, TrialState.SUCCESS]
    assert list(count_states(states).items()) == [
        (TrialState.SUCCESS, 2),
        (TrialState.FAILED, 1),
        (TrialState.PENDING, 1),
    ]


def test_tested_is_what_ended_for_good():
    results = [made(number, state) for number, state in enumerate(TrialState)]
    assert count_tested(results) == 5


@given(st.lists(st.sampled_from(list(TrialState))))
def test_counts_add_up(states):
    assert sum(count_states(states).values()) == len(states)


def test_the_mean_is_over_trials_that_ran_to_their_end():
    results = [
        made(1, wall_s=1.0),
        made(2, TrialState.FAILED, wall_s=3.0),
        made(3, TrialState.CANCELLED, wall_s=100.0),
        made(4, TrialState.LOST, wall_s=100.0),
        made(5, TrialState.PRUNED, wall_s=100.0),
        made(6, TrialState.PENDING),
        replace(made(7, wall_s=100.0), reused_from="elsewhere"),
        made(8),
    ]
    assert mean_seconds(results) == 2.0


def test_nothing_is_known_before_a_trial_has_ended():
    assert mean_seconds([made(1, TrialState.RUNNING)]) is None
    assert remaining_seconds(10, 2, None) is None


@pytest.mark.parametrize(
    ("trials", "jobs", "seconds"),
    [(10, 1, 20.0), (10, 4, 6.0), (1, 4, 2.0), (0, 4, 0.0), (3, 0, 6.0)],
)
def test_remaining(trials, jobs, seconds):
    assert remaining_seconds(trials, jobs, 2.0) == seconds


@pytest.mark.parametrize(
    ("name", "number"), [("config_017", 17), ("config_1000.r2", 1000), ("x", 0)]
)
def test_number_of(name, number):
    assert number_of(name) == number

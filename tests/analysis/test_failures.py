"""Failures by cause, and what may be said of those of one cause."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.making import made, view_of
from ksweep.analysis.failures import (
    Relation,
    Share,
    Trait,
    causes,
    chance,
    failed,
    shares,
)
from ksweep.model import TrialState

BATCH, RATE, SEED = "CONFIG_BATCH_SIZE", "CONFIG_LR", "CONFIG_SEED"
GRID = (BATCH, RATE, SEED)


def grid(state_of, batches="64 128 256 512", rates="0.1 0.01 1e-3", seeds="1 2 3"):
    """Every combination, in the state that a function of batch size, rate and seed says."""
    trials = []
    for values in itertools.product(batches.split(), rates.split(), seeds.split()):
        status = state_of(*values)
        params = dict(zip(GRID, values, strict=True))
        error = status.value if status is not TrialState.SUCCESS else None
        trials.append(made(len(trials) + 1, status, params=params, error=error))
    return view_of(*trials, parameters=GRID)


def ending(bad, state=TrialState.OOM):
    return lambda *values: state if bad(*values) else TrialState.SUCCESS


def told(view):
    """The traits of the only cause, as text."""
    (cause,) = causes(view)
    return [f"{s.trait.parameter} {s.trait.relation} {s.trait.value}" for s in cause.shares]


def test_failed_leaves_out_what_was_stopped_on_purpose():
    results = [made(number, state) for number, state in enumerate(TrialState)]
    assert {result.status for result in failed(results)} == {
        TrialState.FAILED,
        TrialState.TIMEOUT,
        TrialState.OOM,
        TrialState.LOST,
    }


# -- causes --------------------------------------------------------------------------------------


def names(view):
    return [[result.name for result in cause.trials] for cause in causes(view)]


def test_errors_that_differ_in_numbers_are_one_cause():
    view = view_of(
        made(1, TrialState.OOM, exit_code=-9, error="memory 5120.5 MB after 3 s"),
        made(2, TrialState.TIMEOUT, exit_code=-15, error="no end after 60 s"),
        made(3, TrialState.TIMEOUT, exit_code=-9, error="no end after 1.5e+3 s"),
        made(4, TrialState.OOM, exit_code=1, error="memory 64 MB after 0x1f s"),
        made(5, TrialState.TIMEOUT, exit_code=0, error="no end after 61 s"),
        made(6),
    )
    assert names(view) == [["config_002", "config_003", "config_005"], ["config_001", "config_004"]]


def test_amounts_of_memory_are_one_cause_in_any_unit_and_wherever_they_are_cut_off():
    words = "exit code 1: OutOfMemoryError: CUDA out of memory. Tried to allocate {}. GPU 0 has a total capacity of {} of which {} is free. Including non-PyTorch memory, this process has {} in use. Of the allocated memory"
    amounts = ["2.00 GiB", "512.00 MiB", "9KB", "79.15 GiB", "1 B"]
    errors = [words.format(*amounts[n:], *amounts[:n])[:197] + "..." for n in range(5)]
    view = view_of(*(made(n, TrialState.OOM, error=error) for n, error in enumerate(errors)))
    assert len(causes(view)) == 1


@pytest.mark.parametrize(
    "others",
    [
        {"exit_code": 2, "error": "exit code 2"},
        {"exit_code": -10, "error": "killed by SIGUSR1"},
        {"exit_code": 1, "error": "exit code 1: ValueError"},
        {"exit_code": 1},
    ],
)
def test_exit_codes_and_words_tell_causes_apart(others):
    view = view_of(
        made(1, TrialState.FAILED, **others),
        made(2, TrialState.FAILED, exit_code=1, error="exit code 1"),
    )
    assert names(view) == [["config_001"], ["config_002"]]


def test_a_status_is_a_cause_of_its_own():
    states = (TrialState.OOM, TrialState.LOST, TrialState.FAILED, TrialState.TIMEOUT)
    view = view_of(*(made(number, state) for number, state in enumerate(states, 1)))
    assert len(causes(view)) == 4


def test_trials_of_a_cause_are_by_number():
    numbers = [1000, 2, 17]
    view = view_of(*(made(number, TrialState.LOST) for number in numbers))
    assert names(view) == [["config_002", "config_017", "config_1000"]]


# -- what they share -----------------------------------------------------------------------------


def test_the_one_value_that_failed():
    view = grid(ending(lambda batch, *_: batch == "512"))
    (cause,) = causes(view)
    assert cause.shares == (Share(Trait(BATCH, Relation.EQUAL, "512"), 9, 9, 0, 27),)
    assert cause.blamed == cause.shares[0]


def test_a_bound_of_numbers():
    assert told(grid(ending(lambda batch, *_: int(batch) >= 256))) == [f"{BATCH} >= 256"]
    assert told(grid(ending(lambda _, rate, __: rate != "0.1"))) == [f"{RATE} <= 0.01"]


def test_hexadecimal_numbers_have_bounds():
    bad = ending(lambda batch, *_: batch in ("0x100", "0x200"))
    assert told(grid(bad, batches="0x40 0x80 0x100 0x200")) == [f"{BATCH} >= 0x100"]


def test_texts_have_no_bounds():
    bad = ending(lambda batch, *_: batch in ("256", "512"))
    assert told(grid(bad, batches="auto 128 256 512")) == []


def test_nearly_all_is_enough():
    bad = ending(
        lambda batch, rate, seed: batch == "512" or (batch, rate, seed) == ("64", "0.1", "1")
    )
    assert told(grid(bad)) == [f"{BATCH} = 512"]


def test_two_values_together_are_told_both():
    bad = ending(lambda batch, rate, _: batch == "512" and rate == "0.1")
    view = grid(bad, seeds="1 2 3 4 5")
    (cause,) = causes(view)
    assert [(s.trait.parameter, s.successes) for s in cause.shares] == [(BATCH, 10), (RATE, 15)]


def test_what_succeeded_as_often_is_not_told():
    assert told(grid(ending(lambda *values: sum(map(len, values)) % 2 == 0))) == []


def test_what_few_failures_share_by_chance_is_not_told():
    assert (
        told(grid(ending(lambda *values: values in [("64", "0.1", "1"), ("64", "0.01", "2")])))
        == []
    )


def counted_trials(bad_with, bad, good_with, good, fillers=0):
    """So many failures and successes, of which so many have CONFIG_X=yes, and further axes."""
    further = tuple(f"CONFIG_{number}" for number in range(fillers))
    trials = [
        made(
            number,
            TrialState.OOM if number < bad else TrialState.SUCCESS,
            params={
                "CONFIG_X": "yes" if number < bad_with or 0 <= number - bad < good_with else "no"
            },
        )
        for number in range(bad + good)
    ]
    return view_of(*trials, parameters=("CONFIG_X", *further))


def test_it_must_be_twice_as_frequent_among_the_failures():
    assert told(counted_trials(100, 100, 100, 200)) == ["CONFIG_X = yes"]
    assert told(counted_trials(100, 100, 101, 200)) == []


def test_the_more_parameters_the_stronger_it_must_be():
    assert told(counted_trials(3, 3, 1, 10, fillers=2)) == ["CONFIG_X = yes"]  # 4 of 286 ways
    assert told(counted_trials(3, 3, 1, 10, fillers=3)) == []


def test_the_strongest_contrast_is_first():
    trials = [
        made(number, params={"CONFIG_A": a, "CONFIG_B": b}, status=state)
        for number, (a, b, state) in enumerate(
            [("1", "1", TrialState.OOM)] * 9
            + [("1", "2", TrialState.SUCCESS)] * 9
            + [("2", "2", TrialState.SUCCESS)] * 20
        )
    ]
    view = view_of(*trials, parameters=("CONFIG_A", "CONFIG_B"))
    assert told(view) == ["CONFIG_B = 1", "CONFIG_A = 1"]


def test_an_exact_division_of_few_trials_is_told():
    bad = ending(lambda batch, *_: batch == "512")
    assert told(grid(bad, batches="64 512", rates="0.1 0.2", seeds="1")) == [f"{BATCH} = 512"]


def test_one_failure_shares_nothing():
    assert told(grid(ending(lambda *values: values == ("64", "0.1", "1")))) == []


def test_equal_contrasts_are_in_file_order():
    trials = [
        made(number, state, params={"CONFIG_B": text, "CONFIG_A": text})
        for number, (state, text) in enumerate(
            [(TrialState.OOM, "y")] * 3 + [(TrialState.SUCCESS, "n")] * 3, 1
        )
    ]
    view = view_of(*trials, parameters=("CONFIG_B", "CONFIG_A"))
    assert told(view) == ["CONFIG_B = y", "CONFIG_A = y"]


def test_of_a_choice_the_member_that_is_y_is_told():
    members = ("CONFIG_OPT_SGD", "CONFIG_OPT_ADAM", "CONFIG_OPT_LION")
    trials = [
        made(
            number,
            TrialState.FAILED if number % 3 == 0 else TrialState.SUCCESS,
            params={
                name: "y" if number % 3 == place else "n" for place, name in enumerate(members)
            },
        )
        for number in range(30)
    ]
    view = view_of(*trials, parameters=members, choices=(members,))
    assert told(view) == ["CONFIG_OPT_SGD = y"]
    assert told(view_of(*trials, parameters=members)) != told(view)  # plain bools: n too


def test_where_an_axis_is_inactive_it_is_not_shared():
    inactive = made(1, TrialState.OOM, params={})
    active = [made(number, TrialState.OOM, params={"CONFIG_X": "1"}) for number in (2, 3)]
    assert told(view_of(inactive, *active, parameters=("CONFIG_X",))) == []


def test_where_nothing_succeeded_it_is_what_all_share():
    trials = [
        made(1, TrialState.OOM, params={"CONFIG_A": "1", "CONFIG_B": "1"}),
        made(2, TrialState.OOM, params={"CONFIG_A": "1", "CONFIG_B": "2"}),
        made(3, TrialState.PENDING, params={"CONFIG_A": "2", "CONFIG_B": "1"}),
    ]
    (cause,) = causes(view_of(*trials, parameters=("CONFIG_A", "CONFIG_B")))
    assert cause.shares == (Share(Trait("CONFIG_A", Relation.EQUAL, "1"), 2, 2, 0, 0),)
    assert cause.blamed is None


def test_each_cause_has_what_its_own_trials_share():
    def state(batch, rate, _):
        if batch == "512":
            return TrialState.OOM
        return TrialState.FAILED if rate == "0.1" else TrialState.SUCCESS

    found = causes(grid(state))
    assert [cause.blamed.trait for cause in found] == [
        Trait(RATE, Relation.EQUAL, "0.1"),
        Trait(BATCH, Relation.EQUAL, "512"),
    ]


def test_failures_of_several_causes_can_be_taken_together():
    states = {"64": TrialState.OOM, "128": TrialState.FAILED}
    view = grid(lambda batch, *_: states.get(batch, TrialState.SUCCESS))
    assert len(causes(view)) == 2
    (share,) = shares(failed(view.results), view)
    assert share.trait == Trait(BATCH, Relation.AT_MOST, "128")


# -- properties ----------------------------------------------------------------------------------

PARAMETERS = ("CONFIG_A", "CONFIG_B", "CONFIG_C", "CONFIG_D")
CHOICE = ("CONFIG_C", "CONFIG_D")
params = st.fixed_dictionaries(
    {},
    optional={
        "CONFIG_A": st.sampled_from(["1", "2", "10", "1e1", "0x3"]),
        "CONFIG_B": st.sampled_from(["1", "x", "", "3"]),
        "CONFIG_C": st.sampled_from(["y", "n"]),
        "CONFIG_D": st.sampled_from(["y", "n"]),
    },
)
outcomes = st.sampled_from(
    [TrialState.SUCCESS, TrialState.SUCCESS, TrialState.OOM, TrialState.FAILED, TrialState.PENDING]
)


@st.composite
def views(draw):
    trials = draw(
        st.lists(st.tuples(outcomes, params, st.sampled_from([None, "a 1", "a 2"])), max_size=30)
    )
    results = [
        made(number, state, params=values, error=error)
        for number, (state, values, error) in enumerate(trials)
    ]
    return view_of(*results, parameters=PARAMETERS, choices=(CHOICE,))


def has(result, trait):
    """Written anew: what a trait means."""
    text = result.params.get(trait.parameter)
    if text is None or trait.relation is Relation.EQUAL:
        return text == trait.value
    value, bound = (
        Decimal(int(t, 16)) if t.startswith("0x") else Decimal(t) for t in (text, trait.value)
    )
    return value >= bound if trait.relation is Relation.AT_LEAST else value <= bound


@given(views())
def test_every_failure_has_one_cause(view):
    names = [result.name for cause in causes(view) for result in cause.trials]
    assert sorted(names) == sorted(result.name for result in failed(view.results))


@given(views())
def test_the_counts_are_those_of_the_trials(view):
    succeeded = [result for result in view.results if result.status is TrialState.SUCCESS]
    for cause in causes(view):
        for share in cause.shares:
            having = [result for result in cause.trials if has(result, share.trait)]
            assert (share.failures, share.of_failures) == (len(having), len(cause.trials))
            assert share.successes == sum(has(result, share.trait) for result in succeeded)
            assert share.of_successes == len(succeeded)


@given(views())
def test_what_is_told_is_of_nearly_all_failures_and_much_rarer_among_the_others(view):
    for cause in causes(view):
        for share in cause.shares:
            texts = {result.params.get(share.trait.parameter) for result in cause.trials}
            assert share.trait.value in texts
            assert (share.trait.parameter, share.trait.value) not in [
                (name, "n") for name in CHOICE
            ]
            assert 10 * share.failures >= 9 * share.of_failures > 10
            if share.of_successes:
                part = Fraction(share.failures, share.of_failures)
                assert part >= 2 * Fraction(share.successes, share.of_successes)


@given(views())
def test_the_strongest_contrast_is_blamed(view):
    for cause in causes(view):
        if cause.blamed:
            assert cause.blamed.contrast == max(share.contrast for share in cause.shares)
        parameters = [share.trait.parameter for share in cause.shares]
        assert len(parameters) == len(set(parameters))


@given(views(), st.randoms(use_true_random=False))
def test_the_order_of_results_does_not_matter(view, shuffling):
    results = list(view.results)
    shuffling.shuffle(results)
    assert causes(view_of(*results, parameters=PARAMETERS, choices=(CHOICE,))) == causes(view)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_the_chance_is_the_share_of_all_ways_to_fail(failures, successes, data):
    having_failed = data.draw(st.integers(0, failures))
    having_succeeded = data.draw(st.integers(0, successes))
    share = Share(
        Trait("X", Relation.EQUAL, "1"), having_failed, failures, having_succeeded, successes
    )
    having, total = having_failed + having_succeeded, failures + successes
    ways = sum(
        comb(having, k) * comb(total - having, failures - k)
        for k in range(having_failed, min(having, failures) + 1)
    )
    assert chance(share) == pytest.approx(ways / comb(total, failures))


def test_random_failures_are_rarely_blamed_on_anything():
    shuffling = random.Random(7)
    blamed = 0
    for _ in range(300):
        bad = set(shuffling.sample(list(itertools.product("1234", "123", "123")), 6))
        view = grid(ending(lambda *values, bad=bad: values in bad), "1 2 3 4", "1 2 3", "1 2 3")
        blamed += any(cause.blamed is not None for cause in causes(view))
    assert blamed < 30


def test_ten_thousand_failures_of_many_values_take_little_time():
    import time

    shuffling = random.Random(7)
    names = tuple(f"CONFIG_{letter}" for letter in "ABCDEFGH")
    trials = [
        made(
            number,
            TrialState.FAILED if number % 2 else TrialState.SUCCESS,
            params={name: f"{shuffling.random():.6g}" for name in names},
        )
        for number in range(10_000)
    ]
    start = time.perf_counter()
    causes(view_of(*trials, parameters=names))
    assert time.perf_counter() - start < 5

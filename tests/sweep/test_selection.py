from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.making import entry, result

from ksweep.errors import InputError
from ksweep.model import Method, Settings, TrialState
from ksweep.sweep import RunOptions, select
from ksweep.sweep.selection import in_order, last_attempt, pause_s

STATES = list(TrialState)
ENTRIES = [entry(number + 1) for number in range(len(STATES))]
RESULTS = {e.name: result(e, state) for e, state in zip(ENTRIES, STATES, strict=True)}


def selected(**options):
    settings = Settings(retries=options.pop("retries", 0))
    chosen = select(ENTRIES, RESULTS, RunOptions(settings, **options))
    return [RESULTS[one.name].status.value for one in chosen]


def test_what_has_not_ended_for_good_runs():
    assert selected() == ["pending", "running", "cancelled", "lost"]


def test_states_can_be_retried():
    retry = frozenset({TrialState.FAILED, TrialState.TIMEOUT})
    assert selected(retry=retry) == [
        "pending", "running", "failed", "timeout", "cancelled", "lost",
    ]  # fmt: skip


def test_a_failure_with_attempts_left_runs():
    """The runner was killed in the pause before the next attempt."""
    assert selected(retries=1) == ["pending", "running", "failed", "oom", "cancelled", "lost"]


def test_only_runs_just_that_in_any_state():
    assert selected(only=("config_003",)) == ["success"]


def test_only_with_a_name_that_is_not_there():
    with pytest.raises(InputError) as caught:
        selected(only=("config_01",))
    assert str(caught.value).startswith("--only: this sweep has no config_01; did you mean ")
    with pytest.raises(InputError, match="has no x; it has config_001 to config_009"):
        selected(only=("x",))


REPEATED = [trial for number in range(1, 41) for trial in entry(number).repeats(2)]
PENDING = {e.name: result(e, TrialState.PENDING) for e in REPEATED}


def order(entries=REPEATED, **options):
    settings = Settings(shuffle=options.pop("shuffle", True), seed=options.pop("seed", 0))
    return [one.name for one in select(entries, PENDING, RunOptions(settings, **options))]


def test_repeats_run_in_rounds_and_a_search_runs_each_choice_at_once():
    few = REPEATED[:6]
    names = ["config_001", "config_002", "config_003"]
    rounds = [*names, *(f"{name}.r2" for name in names)]
    settings = Settings(repeat=2)
    assert [one.name for one in in_order(few, settings)] == rounds
    search = replace(settings, method=Method.TPE)
    assert in_order(few, search) == few
    assert in_order(few, Settings()) == few


def test_replicates_run_in_rounds_whatever_their_place_among_the_axes():
    values = [(seed, lr) for seed in "12" for lr in "ab"]
    entries = [
        replace(entry(n), params={"CONFIG_SEED": seed, "CONFIG_LR": lr})
        for n, (seed, lr) in enumerate(sorted(values, key=lambda pair: pair[1]), 1)
    ]
    settings = Settings(replicate=("SEED",))
    assert [one.number for one in in_order(entries, settings)] == [1, 3, 2, 4]
    twice = [one for each in entries for one in each.repeats(2)]
    ran = [
        (one.params["CONFIG_LR"], one.name) for one in in_order(twice, replace(settings, repeat=2))
    ]
    assert [lr for lr, _ in ran] == ["a", "b"] * 4
    assert len(set(ran)) == 8


def test_a_shuffled_sweep_is_shuffled_within_each_round():
    settings = Settings(repeat=2, shuffle=True)
    ran = in_order(REPEATED, settings)
    assert [one.repeat for one in ran] == [1] * 40 + [2] * 40
    first, second = ([one.number for one in ran[at : at + 40]] for at in (0, 40))
    assert sorted(first) == sorted(second) == list(range(1, 41))
    assert first != second
    assert first != sorted(first)


def test_a_resumed_sweep_goes_on_in_its_round():
    settings = Settings(repeat=2)
    some = {"config_001", "config_003", "config_001.r2"}
    results = {
        one.name: result(one, TrialState.SUCCESS if one.name in some else TrialState.PENDING)
        for one in REPEATED[:6]
    }
    due = select(REPEATED[:6], results, RunOptions(settings))
    assert [one.name for one in due] == ["config_002", "config_002.r2", "config_003.r2"]


def test_a_name_is_all_its_repeats_and_a_repeat_is_itself():
    assert order(shuffle=False, only=("config_017",)) == ["config_017", "config_017.r2"]
    assert order(shuffle=False, only=("config_017.r2",)) == ["config_017.r2"]
    both = ("config_003", "config_017.r2")
    assert order(shuffle=False, only=both) == ["config_003", "config_003.r2", "config_017.r2"]
    with pytest.raises(InputError, match=r"no config_017\.r3; did you mean config_017\.r2 or"):
        order(only=("config_017.r3",))


def test_a_shuffled_sweep_runs_the_same_trials_in_another_order():
    names = [one.name for one in REPEATED]
    assert order(shuffle=False) == names
    assert order() != names
    assert sorted(order()) == names
    assert order(only=tuple(names)) == order()


def test_the_order_follows_from_the_seed_on_any_machine():
    few = [one for one in REPEATED if one.number <= 3]
    assert order(few) == order(few[::-1])
    assert order(few) == [
        "config_003.r2", "config_003", "config_001.r2", "config_001", "config_002.r2", "config_002",
    ]  # fmt: skip
    assert len({tuple(order(seed=seed)) for seed in range(10)}) == 10


@given(st.sets(st.sampled_from(range(len(REPEATED)))))
def test_a_trials_place_does_not_depend_on_which_others_are_due(due):
    left = [REPEATED[index] for index in sorted(due)]
    names = {one.name for one in left}
    assert order(left) == [name for name in order() if name in names]


def test_any_part_of_a_shuffled_sweep_shows_the_whole_space():
    """The first eighth of 80 trials, whose numbers were in order, is from all over."""
    first = [int(name[7:10]) for name in order()[:10]]
    assert min(first) <= 10
    assert max(first) > 30


@pytest.mark.parametrize(
    ("attempt", "retries", "last"),
    [(1, 0, 1), (1, 2, 3), (2, 2, 3), (3, 2, 3), (4, 2, 6), (2, 0, 2), (7, 0, 7)],
)
def test_the_last_attempt(attempt, retries, last):
    assert last_attempt(attempt, retries) == last


@given(st.integers(1, 10_000))
def test_pauses_grow_up_to_some_minutes(failures):
    assert 0 < pause_s(failures) <= pause_s(failures + 1) <= 300

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.making import entry, result

from ksweep.errors import InputError
from ksweep.model import Settings, TrialState
from ksweep.sweep import RunOptions, select
from ksweep.sweep.selection import last_attempt, pause_s

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


@pytest.mark.parametrize(
    ("attempt", "retries", "last"),
    [(1, 0, 1), (1, 2, 3), (2, 2, 3), (3, 2, 3), (4, 2, 6), (2, 0, 2), (7, 0, 7)],
)
def test_the_last_attempt(attempt, retries, last):
    assert last_attempt(attempt, retries) == last


@given(st.integers(1, 10_000))
def test_pauses_grow_up_to_some_minutes(failures):
    assert 0 < pause_s(failures) <= pause_s(failures + 1) <= 300

"""Sweeps whose trials are chosen while results come in, on real processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from ksweep.backends.local import LocalBackend
from ksweep.model import Configuration, Goal, Method, Pruning, Result, Settings, TrialState
from ksweep.search import Choice, Outcome, Outlook
from ksweep.store import entry_of
from ksweep.sweep import Interrupt, Noticed, RunOptions, StopReason, begin, run
from ksweep.sweep.outcomes import outcome, recalled, taught
from sweep.making import OUTPUT_DIR, again, plan, runs, states

SUCCESS, FAILED, PENDING = TrialState.SUCCESS, TrialState.FAILED, TrialState.PENDING
NOTE = 'echo "$KSWEEP_NAME" >> runs; '
COMMAND = f"sh -c '{NOTE}echo score = $CONFIG_X'"


class Counting:
    """Chooses X = 1, 2, 3, … with FOLD = 1 and 2 each, and remembers what it was told."""

    outlook = Outlook(100, None)

    def __init__(self, end: int = 100, folds: int = 1) -> None:
        self.told: list[Outcome] = []
        self._folds = folds
        self._left: Iterator[int] = iter(range(1, end + 1))
        self._tried: set[str] = set()

    def ask(self) -> Choice | None:
        for number in self._left:
            made = tuple(self._made(number, fold) for fold in range(1, self._folds + 1))
            if made[0].id not in self._tried:
                return Choice(made)
        return None

    def tell(self, outcome: Outcome) -> None:
        self.told.append(outcome)
        self._tried |= outcome.ids

    def _made(self, number: int, fold: int) -> Configuration:
        params = {"CONFIG_X": str(number), "CONFIG_FOLD": str(fold)}
        text = f"CONFIG_X={number}\nCONFIG_FOLD={fold}\n"
        return Configuration(f"{number:06x}{fold:06x}", params, text)

    @property
    def values(self) -> list[tuple[float, ...]]:
        return [one.values for one in self.told]


def new(command=COMMAND, **changes):
    base = Settings(command=command, method=Method.TPE, trials=4, metric="score")
    chosen = replace(base, **changes)
    return begin(plan([], chosen), OUTPUT_DIR, chosen), chosen


def run_all(results, settings, search, **options):
    chosen = RunOptions(settings, **options)
    with results.lock(), closing(LocalBackend(grace_s=0.5)) as backend:
        return list(run(results, backend, chosen, Interrupt(), search))


def test_trials_are_made_one_by_one_and_told():
    results, settings = new()
    assert results.entries == ()
    search = Counting()
    run_all(results, settings, search)
    assert runs() == ["config_001", "config_002", "config_003", "config_004"]
    assert [one.name for one in again(results).entries] == runs()
    assert search.values == [(1,), (2,), (3,), (4,)]
    assert states(results) == [SUCCESS] * 4


def test_a_resumed_search_knows_all_that_was_learnt():
    results, settings = new(trials=6)
    assert run_all(results, settings, Counting(), max_runs=3)[-1].reason is StopReason.MAX_RUNS
    search = Counting()
    run_all(again(results), settings, search)
    assert search.values == [(1,), (2,), (3,), (4,), (5,), (6,)]
    assert runs() == [f"config_00{n}" for n in range(1, 7)]


def test_what_was_running_is_known_as_such_until_it_has_run_again():
    results, settings = new()
    search = Counting()
    choice = search.ask()
    one = choice.configurations[0]
    results.append([(entry_of("config_001", one), one.text)])
    again_ = Counting()
    run_all(again(results), settings, again_)
    assert (again_.told[0].state, again_.told[1].state) == (PENDING, SUCCESS)
    assert again_.values == [(), (1,), (2,), (3,), (4,)]


def test_more_trials_can_be_asked_for_later():
    results, settings = new(trials=2)
    run_all(results, settings, Counting())
    run_all(again(results), replace(settings, trials=5), Counting())
    assert len(runs()) == 5


def test_several_at_once():
    results, settings = new(trials=8, jobs=4)
    search = Counting()
    run_all(results, settings, search)
    assert sorted(runs()) == [f"config_00{n}" for n in range(1, 9)]
    assert sorted(search.values) == [(n,) for n in range(1, 9)]


def test_a_used_up_space_is_told_and_remembered():
    results, settings = new(trials=9)
    events = run_all(results, settings, Counting(end=3))
    assert [one.text for one in events if isinstance(one, Noticed)] == [
        "the space is used up: nothing is left to choose after 3 choices"
    ]
    assert events[-1].reason is StopReason.DONE
    assert events[-1].left == 0
    assert again(results).used_up


def test_repeats_and_replicates_are_told_as_their_mean():
    command = f"sh -c '{NOTE}echo score = $((10 * CONFIG_X + 2 * CONFIG_FOLD + KSWEEP_REPEAT))'"
    results, settings = new(command, trials=2, repeat=2, replicate=("FOLD",))
    search = Counting(folds=2)
    run_all(results, settings, search)
    assert runs() == [
        "config_001", "config_001.r2", "config_002", "config_002.r2",
        "config_003", "config_003.r2", "config_004", "config_004.r2",
    ]  # fmt: skip
    assert search.values == [(14.5,), (24.5,)]
    assert [len(one.ids) for one in search.told] == [2, 2]


def test_a_choice_whose_replicates_were_cut_off_is_finished_first():
    results, settings = new(trials=2, repeat=2, replicate=("FOLD",))
    run_all(results, settings, Counting(folds=2), max_runs=3)
    search = Counting(folds=2)
    run_all(again(results), settings, search)
    assert len(runs()) == 8
    assert [one.state for one in search.told] == [PENDING, SUCCESS, SUCCESS]


def test_failures_are_told():
    results, settings = new("sh -c 'echo score = 1; exit $((CONFIG_X % 2))'")
    search = Counting()
    run_all(results, settings, search)
    assert [one.state for one in search.told] == [FAILED, SUCCESS, FAILED, SUCCESS]


def test_a_retry_is_told_once_when_it_is_over(monkeypatch):
    monkeypatch.setattr("ksweep.sweep.selection._FIRST_PAUSE_S", 0.05)
    script = "echo score = $KSWEEP_ATTEMPT; [ $KSWEEP_ATTEMPT = 2 ]"
    results, settings = new(f"sh -c '{script}'", trials=2, retries=3)
    search = Counting()
    run_all(results, settings, search)
    assert search.values == [(2,), (2,)]


def test_only_asks_for_nothing():
    results, settings = new(trials=3)
    run_all(results, settings, Counting())
    run_all(again(results), replace(settings, trials=9), Counting(), only=("config_002",))
    assert len(runs()) == 4


def test_interrupted_it_says_how_many_are_left():
    results, settings = new(trials=10)
    finished = run_all(results, settings, Counting(), max_runs=3)[-1]
    assert finished.left == 7


def made(**changes):
    base = Result(
        "config_001", "0" * 12, SUCCESS, 0, 1, "", "2026-03-01", "", {"CONFIG_X": "1"},
        metrics={"score": 4.0},
    )  # fmt: skip
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("results", "state", "values"),
    [
        ([made()], SUCCESS, (4,)),
        ([made(), made(metrics={"score": 8})], SUCCESS, (6,)),
        ([made(), made(status=FAILED, metrics={"score": 100})], SUCCESS, (4,)),
        ([made(), made(metrics={"score": float("nan")})], SUCCESS, (4,)),
        ([made(metrics={})], FAILED, ()),
        ([made(status=FAILED)], FAILED, ()),
        ([made(status=TrialState.PRUNED, pruned=Pruning(3, 2.5, "x"))], TrialState.PRUNED, ()),
    ],
)
def test_the_outcome_of_several_runs(results, state, values):
    objectives = Settings(metric="score").ranked_by
    found = outcome(results, objectives)
    assert (found.state, found.values) == (state, values)
    assert found.stopped == ((3, 2.5) if state is TrialState.PRUNED else None)


def test_what_a_sweep_teaches_is_kept_and_told_first():
    results, settings = new(trials=3, goal=Goal.MINIMIZE)
    run_all(results, settings, Counting())
    lesson = taught(again(results), settings)
    assert lesson["from"] == results.name
    later = begin(plan([], settings), OUTPUT_DIR, settings, warm_start=lesson)
    search = Counting()
    run_all(later, settings, search)
    assert search.values == [(1,), (2,), (3,), (4,), (5,), (6,)]
    assert [one.values for one in recalled(again(later).sweep)] == [(1,), (2,), (3,)]
    assert [one.params["CONFIG_X"] for one in again(later).entries] == ["4", "5", "6"]

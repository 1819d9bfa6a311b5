"""What is said of a sweep while it runs and later, without running one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from analysis.making import made, view_of

from ksweep.cli.looking import Snapshot
from ksweep.cli.tracking import Tracker, announced
from ksweep.model import Settings, TrialState
from ksweep.sweep import Interrupt, TrialEnded, TrialStarted, Waiting

PENDING = [made(number, TrialState.PENDING) for number in range(1, 5)]


def test_a_sweep_that_has_ended_took_what_it_took():
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    results = [
        replace(
            made(number),
            started_at=(begun + timedelta(seconds=10 * number)).isoformat(),
            finished_at=(begun + timedelta(seconds=10 * number + 7)).isoformat(),
        )
        for number in range(4)
    ]
    assert Snapshot(view_of(*results)).progress().elapsed_s == 37


def test_a_running_sweep_counts_on():
    begun = (datetime.now(UTC) - timedelta(seconds=100)).isoformat()
    running = replace(made(1, TrialState.RUNNING), started_at=begun, finished_at="")
    progress = Snapshot(view_of(running)).progress()
    assert progress.elapsed_s == pytest.approx(100, abs=30)
    assert progress.running == (("config_001", pytest.approx(100, abs=30)),)


@pytest.mark.parametrize("time", ["", "yesterday", "2026-03-01T00:00:00"])
def test_a_time_that_says_nothing_is_none(time: str):
    odd = replace(made(1), started_at=time, finished_at=time)
    assert Snapshot(view_of(odd)).progress().elapsed_s == 0


def test_a_tracker_counts_what_it_is_told():
    tracker = Tracker(replace(view_of(*PENDING), jobs=2))
    assert tracker.progress().counts == {TrialState.PENDING: 4}
    assert tracker.progress().remaining_s is None
    tracker.take(TrialStarted("config_001", 1))
    tracker.take(TrialStarted("config_002", 1))
    tracker.take(TrialEnded(made(2, metrics={"test_acc": 5.0}, wall_s=3.0)))
    tracker.take(Waiting())
    progress = tracker.progress()
    assert progress.counts == {
        TrialState.SUCCESS: 1,
        TrialState.RUNNING: 1,
        TrialState.PENDING: 2,
    }
    assert [name for name, _ in progress.running] == ["config_001"]
    assert progress.best == ("config_002, Test Acc: 5.00%",)
    assert progress.remaining_s == pytest.approx(6.0, abs=0.5)  # two at once, then one
    tracker.take(TrialEnded(made(1, metrics={"test_acc": 6.0}, wall_s=1.0)))
    assert tracker.progress().best == ("config_001, Test Acc: 6.00%",)
    assert tracker.ended == 2


def test_the_best_so_far_is_a_configuration_by_its_mean():
    accuracies = {"a": (9.0, 1.0), "b": (6.0, 6.0)}
    runs = [
        made(
            number, metrics={"test_acc": value}, params={"CONFIG_X": name, "CONFIG_SEED": str(seed)}
        )
        for number, (name, seed, value) in enumerate(
            ((name, seed, values[seed]) for name, values in accuracies.items() for seed in (0, 1)),
            1,
        )
    ]
    settings = Settings(replicate=("SEED",))
    known = view_of(
        *(replace(one, status=TrialState.PENDING, metrics={}) for one in runs),
        settings=settings,
        parameters=("CONFIG_X", "CONFIG_SEED"),
    )
    tracker = Tracker(known)
    for one in runs:
        tracker.take(TrialEnded(one))
    best = ("config_003, Test Acc: 6.00% (mean of 2 runs)", "X=b")
    assert tracker.progress().best == best
    assert Snapshot(replace(known, results=tuple(runs))).progress().best == best
    tracker.take(TrialEnded(replace(runs[0], metrics={"test_acc": 30.0})))  # it ran again
    assert tracker.progress().best[0] == "config_001, Test Acc: 15.50% (mean of 2 runs)"


def test_the_trials_of_this_sweep_go_before_what_is_known_beforehand():
    tracker = Tracker(replace(view_of(*PENDING), expected_s=100.0))
    assert tracker.progress().remaining_s == 400.0
    tracker.take(TrialEnded(made(1, wall_s=1.0)))
    assert tracker.progress().remaining_s == 3.0


def test_a_trial_that_runs_again_is_not_ended_twice():
    tracker = Tracker(view_of(made(1, TrialState.FAILED)))
    assert tracker.ended == 1
    tracker.take(TrialStarted("config_001", 2))
    assert tracker.ended == 0
    tracker.take(TrialEnded(made(1)))
    assert tracker.ended == 1


def test_the_first_interrupt_is_told_once(capsys: pytest.CaptureFixture[str]):
    interrupt = Interrupt()
    events = announced([Waiting(), Waiting(), Waiting(), Waiting()], interrupt)
    next(events)
    assert capsys.readouterr().err == ""
    interrupt.ask()
    next(events)
    next(events)
    interrupt.ask()
    next(events)
    told = capsys.readouterr().err
    assert told == "no new trials are started; Ctrl-C again ends those that run\n"

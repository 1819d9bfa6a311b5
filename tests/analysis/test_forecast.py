"""The remaining time of sweeps whose trials take times that are known."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analysis.making import made, view_of
from ksweep.analysis.estimate import Forecast, ages
from ksweep.analysis.view import View
from ksweep.model import Settings, StopRule, TrialState

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)
Values = dict[str, tuple[object, ...]]


def simulated(
    axes: Values,
    seconds: Callable[..., float],
    share: float,
    *,
    jobs: int = 1,
    noise: float = 0.05,
    pause_s: float = 0.0,
) -> tuple[View, float, float]:
    """A grid in its order when a share of its trials has ended.

    Returns:
        view, the time that it still takes, and what time it is, in seconds since 1970.
    """
    drawn = random.Random(1)
    names = tuple(f"CONFIG_{name}" for name in axes)
    rows = [tuple(map(str, row)) for row in itertools.product(*axes.values())]
    times = [seconds(*map(float, row)) * math.exp(drawn.gauss(0, noise)) for row in rows]
    free, starts = [0.0] * jobs, []
    for time in times:
        starts.append(free[0])
        heapq.heapreplace(free, free[0] + time + pause_s)
    ends = [start + time for start, time in zip(starts, times, strict=True)]
    now = sorted(ends)[math.ceil(share * len(rows)) - 1] + 1e-6
    results = []
    for number, (row, start, time) in enumerate(zip(rows, starts, times, strict=True), 1):
        ended, begun = start + time <= now, start <= now
        state = TrialState.SUCCESS if ended else TrialState.RUNNING
        one = made(number, state if begun else TrialState.PENDING)
        one = replace(one, params=dict(zip(names, row, strict=True)))
        one = replace(one, resources=replace(one.resources, wall_s=time if ended else None))
        at = (BEGUN + timedelta(seconds=start)).isoformat() if begun else ""
        results.append(replace(one, started_at=at))
    view = replace(view_of(*results, parameters=names), jobs=jobs)
    return view, max(ends) - now, BEGUN.timestamp() + now


def ratio(view: View, left_s: float, at: float) -> float:
    """What is said, by what is true."""
    told = Forecast(view).remaining_s(ages(view.results, at))
    assert told is not None
    return told / left_s


TEN = tuple(range(10))
SHARES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize(
    ("axes", "seconds"),
    [
        ({"EPOCHS": (1, 2, 3, 4), "SEED": TEN}, lambda epochs, _: 10 * epochs),
        ({"EPOCHS": (4, 2, 1), "SEED": TEN}, lambda epochs, _: 10 * epochs),
        ({"SEED": TEN, "EPOCHS": (1, 4, 16, 64)}, lambda _, epochs: epochs),
        ({"LR": (0.0001, 0.001, 0.01, 0.1), "SEED": TEN}, lambda _lr, _seed: 5.0),
        ({"EPOCHS": tuple(range(1, 41))}, lambda epochs: epochs),
        ({"BATCH": (8, 16, 32, 64, 128, 256, 512), "SEED": TEN}, lambda batch, _: 3000 / batch),
    ],
    ids=["slow", "falling", "fast", "no effect", "alone", "many values"],
)
def test_the_rest_is_known_within_a_factor_of_two(
    axes: Values, seconds: Callable[..., float], jobs: int
):
    for share in SHARES:
        if "BATCH" in axes and share < 0.2:  # one value of seven has run: nothing says which way
            continue
        assert 0.5 <= ratio(*simulated(axes, seconds, share, jobs=jobs)) <= 2, share


def test_where_one_value_has_run_the_rest_is_told_to_be_little_known():
    axes: Values = {"EPOCHS": (1, 2, 4), "SEED": TEN}
    view, *_ = simulated(axes, lambda epochs, _: epochs, 0.2)
    assert Forecast(view).unseen == "EPOCHS"
    view, *_ = simulated(axes, lambda epochs, _: epochs, 0.6)
    assert Forecast(view).unseen == ""


def test_what_only_repeats_says_nothing_of_the_time():
    settings = Settings(replicate=("SEED",))
    view, *_ = simulated({"SEED": (1, 2), "LR": TEN}, lambda _seed, _lr: 1.0, 0.3)
    assert Forecast(view).unseen == "SEED"
    assert Forecast(replace(view, settings=settings)).unseen == ""


def test_the_pause_between_two_trials_counts():
    view, left_s, _ = simulated({"SEED": tuple(range(100))}, lambda _: 0.002, 0.3, pause_s=0.02)
    assert Forecast(view).remaining_s({}) == pytest.approx(left_s, rel=0.2)


def test_nothing_is_known_before_anything_says_it():
    view = view_of(*(made(number, TrialState.PENDING) for number in range(1, 5)))
    assert Forecast(view).remaining_s({}) is None
    assert Forecast(replace(view, expected_s=2.0)).remaining_s({}) == 8.0
    assert Forecast(replace(view, expected_s=2.0, jobs=3)).remaining_s({}) == 4.0


def test_a_trial_that_runs_longer_than_was_expected_makes_the_others_longer():
    running = made(1, TrialState.RUNNING)
    view = view_of(running, *(made(number, TrialState.PENDING) for number in range(2, 5)))
    expecting = replace(view, expected_s=1.0)
    assert Forecast(expecting).remaining_s({running.name: 10.0}) == 30.0


def test_a_value_that_has_never_run_is_judged_by_the_trial_that_runs_it():
    ended = [made(n, wall_s=1.0, params={"CONFIG_MODEL": "a"}) for n in range(1, 6)]
    late = made(6, TrialState.RUNNING, params={"CONFIG_MODEL": "b"})
    waits = [made(n, TrialState.PENDING, params={"CONFIG_MODEL": "b"}) for n in range(7, 11)]
    view = view_of(*ended, late, *waits, parameters=("CONFIG_MODEL",))
    assert Forecast(view).remaining_s({late.name: 0.5}) == pytest.approx(4.5, rel=0.05)
    told = Forecast(view).remaining_s({late.name: 20.0})
    assert told is not None
    assert 60 < told < 100


def test_one_that_hangs_says_nothing_of_the_others():
    ended = [made(n, wall_s=1.0, params={"CONFIG_N": "1"}) for n in range(1, 6)]
    hangs = made(6, TrialState.RUNNING, params={"CONFIG_N": "1"})
    waits = [made(n, TrialState.PENDING, params={"CONFIG_N": "1"}) for n in range(7, 11)]
    view = view_of(*ended, hangs, *waits, parameters=("CONFIG_N",))
    assert Forecast(view).remaining_s({hangs.name: 5000.0}) == pytest.approx(4.0, rel=0.05)


def test_trials_that_were_stopped_early_count_as_those_to_come():
    ended = [made(n, TrialState.PRUNED, wall_s=1.0) for n in range(1, 10)]
    ended.append(made(10, wall_s=11.0))
    waits = [made(n, TrialState.PENDING) for n in range(11, 21)]
    view = view_of(*ended, *waits, settings=Settings(stop=StopRule.MEDIAN))
    assert Forecast(view).remaining_s({}) == pytest.approx(20.0)


def test_what_a_search_has_still_to_choose_takes_as_long_as_what_it_has_chosen():
    view = replace(view_of(made(1, wall_s=2.0), made(2, wall_s=4.0)), planned=12)
    assert Forecast(view).remaining_s({}) == pytest.approx(30.0)
    assert Forecast(replace(view, planned=10_002)).remaining_s({}) == pytest.approx(30_000.0)


@pytest.mark.parametrize("wall_s", [math.inf, math.nan, 1e308, -1.0, 0.0])
@pytest.mark.parametrize("text", ["9" * 900, "0x" + "f" * 900, "1e-999", "", "-3", "\udcff"])
def test_whatever_a_record_says(wall_s: float, text: str):
    odd = [made(n, wall_s=wall_s if n % 2 else 1.0, params={"CONFIG_N": text * (n % 3)})
           for n in range(1, 9)]  # fmt: skip
    waits = [made(n, TrialState.PENDING, params={"CONFIG_N": str(n)}) for n in range(9, 12)]
    told = Forecast(view_of(*odd, *waits, parameters=("CONFIG_N",))).remaining_s({})
    assert told is not None
    assert math.isfinite(told)

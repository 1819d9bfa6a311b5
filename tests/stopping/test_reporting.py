"""What every stopping rule makes of programs that report their steps in strange ways."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep import stopping
from ksweep.model import Goal, Pruning, Settings, StopRule
from ksweep.stopping import History, Rule

RULES = [rule for rule in StopRule if rule is not StopRule.NONE]
ALL = pytest.mark.parametrize("rule", RULES)
STEPS = 27
LEVELS = [50, 90, 30, 70, 80, 20, 60, 40, 95, 10, 55, 35, 75, 99, 5, 65, 45, 85, 25, 97]

Way = Callable[[float], list[tuple[float, float]]]


def value(level: float, step: float) -> float:
    return level * (1 - math.exp(-step / 9))


def plain(level: float) -> list[tuple[float, float]]:
    return [(step, value(level, step)) for step in range(1, STEPS + 1)]


def twice(level: float) -> list[tuple[float, float]]:
    """What counts comes last; before it something that says nothing of the level."""
    return list(chain(*([(step, 100 - level), (step, own)] for step, own in plain(level))))


def three_times(level: float) -> list[tuple[float, float]]:
    return list(chain(*([(step, 7), (step, math.nan), (step, own)] for step, own in plain(level))))


def swapped(level: float) -> list[tuple[float, float]]:
    points = plain(level)
    pairs = zip(points[::2], points[1::2], strict=False)
    return [*chain(*([later, one] for one, later in pairs)), points[-1]]


def told_again(level: float) -> list[tuple[float, float]]:
    """Several processes that report the same, one of them behind."""
    points = plain(level)
    return list(chain(*([now, before] for before, now in pairwise(points))))


def in_phases(level: float) -> list[tuple[float, float]]:
    """The second phase counts anew, and is better."""
    return [(step, own / 10) for step, own in plain(level)] + plain(level)


def downward(level: float) -> list[tuple[float, float]]:
    return [(STEPS + 1 - step, own) for step, own in plain(level)]


def fractional(level: float) -> list[tuple[float, float]]:
    return [(step / 4, value(level, step / 4)) for step in range(1, 4 * STEPS + 1)]


def far_apart(level: float) -> list[tuple[float, float]]:
    return [(step, value(level, step)) for step in range(1 + int(level) % 5, STEPS + 1, 5)]


def undefined_at_first(level: float) -> list[tuple[float, float]]:
    return [(step, math.nan if step < 3 else own) for step, own in plain(level)]


def undefined_at_times(level: float) -> list[tuple[float, float]]:
    return [(step, math.nan if (step + int(level)) % 4 == 0 else v) for step, v in plain(level)]


JUDGED = [plain, twice, three_times, swapped, told_again, fractional, far_apart, undefined_at_first]
BEYOND = [in_phases, downward]


def run(rule: Rule, histories: dict[str, History], jobs: int, chunk: int = 1) -> dict[str, Pruning]:
    """Trials that report by turns, `jobs` of them at once."""
    waiting, running, verdicts = list(histories), dict[str, int](), dict[str, Pruning]()
    while waiting or running:
        while waiting and len(running) < jobs:
            running[waiting.pop(0)] = 0
        for name in list(running):
            running[name] += chunk
            seen = histories[name][: running[name]]
            verdict = rule.judge(name, seen)
            if verdict is not None:
                verdicts[name] = verdict
            if verdict is not None or running[name] >= len(histories[name]):
                rule.end(name, seen, whole=verdict is None)
                del running[name]
    return verdicts


def swept(
    rule: StopRule, way: Way, jobs: int = 1, goal: Goal = Goal.MAXIMIZE, max_steps: int = STEPS
) -> dict[str, Pruning]:
    made = stopping.make(Settings(stop=rule, goal=goal, max_steps=max_steps))
    assert made is not None
    sign = 1 if goal is Goal.MAXIMIZE else -1
    histories = {
        f"config_{number:03}": [(step, sign * own) for step, own in way(level)]
        for number, level in enumerate(LEVELS, start=1)
    }
    return run(made, histories, jobs)


NONE = "gave no step from 1 (CONFIG_SWEEP_MIN_STEPS) on before its last"
BEST = f"config_{LEVELS.index(max(LEVELS)) + 1:03}"


@ALL
@pytest.mark.parametrize("way", [*JUDGED, undefined_at_times, *BEYOND])
@pytest.mark.parametrize("jobs", [1, 4, 20])
@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("max_steps", [0, STEPS])
def test_the_best_is_never_stopped(
    rule: StopRule, way: Way, jobs: int, goal: Goal, max_steps: int
) -> None:
    assert BEST not in swept(rule, way, jobs, goal, max_steps)


@ALL
@pytest.mark.parametrize("way", JUDGED)
def test_what_is_bad_is_stopped_all_the_same(rule: StopRule, way: Way) -> None:
    assert len(swept(rule, way)) >= (0.4 if way is far_apart else 0.7) * len(swept(rule, plain))


@ALL
@pytest.mark.parametrize("way", BEYOND)
def test_where_steps_say_nothing_nothing_is_stopped(rule: StopRule, way: Way) -> None:
    assert swept(rule, way) == {}


@ALL
@pytest.mark.parametrize("way", [plain, twice, swapped, fractional])
def test_nothing_is_stopped_at_the_last_step(rule: StopRule, way: Way) -> None:
    """By the setting, or else by those that have ended."""
    for max_steps in (0, STEPS):
        made = stopping.make(Settings(stop=rule, min_steps=1, max_steps=max_steps))
        assert made is not None
        for number in range(1, 9):
            made.end(f"config_{number:03}", way(90))
        for number in range(9, 30):
            assert made.judge(f"config_{number:03}", way(1)) is None


@ALL
def test_a_shorter_trial_is_not_stopped_where_such_have_ended(rule: StopRule) -> None:
    made = stopping.make(Settings(stop=rule))
    assert made is not None
    for number in range(1, 9):
        made.end(f"config_{number:03}", plain(90)[: 9 if number % 2 else STEPS])
    for number in range(9, 30):
        assert made.judge(f"config_{number:03}", plain(1)[:9]) is None


@ALL
@given(st.lists(st.integers(1, 99), min_size=4, max_size=12), st.randoms(use_true_random=False))
def test_what_is_superseded_at_once_changes_no_verdict(
    rule: StopRule, levels: list[int], rng: random.Random
) -> None:
    def noisy(level: float) -> History:
        strange = [math.nan, math.inf, -math.inf, rng.uniform(1e3, 1e9), rng.uniform(-1e9, -1)]
        return list(
            chain(*([(step, rng.choice(strange)), (step, own)] for step, own in plain(level)))
        )

    verdicts = [
        run(made(rule), {f"config_{at:03}": noisy(one) for at, one in enumerate(levels)}, 2)
        for _ in range(3)
    ]
    assert verdicts[0] == verdicts[1] == verdicts[2]


def made(rule: StopRule) -> Rule:
    found = stopping.make(Settings(stop=rule, max_steps=STEPS))
    assert found is not None
    return found


@ALL
@given(st.lists(st.integers(0, 20), min_size=5, max_size=15))
def test_the_order_of_neighbours_never_stops_the_best(rule: StopRule, levels: list[int]) -> None:
    histories = {f"config_{at:03}": swapped(level) for at, level in enumerate([*levels, 99])}
    assert f"config_{len(levels):03}" not in run(made(rule), histories, 2)


@ALL
@pytest.mark.parametrize(
    ("history", "why"),
    [
        ([(0.25, 1), (0.5, 2)], NONE),
        ([(STEPS, 5), (STEPS, 6)], NONE),
        ([(1, 1), (2, 1), (1, 3)], "gave step 1 again after step 2"),
        ([(9, 1), (8, 1), (7, 3), (6, 3)], "gave steps that do not rise: 6 after 7"),
        (plain(5), None),
        (twice(5), None),
        (swapped(5), None),
        (told_again(5), None),
    ],
)
def test_why_a_history_cannot_be_judged(rule: StopRule, history: History, why: str | None) -> None:
    assert made(rule).end("config_001", history) == why

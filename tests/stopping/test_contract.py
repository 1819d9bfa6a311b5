"""What every stopping rule owes: one suite over all of them."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep import stopping
from ksweep.errors import InputError
from ksweep.model import Goal, Objective, Pruning, Settings, StopRule
from ksweep.stopping import History, Rule

RULES = [rule for rule in StopRule if rule is not StopRule.NONE]
ALL = pytest.mark.parametrize("rule", RULES)


def made(rule: StopRule, goal: Goal = Goal.MAXIMIZE, **settings: int) -> Rule:
    found = stopping.make(Settings(stop=rule, goal=goal, max_steps=27, **settings))  # type: ignore[arg-type]
    assert found is not None
    return found


def curve(level: float, steps: int = 27) -> list[tuple[float, float]]:
    """Rises towards its level."""
    return [(step, level * (1 - math.exp(-step / 9))) for step in range(1, steps + 1)]


def after_some(rule: Rule, levels: list[float]) -> Rule:
    """The rule when trials of these levels have run to their ends."""
    for number, level in enumerate(levels, start=1):
        rule.end(f"config_{number:03}", curve(level))
    return rule


def live(rule: Rule, trial: str, history: History, chunk: int = 1) -> Pruning | None:
    """A trial as it runs: judged each time that so many points have come."""
    for end in range(chunk, len(history) + chunk, chunk):
        verdict = rule.judge(trial, history[:end])
        if verdict is not None:
            rule.end(trial, history[:end], whole=False)
            return verdict
    rule.end(trial, history)
    return None


def test_none_is_no_rule() -> None:
    assert stopping.make(Settings()) is None


@ALL
def test_nothing_said_is_nothing_judged(rule: StopRule) -> None:
    at_work = after_some(made(rule), [50, 60, 70, 80, 90])
    assert at_work.judge("config_006", []) is None
    at_work.end("config_007", [])
    assert at_work.judge("config_006", curve(95)) is None


@ALL
def test_the_first_trial_is_never_stopped(rule: StopRule) -> None:
    assert live(made(rule), "config_001", curve(1)) is None


@ALL
def test_a_bad_trial_is_stopped_with_its_step_and_value(rule: StopRule) -> None:
    at_work = after_some(made(rule), [50, 60, 70, 80, 90, 55, 65, 75, 85])
    verdicts = [live(at_work, f"config_{number:03}", curve(1)) for number in range(10, 30)]
    stopped = [verdict for verdict in verdicts if verdict is not None]
    assert len(stopped) >= 15  # Hyperband lets the trials of its last bracket run
    for verdict in stopped:
        assert (verdict.step, verdict.value) in curve(1)
        assert verdict.rule.startswith(rule.value)
        assert "\n" not in verdict.rule


@ALL
def test_the_best_so_far_is_never_stopped(rule: StopRule) -> None:
    at_work = after_some(made(rule), [50, 60, 70, 80, 90])
    for number in range(6, 30):
        assert live(at_work, f"config_{number:03}", curve(91 + number)) is None


@ALL
def test_not_before_the_first_step(rule: StopRule) -> None:
    at_work = after_some(made(rule, min_steps=5), [50, 60, 70, 80, 90])
    for number in range(6, 30):
        verdict = live(at_work, f"config_{number:03}", curve(1))
        assert verdict is None or verdict.step >= 5


@ALL
def test_small_is_better_where_that_is_the_goal(rule: StopRule) -> None:
    rng = random.Random(7)
    levels = [rng.uniform(0, 100) for _ in range(30)]
    high, low = made(rule), made(rule, Goal.MINIMIZE)
    for number, level in enumerate(levels, start=1):
        name, history = f"config_{number:03}", curve(level)
        mirrored = [(step, -value) for step, value in history]
        one, other = live(high, name, history), live(low, name, mirrored)
        assert (one and one.step) == (other and other.step)


@ALL
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_worse_than_anything(rule: StopRule, bad: float) -> None:
    at_work = after_some(made(rule), [50, 60, 70, 80, 90, 55, 65, 75, 85])
    history = [(step, bad) for step in range(1, 28)]
    verdicts = [live(at_work, f"config_{number:03}", history) for number in range(10, 20)]
    assert sum(verdict is not None for verdict in verdicts) >= 5
    assert live(at_work, "config_020", curve(99)) is None


@ALL
@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(0, 100))
def test_how_often_it_is_asked_does_not_matter(
    rule: StopRule, chunks: list[int], level: int
) -> None:
    verdicts = []
    for chunk in (1, *chunks, 26):
        at_work = after_some(made(rule), [50, 60, 70, 80, 90])
        verdicts.append(live(at_work, "config_006", curve(level, steps=26), chunk))
    assert len(set(verdicts)) == 1


@ALL
def test_a_resumed_rule_decides_like_the_one_before(rule: StopRule) -> None:
    rng = random.Random(3)
    levels = [rng.uniform(0, 100) for _ in range(40)]
    lived, seen = made(rule), []
    for number, level in enumerate(levels[:20], start=1):
        name, history = f"config_{number:03}", curve(level)
        verdict = live(lived, name, history)
        cut = history if verdict is None else history[: int(verdict.step)]
        lived.end(name, cut, whole=verdict is None)
        seen.append((name, cut, verdict is None))
    resumed = made(rule)
    for name, cut, whole in seen:
        resumed.end(name, cut, whole)
    for number, level in enumerate(levels[20:], start=21):
        name, history = f"config_{number:03}", curve(level)
        assert live(lived, name, history) == live(resumed, name, history)


@ALL
def test_a_trial_that_runs_again_is_judged_anew(rule: StopRule) -> None:
    rules = [after_some(made(rule), [50, 60, 70, 80, 90]) for _ in range(2)]
    rules[0].judge("config_009", curve(40, steps=8))
    again = [live(one, "config_009", curve(1)) for one in rules]
    assert again[0] == again[1]


@ALL
@given(st.lists(st.tuples(st.floats(-5, 50), st.floats(allow_nan=True)), max_size=30))
def test_no_history_is_too_strange(rule: StopRule, history: list[tuple[float, float]]) -> None:
    at_work = after_some(made(rule), [50, 60, 70])
    verdict = live(at_work, "config_004", history)
    at_work.end("config_005", history)
    assert verdict is None or verdict.step in [step for step, _ in history]


@ALL
def test_a_measured_resource_has_no_steps(rule: StopRule) -> None:
    settings = Settings(stop=rule, objectives=(Objective("total_time", Goal.MINIMIZE),))
    with pytest.raises(InputError) as caught:
        stopping.make(settings)
    assert str(caught.value) == (
        f"CONFIG_SWEEP_STOP_{rule.upper()}: total_time is measured when a trial ends, so it stops "
        "none early; let the first objective be a metric that the program reports step by step"
    )


@ALL
def test_the_steps_must_be_a_range(rule: StopRule) -> None:
    with pytest.raises(InputError) as caught:
        made(rule, min_steps=27)
    assert str(caught.value).endswith(
        "the first step to stop at (27) is not below the last one; set CONFIG_SWEEP_MAX_STEPS (27) "
        "above CONFIG_SWEEP_MIN_STEPS"
    )


def test_the_second_objective_may_be_a_resource() -> None:
    objectives = (Objective("acc", Goal.MAXIMIZE), Objective("total_time", Goal.MINIMIZE))
    assert stopping.make(replace(Settings(stop=StopRule.MEDIAN), objectives=objectives)) is not None

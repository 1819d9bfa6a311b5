"""Each rule by hand-worked examples."""

from __future__ import annotations

import math
import random

import pytest

from ksweep.model import Goal
from ksweep.stopping.halving import HalvingRule
from ksweep.stopping.hyperband import HyperbandRule, bracket_of, shares
from ksweep.stopping.median import MedianRule

HIGH, LOW = Goal.MAXIMIZE, Goal.MINIMIZE


def flat(value: float, steps: int) -> list[tuple[float, float]]:
    return [(step, value) for step in range(1, steps + 1)]


def test_median_compares_the_best_with_the_averages_of_others() -> None:
    rule = MedianRule(HIGH, min_steps=2, max_steps=9)
    rule.end("a", [(1, 10), (2, 30), (3, 30)])  # averages 10, 20
    rule.end("b", [(1, 10), (2, 20), (3, 30)])  # 10, 15
    assert rule.judge("x", [(1, 0), (2, 1)]) is None  # two are not enough
    rule.end("c", [(1, 40), (2, 44), (3, 44)])  # 40, 42
    assert rule.judge("y", [(1, 0)]) is None  # before min_steps
    assert rule.judge("y", [(1, 0), (2, 20)]) is None  # not worse than the median, 20
    assert rule.judge("z", [(1, 21), (2, 0)]) is None  # its best counts
    verdict = rule.judge("w", [(1, 5), (2, 19)])
    assert verdict is not None
    assert verdict.rule == (
        "median: at step 2 its best is 19, and the averages of 3 others have the median 20"
    )


def test_median_looks_only_at_those_that_came_as_far() -> None:
    rule = MedianRule(HIGH, min_steps=1, max_steps=9)
    for name in "abc":
        rule.end(name, flat(90, 3))
    assert rule.judge("x", [(4, 1)]) is None
    assert rule.judge("x", [(4, 1), (5, 1)]) is None
    assert rule.judge("y", [(2, 1)]) is not None


def test_median_of_small_is_better() -> None:
    rule = MedianRule(LOW, min_steps=1, max_steps=9)
    for name, value in zip("abc", (1.0, 2.0, 3.0), strict=True):
        rule.end(name, flat(value, 2))
    verdict = rule.judge("x", [(1, 2.5)])
    assert verdict is not None
    assert "its best is 2.5, and the averages of 3 others have the median 2" in verdict.rule
    assert rule.judge("y", [(1, 2.0)]) is None


def test_halving_lets_one_of_three_go_on_at_each_rung() -> None:
    rule = HalvingRule(HIGH, min_steps=1, max_steps=9, eta=3)
    assert rule.judge("a", [(1, 50), (2, 50)]) is None  # which shows that a step comes once
    assert rule.judge("b", [(1, 40)]) is not None  # the best one of two
    assert rule.judge("c", [(1, 60)]) is None
    for name in "def":
        assert rule.judge(name, [(1, 10)]) is not None
    assert rule.judge("g", [(1, 55)]) is None  # the second best of seven
    verdict = rule.judge("h", [(1, 54)])
    assert verdict is not None
    assert verdict.rule == "halving: 54 at step 1 is not among the best 1/3 of 8 trials"


def test_halving_goes_by_the_first_report_at_or_after_a_rung() -> None:
    rule = HalvingRule(HIGH, min_steps=2, max_steps=100, eta=3)
    rule.end("a", [(1, 1), (5, 50), (6, 80)])  # rung 2 at step 5; rung 6 at step 6
    assert rule.judge("b", [(1, 0), (3, 60)]) is None
    verdict = rule.judge("b", [(1, 0), (3, 60), (7, 79), (8, 99)])
    assert verdict is not None
    assert (verdict.step, verdict.value) == (7, 79)


def test_halving_stops_nothing_at_the_last_step() -> None:
    rule = HalvingRule(HIGH, min_steps=9, max_steps=27, eta=3)
    rule.end("a", flat(50, 27))
    assert rule.judge("b", [(27, 60)]) is None
    seen = HalvingRule(HIGH, min_steps=9, max_steps=0, eta=3)
    seen.end("a", flat(50, 27))
    assert seen.judge("b", [(9, 60), (27, 10)]) is None


def test_equal_values_go_on() -> None:
    rule = HalvingRule(HIGH, min_steps=1, max_steps=9, eta=3)
    assert all(rule.judge(name, [(1, 5)]) is None for name in "abcdef")


@pytest.mark.parametrize(
    ("first", "last", "eta", "brackets"),
    [
        (1, 27, 3, (27, 12, 6, 4)),
        (1, 26, 3, (9, 5, 3)),
        (1, 81, 3, (81, 34, 15, 8, 5)),
        (1, 1000, 10, (1000, 134, 20, 4)),
        (5, 14, 3, (1,)),
        (5, 15, 3, (3, 2)),
    ],
)
def test_hyperbands_brackets(first: int, last: int, eta: int, brackets: tuple[int, ...]) -> None:
    """As in table 1 of the paper for 81 and 3, from its s=4 to its s=0."""
    assert shares(first, last, eta) == brackets


@pytest.mark.parametrize("first", [1, 100])
def test_trials_are_shared_out_in_proportion(first: int) -> None:
    brackets = (27, 12, 6, 4)
    found = [bracket_of(f"config_{number:03}", brackets) for number in range(first, first + 49)]
    assert [abs(found.count(s) - share) <= 2 for s, share in enumerate(brackets)] == [True] * 4


def test_repeats_share_a_bracket() -> None:
    assert all(
        bracket_of(f"config_{n:03}", (9, 5, 3)) == bracket_of(f"config_{n:03}.r7", (9, 5, 3))
        for n in range(50)
    )


def test_a_bracket_begins_at_its_own_step_and_compares_its_own() -> None:
    rule = HyperbandRule(HIGH, min_steps=1, max_steps=27, eta=3)
    brackets = shares(1, 27, 3)
    of = {s: [n for n in range(200) if bracket_of(str(n), brackets) == s] for s in range(4)}
    stopped: dict[int, set[float]] = {s: set() for s in range(4)}
    for s, names in of.items():
        rule.end(str(names[0]), flat(50, 27))
        for name in names[1:12]:
            verdict = rule.judge(str(name), flat(40 + s, 26))
            if verdict is not None:
                stopped[s].add(verdict.step)
    first = {s: min(steps, default=None) for s, steps in stopped.items()}
    assert first == {0: 1, 1: 3, 2: 9, 3: None}


def test_hyperband_waits_until_it_knows_how_long_a_trial_is() -> None:
    rule = HyperbandRule(HIGH, min_steps=1, max_steps=0, eta=3)
    names = [str(n) for n in range(40) if bracket_of(str(n), shares(1, 27, 3)) == 0]
    rule.judge(names[0], flat(50, 2))
    assert rule.judge(names[1], flat(40, 2)) is None
    rule.end(names[0], flat(50, 27))
    verdict = rule.judge(names[2], flat(40, 2))
    assert verdict is not None
    assert verdict.step == 1


def test_hyperband_spends_half_and_keeps_the_best() -> None:
    rng = random.Random(1)
    rule = HyperbandRule(HIGH, min_steps=1, max_steps=27, eta=3)
    spent, best, kept = 0, 0.0, 0.0
    for number in range(1, 41):
        level, speed = rng.uniform(50, 100), rng.uniform(4, 9)
        history = [
            (step, level * (1 - math.exp(-step / speed)) + rng.gauss(0, 0.2))
            for step in range(1, 28)
        ]
        ended = 27
        for step in range(1, 28):
            if rule.judge(f"config_{number:03}", history[:step]) is not None:
                ended = step
                break
        else:
            kept = max(kept, history[-1][1])
        rule.end(f"config_{number:03}", history[:ended], whole=ended == 27)
        spent += ended
        best = max(best, history[-1][1])
    assert spent <= 27 * 40 / 2
    assert kept >= best - 0.5

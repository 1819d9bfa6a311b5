"""What to try next: each rule where it holds, and where it just does not."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from analysis.making import made, view_of
from analysis.test_axis_ranges import axis
from ksweep.analysis.contrasts import Evidence
from ksweep.analysis.dimensions import Dimension
from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.suggestions import (
    Exclude,
    Extend,
    Fix,
    Refine,
    Repeat,
    Suggestion,
    suggestions,
)
from ksweep.analysis.view import View
from ksweep.domain import Choices
from ksweep.errors import Where
from ksweep.model import Axis, AxisKind, Objective, Result, Settings, SymbolType, TrialState

METRIC = Settings(metric="score", explicit=frozenset({"metric"}))
Score = Callable[..., float | None]


def named(name: str, dimension: Dimension) -> Dimension:
    return replace(dimension, axis=replace(dimension.axis, symbols=(name,)))


def numbers(name: str, right: str, type=SymbolType.STRING, limit=None) -> Dimension:
    return named(name, axis(right, type, limit))


def bools(name: str) -> Dimension:
    return named(name, axis("y|n", SymbolType.BOOL))


def choice(*members: str) -> Dimension:
    found = Axis(AxisKind.CHOICE, members, (Choices(members),), Where("range"), "y")
    return Dimension(found, (SymbolType.BOOL,) * len(members), (None,) * len(members))


def grid(dimensions: Sequence[Dimension], score: Score, settings: Settings = METRIC) -> View:
    """Every combination; `score` gets the values in their order, and None is a failure."""
    results = []
    each = (list(one.domain) for one in dimensions)
    for number, values in enumerate(itertools.product(*each), 1):
        params: dict[str, str] = {}
        for dimension, value in zip(dimensions, values, strict=True):
            if dimension.axis.kind is AxisKind.CHOICE:
                params |= {name: "ny"[name == f"CONFIG_{value}"] for name in dimension.names}
            else:
                params[dimension.names[0]] = value
        found = score(*values)
        state = TrialState.FAILED if found is None else TrialState.SUCCESS
        metrics = {} if found is None else {"score": float(found)}
        error = "exit code 3" if found is None else None
        results.append(made(number, state, params=params, metrics=metrics, error=error))
    return view(results, dimensions, settings)


def view(results: Sequence[Result], dimensions: Sequence[Dimension], settings: Settings) -> View:
    return view_of(
        *results,
        settings=settings,
        parameters=tuple(name for one in dimensions for name in one.names),
        choices=tuple(one.names for one in dimensions if one.axis.kind is AxisKind.CHOICE),
        dimensions=tuple(dimensions),
    )


def found(view: View) -> tuple[Suggestion, ...]:
    ranking = rank(view.results, choose_basis(view.results, view.settings))
    return suggestions(view, overview(view, ranking))


def of(kind: type, view: View) -> list:
    return [one for one in found(view) if isinstance(one, kind)]


# -- the edge ------------------------------------------------------------------------------------


def test_the_best_on_the_edge_asks_for_more_of_it():
    """Three pairs: better by 10, 11 and 12, so t = 11 / (1 / sqrt 3) = 19.05 with 2 degrees."""
    sizes, seeds = numbers("A", "1e-5:*10:1e-3"), numbers("B", "x|y|z")
    gain = {"x": 10, "y": 11, "z": 12}
    view = grid([sizes, seeds], lambda a, b: (a == "1e-3") * gain[b] + gain[b] / 100)
    (one,) = of(Extend, view)
    assert (one.name, one.value, one.inner) == ("CONFIG_A", "1e-3", "1e-4")
    assert one.line == "CONFIG_A=1e-5:*10:1e-2"
    assert (one.contrast.evidence, one.contrast.count) == (Evidence.PAIRS, 3)
    assert one.contrast.advantage == pytest.approx(11)
    assert one.contrast.chance == pytest.approx(1 - 19.0526 / 365**0.5, rel=1e-3)


def test_two_pairs_are_too_few():
    view = grid(
        [numbers("A", "1|2|4"), numbers("B", "x|y")], lambda a, b: 100 * float(a) + (b == "x")
    )
    assert not of(Extend, view)


def test_an_edge_that_may_be_noise_is_left_alone():
    noise = iter([3, 9, 1, 5, 2, 7, 6, 4, 8, 2, 9.5, 1])
    view = grid([numbers("A", "1|2|4"), numbers("B", "w|x|y|z")], lambda a, b: next(noise))
    assert not of(Extend, view)


def test_a_single_lucky_configuration_on_a_worse_edge_is_no_reason():
    """Over 40 pairs the edge is worse in the mean, though the best is there."""
    seeds = numbers("B", "1:1:40", SymbolType.INT)
    view = grid(
        [numbers("A", "1|2|4"), seeds],
        lambda a, b: 150 if (a, b) == ("4", "7") else {"1": 0, "2": 50, "4": 40}[a] + int(b) % 3,
    )
    assert view.results[86].metrics["score"] == 150
    assert not of(Extend, view)


def test_of_very_many_configurations_not_only_the_best_are_compared():
    """3 is drawn more often than 2, so the best 2,000 with it are better ones; they are alike."""
    draw = random.Random(5)
    values = ["3", *draw.choices("123", (1, 2, 7), k=4_000)]
    results = [
        made(
            number,
            params={"CONFIG_A": value, "CONFIG_B": f"{draw.random():.6g}"},
            metrics={"score": draw.gauss() + 9 * (number == 1)},
        )
        for number, value in enumerate(values, 1)
    ]
    axes = [numbers("A", "1|2|3"), numbers("B", "uniform(0, 1)")]
    assert not of(Extend, view(results, axes, METRIC))


def test_where_kconfig_ends_there_is_no_line():
    sizes = numbers("A", "16:*2:64", SymbolType.INT, (1, 64))
    view = grid([sizes, numbers("B", "x|y|z")], lambda a, b: int(a) + "xyz".index(b) * 0.1)
    (one,) = of(Extend, view)
    assert (one.value, one.line, one.limited) == ("64", None, True)


def test_repeated_runs_of_the_two_are_enough():
    sizes = numbers("A", "1|2|4", SymbolType.INT)
    results = [
        made(number, params={"CONFIG_A": size, "CONFIG_SEED": str(seed)},
             metrics={"score": float(size) * 10 + seed * 0.1})
        for number, (size, seed) in enumerate(itertools.product("124", range(3)), 1)
    ]  # fmt: skip
    settings = replace(METRIC, replicate=("SEED",))
    seeds = numbers("SEED", "0|1|2", SymbolType.INT)
    (one,) = of(Extend, view(results, [sizes, seeds], settings))
    assert (one.name, one.contrast.evidence, one.contrast.count) == ("CONFIG_A", Evidence.RUNS, 6)
    assert one.line == "CONFIG_A=1|2|4|8"


def test_a_distribution_is_judged_by_the_outer_fifth():
    """60 to 55 against 54 to 49, but for what is odd and one better."""
    rates = numbers("A", "uniform(0.0, 0.5)")
    results = [
        made(n, params={"CONFIG_A": f"{n / 60:.2f}"}, metrics={"score": n + n % 2})
        for n in range(1, 31)
    ]
    (one,) = of(Extend, view(results, [rates], METRIC))
    assert (one.line, one.value, one.inner) == ("CONFIG_A=uniform(0.0, 0.75)", "0.48", "")
    assert (one.contrast.evidence, one.contrast.count) == (Evidence.GROUPS, 12)
    assert one.contrast.advantage == pytest.approx(6)
    assert not of(Extend, view(results[:29], [rates], METRIC))


@pytest.mark.parametrize(("peak", "count"), [(0.5, 1), (0.43, 0)])
def test_a_best_that_lies_within_the_outer_fifth_is_on_no_edge(peak, count):
    """With 0.43 the outer fifth, from 0.4 on, is the best one too, and falls to the edge."""
    places = [0.5 * n / 100 for n in range(1, 101)]
    results = [
        made(n, params={"CONFIG_A": f"{x:.4f}"}, metrics={"score": -abs(x - peak)})
        for n, x in enumerate(places, 1)
    ]
    found = of(Extend, view(results, [numbers("A", "uniform(0.0, 0.5)")], METRIC))
    assert len(found) == count


# -- within --------------------------------------------------------------------------------------


def test_the_best_between_two_worse_values_is_looked_at_closer():
    view = grid(
        [numbers("A", "1|2|4"), numbers("B", "x|y|z")],
        lambda a, b: {"1": 1, "2": 5, "4": 3}[a] + "xyz".index(b) * 0.1,
    )
    (one,) = of(Refine, view)
    assert (one.name, one.value, one.below[0], one.above[0]) == ("CONFIG_A", "2", "1", "4")
    assert one.line == "ksweep refine /results/sweep_20260301_220000 -o finer-range"
    level = grid(
        [numbers("A", "1|2|4"), numbers("B", "x|y|z")],
        lambda a, b: {"1": 1, "2": 5, "4": 5}[a] + "xyz".index(b) * (0.1 + (a == "2") * 0.01),
    )
    assert not of(Refine, level)


# -- no effect -----------------------------------------------------------------------------------


def noisy(*values: str) -> float:
    """Noise without a pattern in the values."""
    return (sum(ord(c) * 31**n for n, c in enumerate("".join(values))) * 2654435761 % 1009) / 1009


def test_a_parameter_without_an_effect_is_fixed_at_the_best_value():
    dimensions = [numbers("A", "1|2|3|4|5|6"), bools("B"), numbers("C", "p|q")]
    view = grid(dimensions, lambda a, b, c: 10 * int(a) + (a in "135") * (c == "p") * 1e-3)
    lines = [one.line for one in of(Fix, view)]
    assert "CONFIG_B=y" in lines
    assert not any(line.startswith("CONFIG_A") for line in lines)
    (one,) = (one.found for one in of(Fix, view) if one.line == "CONFIG_B=y")
    assert (one.configurations, one.values) == (24, 2)
    assert one.chance > 0.2
    assert one.importance < 0.05


@pytest.mark.parametrize("end", [TrialState.PRUNED, TrialState.FAILED])
def test_a_value_with_which_most_trials_do_not_end_well_is_not_without_an_effect(end):
    """With n nine of ten are stopped early; of those that are left nothing is worse."""
    draw = random.Random(0)
    results = []
    for number in range(1, 121):
        value, rate = "yn"[number % 2], number // 2 % 10
        bad = value == "n" and draw.random() < 0.9
        params = {"CONFIG_A": value, "CONFIG_B": str(rate)}
        metrics = {} if bad else {"score": 10.0 * rate + draw.random()}
        state = end if bad else TrialState.SUCCESS
        results.append(made(number, state, params=params, metrics=metrics))
    axes = [bools("A"), numbers("B", "0:1:9")]
    assert not of(Fix, view(results, axes, METRIC))
    fair = [one for one in results if one.status is TrialState.SUCCESS]
    assert [one.line for one in of(Fix, view(fair, axes, METRIC))] == ["CONFIG_A=y"]


def test_few_configurations_show_no_lack_of_an_effect():
    view = grid([numbers("A", "1|2|3|4"), bools("B")], lambda a, b: int(a))
    assert not of(Fix, view)


def test_a_small_effect_that_pairs_show_is_one():
    dimensions = [numbers("A", "1|2|3|4|5|6|7|8|9|10"), bools("B")]
    view = grid(dimensions, lambda a, b: 100 * int(a) + (b == "y"))
    assert not of(Fix, view)


def test_a_parameter_that_matters_with_another_is_no_dead_one():
    """B turns the effect of C round: neither has one of its own."""
    dimensions = [numbers("A", "1|2|3|4|5|6"), bools("B"), bools("C")]
    view = grid(dimensions, lambda a, b, c: 100 * int(a) + 20 * (b == c) + noisy(a, b, c))
    assert not of(Fix, view)


def test_a_choice_is_fixed_by_its_member():
    dimensions = [numbers("A", "1|2|3|4|5|6|7|8|9|10"), choice("OPT_SGD", "OPT_ADAM")]
    (one,) = of(Fix, grid(dimensions, lambda a, opt: 10 * int(a)))
    assert one.line == "CONFIG_OPT_SGD=y"
    assert one.found.name == "CONFIG_OPT_SGD|CONFIG_OPT_ADAM"


# -- failures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dimension", "fails", "line"),
    [
        (numbers("A", "1|2|4|8", SymbolType.INT), {"8"}, "exclude if A = 8"),
        (numbers("A", "1|2|4|8", SymbolType.INT), {"4", "8"}, "exclude if A >= 4"),
        (numbers("A", "0x1|0x2|0x4", SymbolType.HEX), {"0x1"}, "exclude if A = 0x1"),
        (numbers("A", 'x|"y z"|w'), {"y z"}, 'exclude if A = "y z"'),
        (numbers("A", 'x|"q\\"r"'), {'q"r'}, 'exclude if A = "q\\"r"'),
        (numbers("A", "-1|1"), {"-1"}, "exclude if A = -1"),
        (bools("A"), {"n"}, "exclude if A = n"),
        (choice("A", "B", "C"), {"B"}, "exclude if B = y"),
    ],
)
def test_what_all_failures_share_is_left_out(dimension, fails, line):
    others = [numbers("D", "a|b|c|d|e|f|g|h")]
    view = grid([dimension, *others], lambda a, d: None if a in fails else 1.0)
    (one,) = of(Exclude, view)
    assert one.line == line
    assert one.found.share.without_exception


def test_what_two_failures_share_is_no_reason():
    a, d = numbers("A", "1|2|4", SymbolType.INT), numbers("D", "x|y")
    assert not of(Exclude, grid([a, d], lambda a, d: None if a == "4" else 1.0))


def test_runs_of_one_configuration_are_no_failures_of_several():
    """It fails with each of three seeds, and its rate is nobody else's."""
    rates, seeds = numbers("A", "uniform(0, 1)"), numbers("SEED", "1|2|3", SymbolType.INT)
    results = []
    for number, (place, seed) in enumerate(itertools.product(range(20), "123"), 1):
        state = TrialState.FAILED if place == 7 else TrialState.SUCCESS
        metrics = {} if place == 7 else {"score": number % 5.0}
        params = {"CONFIG_A": f"0.{place:02}", "CONFIG_SEED": seed}
        results.append(made(number, state, params=params, metrics=metrics, error="exit code 3"))
    replicated = replace(METRIC, replicate=("SEED",))
    assert not of(Exclude, view(results, [rates, seeds], replicated))


def test_what_few_failures_share_by_chance_is_no_reason():
    """3 of 3 failures and 0 of 6 others: 1 of 84 ways, times 5 parameters is 0.06."""
    more = [numbers(name, "k") for name in "EFG"]
    a, d = numbers("A", "1|2|4"), numbers("D", "x|y|z")
    view = grid([a, d, *more], lambda *values: None if values[0] == "4" else 1.0)
    assert not of(Exclude, view)
    assert of(Exclude, grid([a, d], lambda a, d: None if a == "4" else 1.0))


# -- repeats, and nothing ------------------------------------------------------------------------


def test_a_single_run_of_each_does_not_know_its_noise():
    one = next(iter(of(Repeat, grid([numbers("A", "1|2")], lambda a: float(a)))))
    assert (one.rivals, one.configurations, one.line) == (None, 2, "CONFIG_SWEEP_REPEAT=3")


@pytest.mark.parametrize(("spread", "rivals"), [(50.0, [1]), (0.01, [])])
def test_rivals_of_the_best_ask_for_more_runs(spread, rivals):
    results = [
        made(number, params={"CONFIG_A": size}, metrics={"score": float(size) + spread * repeat})
        for number, (size, repeat) in enumerate(itertools.product("12", range(3)), 1)
    ]
    found = of(Repeat, view(results, [numbers("A", "1|2")], replace(METRIC, repeat=3)))
    assert [(one.runs, one.rivals, one.line) for one in found] == [
        (3, count, "CONFIG_SWEEP_REPEAT=6") for count in rivals
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_nothing_follows_from_nothing_or_from_equals(count):
    results = [
        made(n, params={"CONFIG_A": str(n)}, metrics={"score": 1.0}) for n in range(1, count + 1)
    ]
    assert found(view(results, [numbers("A", "1|2|3")], METRIC)) == ()


def test_several_objectives_are_judged_by_their_score():
    sizes, seeds = numbers("A", "1|2|4"), numbers("B", "x|y|z")
    both = (Objective("score", METRIC.goal, 0.5), Objective("score", METRIC.goal, 0.5))
    view = grid(
        [sizes, seeds],
        lambda a, b: 100 * float(a) + "xyz".index(b),
        replace(METRIC, objectives=both),
    )
    (one,) = of(Extend, view)
    assert 0 < one.contrast.advantage < 1

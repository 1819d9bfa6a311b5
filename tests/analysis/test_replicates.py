"""Repeated runs: intervals and tests by hand and against SciPy."""

from __future__ import annotations

import dataclasses
import math

import pytest
from scipy import stats

from analysis.making import made, view_of
from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.runs import mean
from ksweep.analysis.view import View
from ksweep.model import Goal, Objective, Settings, TrialState

SEEDED = Settings(replicate=("SEED",))


def of(view: View, leading: int = 100) -> Overview:
    ranking = rank(view.results, choose_basis(view.results, view.settings))
    return overview(view, ranking, leading)


def seeded(values: dict[str, tuple[float | None, ...]], settings: Settings = SEEDED) -> View:
    """The accuracies of each X, seed by seed; None failed."""
    runs = [(x, seed, v) for x, some in values.items() for seed, v in enumerate(some)]
    results = [
        made(
            number,
            TrialState.FAILED if value is None else TrialState.SUCCESS,
            params={"CONFIG_X": x, "CONFIG_SEED": str(seed)},
            metrics={} if value is None else {"test_acc": value},
        )
        for number, (x, seed, value) in enumerate(runs, 1)
    ]
    return view_of(*results, parameters=("CONFIG_X", "CONFIG_SEED"), settings=settings)


def test_mean_deviation_and_interval_by_hand():
    """1 2 3: mean 2, deviation 1; Student's t of 2 degrees is 4.303, so 2 ± 4.303/sqrt(3)."""
    best = of(seeded({"a": (1.0, 2.0, 3.0)})).replicates.best
    estimate = best.estimates["test_acc"]
    assert (estimate.runs, estimate.mean, estimate.deviation) == (3, 2, 1)
    assert [estimate.low, estimate.high] == pytest.approx(
        [2 - 4.3026527 / 3**0.5, 2 + 4.3026527 / 3**0.5], rel=1e-6
    )
    assert best.trials == ("config_001", "config_002", "config_003")
    assert best.params == {"CONFIG_X": "a"}


def test_the_best_mean_wins_and_those_that_cannot_be_told_from_it_are_listed():
    """b has the best single run, a the best mean; c is close to a, d is far."""
    values = {
        "a": (9.0, 9.2, 9.1), "b": (9.3, 8.7, 8.9), "c": (9.1, 8.9, 9.0), "d": (1.0, 1.1, 0.9),
    }  # fmt: skip
    found = of(seeded(values)).replicates
    assert [group.params["CONFIG_X"] for group in found.leading] == ["a", "c", "b", "d"]
    assert [group.indistinct for group in found.leading] == [False, True, True, False]
    assert found.indistinguishable == ("config_007", "config_004")
    assert (found.configurations, found.indistinct, found.tested, found.copies) == (4, 2, True, 0)
    best, *others = found.leading
    assert (best.chance, best.behind) == (None, None)
    assert {group.behind for group in others} == {"config_001"}


def test_with_the_noise_of_many_three_runs_tell_one_that_is_far_ahead():
    """Welch's test has two degrees of freedom there, and tells nothing."""
    values = {str(x): (0.2648, 0.1815, 0.2537) for x in range(53)}
    found = of(seeded({"best": (0.9833, 0.9759, 0.987), **values})).replicates
    assert found.best.params["CONFIG_X"] == "best"
    assert (found.indistinct, found.indistinguishable) == (0, ())


def test_a_single_run_wins_over_nothing_and_has_the_noise_of_the_others():
    values = {"a": (99.0, None), "b": (5.0, 6.0), "c": (1.0, 2.0), "d": (1.0, None)}
    found = of(seeded(values)).replicates
    assert [group.params["CONFIG_X"] for group in found.leading] == ["b", "c", "a", "d"]
    by_name = {group.params["CONFIG_X"]: group for group in found.leading}
    assert by_name["a"].indistinct
    single = found.leading[2].estimates["test_acc"]
    assert (single.runs, single.deviation, single.low, single.high) == (1, None, None, None)
    assert found.leading[2].trials == ("config_001", "config_002")


def test_where_each_ran_once_nothing_is_known_and_nothing_said():
    found = of(seeded({"a": (2.0, None), "b": (1.0, None)})).replicates
    assert (found.tested, found.indistinguishable) == (False, ())
    assert [(g.chance, g.indistinct) for g in found.leading] == [(None, False)] * 2


def test_copies_of_a_run_are_no_runs_without_noise():
    found = of(seeded({"a": (2.0, 2.0), "b": (1.0, 1.0), "c": (2.0, 2.0)}))
    repeated = found.replicates
    assert (repeated.tested, repeated.copies, repeated.indistinguishable) == (False, 3, ())
    assert [(g.chance, g.copies) for g in repeated.leading] == [(None, True)] * 3
    assert found.tied == ("config_005",)


def test_some_copies_count_as_one_run_each_with_the_noise_of_the_others():
    """So is one that always fails to learn, and gives the very same each time."""
    noisy = {"a": (9.0, 9.2, 9.1), "b": (8.9, 9.1, 9.2), "c": (9.0, 8.8, 8.9)}
    found = of(seeded({**noisy, "near": (9.0, 9.0, 9.0), "far": (0.1, 0.1, 0.1)})).replicates
    once = of(seeded({**noisy, "near": (9.0, None), "far": (0.1, None)})).replicates
    by_name = {group.params["CONFIG_X"]: group for group in found.leading}
    assert found.copies == 2
    assert (by_name["near"].indistinct, by_name["far"].indistinct) == (True, False)
    chances = {group.params["CONFIG_X"]: group.chance for group in once.leading}
    assert by_name["far"].chance == pytest.approx(chances["far"])


def test_repeats_are_runs_of_one_configuration():
    results = [
        dataclasses.replace(
            made(number, params={"CONFIG_X": str(number)}, metrics={"test_acc": number + k / 10}),
            name=f"config_{number:03}" + (f".r{k}" if k > 1 else ""),
            repeat=k,
        )
        for number in (1, 2)
        for k in (1, 2, 3)
    ]
    view = view_of(*results, parameters=("CONFIG_X",), settings=Settings(repeat=3))
    best = of(view).replicates.best
    assert best.trials == ("config_002", "config_002.r2", "config_002.r3")
    assert best.estimates["test_acc"].mean == pytest.approx(2.2)


def test_statistics_of_parameters_look_at_means_and_the_seed_is_none_of_them():
    found = of(seeded({"a": (1.0, 3.0), "b": (5.0, 7.0)}))
    assert [factor.name for factor in found.factors] == ["CONFIG_X"]
    assert found.configurations == 2
    assert found.measures["test_acc"].count == 4
    levels = found.effect("CONFIG_X", "test_acc").levels
    assert [(one.description.count, one.description.mean) for one in levels] == [(1, 2), (1, 6)]


def test_a_run_without_a_finite_value_is_not_counted():
    found = of(seeded({"a": (4.0, math.nan, 6.0), "b": (math.inf, math.nan)}))
    assert found.replicates.configurations == 1
    assert found.replicates.best.estimates["test_acc"].runs == 2
    assert [result.name for result in found.ranking.unranked] == ["config_004"]


def test_with_several_objectives_the_scores_of_the_runs_are_compared():
    """Scaled by the means: a has (3, 1), b (1, 3), so a's runs score 0.25, 1.25 for the first."""
    settings = Settings(
        replicate=("SEED",),
        objectives=(Objective("up", Goal.MAXIMIZE, 3), Objective("down", Goal.MINIMIZE, 1)),
    )
    values = {"a": [(2.0, 1.0), (4.0, 1.0)], "b": [(1.0, 2.0), (1.0, 4.0)]}
    results = [
        made(
            1 + seed + 2 * (x == "b"),
            params={"CONFIG_X": x, "CONFIG_SEED": str(seed)},
            metrics={"up": up, "down": down},
        )
        for x, runs in values.items()
        for seed, (up, down) in enumerate(runs)
    ]
    parameters = ("CONFIG_X", "CONFIG_SEED")
    found = of(view_of(*results, parameters=parameters, settings=settings)).replicates
    assert [(group.params["CONFIG_X"], group.score) for group in found.leading] == [
        ("a", 1), ("b", 0),
    ]  # fmt: skip
    of_a = [0.75 * 0.5 + 0.25, 0.75 * 1.5 + 0.25]
    of_b = [0.25 * 0.5, -0.25 * 0.5]
    expected = stats.ttest_ind(of_a, of_b, alternative="greater").pvalue
    assert found.leading[1].chance == pytest.approx(expected, rel=1e-4)


def test_only_as_many_are_described_as_asked_for_but_all_are_counted():
    view = seeded({str(x): (1.0 + x, 2.0 + x) for x in range(8)})
    found = of(view, leading=3).replicates
    assert (len(found.leading), found.configurations) == (3, 8)
    assert found.indistinct == of(view).replicates.indistinct


def test_a_sweep_of_single_runs_has_none():
    assert of(seeded({"a": (1.0,), "b": (2.0,)}, Settings())).replicates is None


@pytest.mark.parametrize("values", [[0.1] * 3, [1e308, 1e308], [1e308, 1.5e308, None]])
def test_means_of_equal_and_of_enormous_values(values):
    known = [value for value in values if value is not None]
    assert mean(values) == pytest.approx(sum(value / len(known) for value in known))
    assert mean([0.1, 0.1, 0.1]) == 0.1
    assert mean([None, math.nan]) is None

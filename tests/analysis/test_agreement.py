"""The statistics that tests by hand do not exhaust, against numpy, pandas, SciPy and Optuna."""

from __future__ import annotations

import math
import random
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.making import made, view_of
from ksweep.analysis.noise import Moments, holm, samples_of, welch_chances, welch_margins
from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import Basis, choose_basis, rank
from ksweep.model import Goal, Objective, Settings

Rows = list[tuple[dict[str, str], float]]


def of(rows: Rows, settings: Settings | None = None) -> Overview:
    names = dict.fromkeys(name for params, _ in rows for name in params)
    results = (
        made(number, params=params, metrics={"test_acc": value})
        for number, (params, value) in enumerate(rows, 1)
    )
    view = view_of(*results, parameters=tuple(names), settings=settings)
    return overview(view, rank(view.results, choose_basis(view.results, view.settings)))


def uneven(seed: int, count: int = 60) -> Rows:
    """X has three values and Y four, by no means equally often, with noise and an interaction."""
    drawn = random.Random(seed)
    rows = []
    for _ in range(count):
        x, y = drawn.choice("aaabbc"), drawn.choice("uvvwwwx")
        value = ord(x) + 0.5 * ord(y) + 3 * (x == "b" and y == "v") + drawn.gauss(0, 1)
        rows.append(({"CONFIG_X": x, "CONFIG_Y": y}, value))
    return rows


def residual_squares(design: np.ndarray, values: np.ndarray) -> tuple[float, int]:
    """What least squares leave, and how many parameters they have."""
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return float(((values - fitted) ** 2).sum()), int(np.linalg.matrix_rank(design))


@pytest.mark.parametrize("seed", range(4))
def test_what_a_single_parameter_explains_is_the_adjusted_r2_of_a_regression(seed):
    rows = uneven(seed)
    values = np.array([value for _, value in rows])
    for name in ("CONFIG_X", "CONFIG_Y"):
        design = pd.get_dummies(pd.Series([params[name] for params, _ in rows])).to_numpy(float)
        within, used = residual_squares(design, values)
        total = float(((values - values.mean()) ** 2).sum())
        adjusted = 1 - within / (len(rows) - used) / (total / (len(rows) - 1))
        alone = [({name: params[name]}, value) for params, value in rows]
        assert of(alone).effect(name, "test_acc").explained == pytest.approx(max(adjusted, 0))


@pytest.mark.parametrize("seed", range(4))
def test_an_interaction_is_the_f_test_of_two_regressions(seed):
    """Also where the pairs of values are there by no means equally often."""
    rows = uneven(seed)
    data = pd.DataFrame([params for params, _ in rows])
    values = np.array([value for _, value in rows])
    pairs = data.CONFIG_X + data.CONFIG_Y
    apart, of_sums = residual_squares(pd.get_dummies(data).to_numpy(float), values)
    within, of_cells = residual_squares(pd.get_dummies(pairs).to_numpy(float), values)
    free, left = of_cells - of_sums, len(rows) - of_cells
    expected = stats.f.sf((apart - within) / free / (within / left), free, left)
    total = float(((values - values.mean()) ** 2).sum())
    (found,) = of(rows).interactions
    assert found.chance == pytest.approx(expected)
    assert [found.apart, found.together] == pytest.approx([1 - apart / total, 1 - within / total])
    assert {(one.one + one.other, one.configurations) for one in found.cells} in (
        set(pairs.value_counts().items()),
        set(pairs.str[::-1].value_counts().items()),
    )


numbers = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-3, 3)), min_size=3, max_size=30
)  # many ties


@given(numbers)
def test_correlations_with_ties_and_constants_are_those_of_scipy(pairs):
    rows = [({"CONFIG_X": str(x)}, float(y)) for x, y in pairs]
    xs, ys = zip(*pairs, strict=True)
    found = of(rows).correlations
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        assert found == ()
        return
    assert found[0].pearson == pytest.approx(stats.pearsonr(xs, ys)[0], abs=1e-12)
    assert found[0].spearman == pytest.approx(stats.spearmanr(xs, ys)[0], abs=1e-12)


def test_a_correlation_where_a_parameter_is_active_looks_at_no_other_configuration():
    """X is active in four, in which it rises with the metric; Z is constant where it is active."""
    rows: Rows = [({"CONFIG_M": "on", "CONFIG_X": str(n)}, float(n * n)) for n in (1, 2, 3, 5)]
    rows += [({"CONFIG_M": "off"}, -99.0)] * 3
    (found,) = of(rows).correlations
    assert (found.parameter, found.configurations, found.spearman) == ("CONFIG_X", 4, 1)
    assert found.pearson == pytest.approx(stats.pearsonr([1, 2, 3, 5], [1, 4, 9, 25])[0])
    flat = [(params | {"CONFIG_Z": str(n)}, 7.0) for n, (params, _) in enumerate(rows[:4])]
    found_z = {one.parameter: one for one in of([*flat, *rows[4:]]).correlations}["CONFIG_Z"]
    assert (found_z.pearson, found_z.spearman, found_z.configurations) == (None, None, 4)


runs = st.lists(st.integers(-1000, 1000).map(lambda n: n / 8), min_size=2, max_size=8)


@given(runs)
def test_the_interval_of_a_mean_is_that_of_scipy(values):
    rows = [({"CONFIG_SEED": str(seed)}, value) for seed, value in enumerate(values)]
    estimate = of(rows, Settings(replicate=("SEED",))).replicates.best.estimates["test_acc"]
    error = float(stats.sem(values))
    expected = (
        stats.t.interval(0.95, len(values) - 1, np.mean(values), error)
        if error
        else (values[0], values[0])
    )
    assert (estimate.low, estimate.high) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert estimate.deviation == pytest.approx(np.std(values, ddof=1))


@pytest.mark.filterwarnings("ignore:Precision loss occurred:RuntimeWarning")
@given(st.lists(runs, min_size=2, max_size=5))
def test_many_differences_at_once_are_those_of_scipy_one_by_one(samples):
    levels = samples_of(samples)
    first, others = Moments.of(levels, slice(0, 1)), Moments.of(levels, slice(1, None))
    chances, margins = welch_chances(first, others), welch_margins(first, others)
    for chance, margin, sample in zip(chances, margins, samples[1:], strict=True):
        if len(set(samples[0])) == len(set(sample)) == 1:
            assert (chance, margin) == (float(sample[0] == samples[0][0]), 0)
            continue
        expected = stats.ttest_ind(samples[0], sample, equal_var=False)
        low, high = expected.confidence_interval()
        assert chance == pytest.approx(expected.pvalue, rel=1e-8, abs=1e-12)
        assert margin == pytest.approx((high - low) / 2, rel=1e-8)


def test_the_really_best_is_hardly_ever_told_from_the_best():
    """Whoever is ahead of the really best one by chance is not told from it: at most 5 % are."""
    drawn = np.random.default_rng(7)
    missed = 0
    for _ in range(200):
        values = drawn.normal([[0.3]] + [[0.0]] * 19, 1, (20, 4))
        levels = samples_of(values.tolist())
        best = int(levels.means.argmax())
        ahead = Moments.of(levels, slice(best, best + 1))
        chances = welch_chances(ahead, Moments.of(levels, slice(None)))
        chances[best] = math.nan
        missed += bool(holm(chances)[0] <= 0.05)
    assert missed <= 10


@given(
    st.lists(
        st.tuples(st.floats(-1e3, 1e3), st.floats(0.1, 1e3), st.integers(0, 3)),
        min_size=1, max_size=25,
    )
)  # fmt: skip
def test_the_weighted_ranking_is_the_one_made_with_pandas(values):
    objectives = (
        Objective("up", Goal.MAXIMIZE, 0.5),
        Objective("total_time", Goal.MINIMIZE, 0.3),
        Objective("down", Goal.MINIMIZE, 0.2),
    )
    results = [
        made(number, metrics={"up": up, "down": float(down)}, wall_s=seconds)
        for number, (up, seconds, down) in enumerate(values, 1)
    ]
    frame = pd.DataFrame(values, columns=["up", "total_time", "down"], dtype=float)
    span = (frame.max() - frame.min()).where(lambda one: one > 0)
    scaled = (frame - frame.min()) / span
    scaled[["total_time", "down"]] = 1 - scaled[["total_time", "down"]]
    expected = scaled.fillna(1.0) @ pd.Series({"up": 0.5, "total_time": 0.3, "down": 0.2})
    found = rank(results, Basis(objectives))
    scores = dict(zip((one.name for one in found.ranked), found.scores, strict=True))
    assert [scores[one.name] for one in results] == pytest.approx(expected.tolist(), abs=1e-9)


def test_importance_agrees_with_fanova_of_optuna():
    """3A + B and an irrelevant C: another forest, and the main effects alone."""
    import optuna

    grid = [(a, b, c) for a in range(4) for b in range(4) for c in range(3)]
    rows: Rows = [
        ({"CONFIG_A": str(a), "CONFIG_B": str(b), "CONFIG_C": "xyz"[c]}, 3.0 * a + b)
        for a, b, c in grid
    ]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    domains = {
        name: optuna.distributions.CategoricalDistribution(sorted({row[name] for row, _ in rows}))
        for name in ("CONFIG_A", "CONFIG_B", "CONFIG_C")
    }
    for params, value in rows:
        study.add_trial(
            optuna.trial.create_trial(value=value, params=params, distributions=domains)
        )
    with warnings.catch_warnings(action="ignore"):
        expected = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0)
        )
    (found,) = of(rows).importances
    assert {one.factor: one.share for one in found.shares} == pytest.approx(expected, abs=0.05)

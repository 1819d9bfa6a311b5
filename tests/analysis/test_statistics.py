"""Descriptions, effects and correlations against pandas and SciPy, which are asked independently."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.making import made, view_of
from ksweep.analysis import additive
from ksweep.analysis.columns import columns_of
from ksweep.analysis.correlations import correlations
from ksweep.analysis.effects import effects
from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.view import View
from ksweep.model import Settings, TrialState

OPTIMIZERS = ("CONFIG_OPT_SGD", "CONFIG_OPT_ADAM")


def of(view: View) -> Overview:
    return overview(view, rank(view.results, choose_basis(view.results, view.settings)))


def sweep(seed: int = 0, trials: int = 60) -> View:
    """Momentum is active with SGD alone; some metrics are missing, some trials failed."""
    drawn = random.Random(seed)
    results = []
    for number in range(1, trials + 1):
        chosen = drawn.choice(OPTIMIZERS)
        params = {
            "CONFIG_LR": drawn.choice(["1e-4", "1e-3", "0.01", "1e-1"]),
            **{name: "y" if name == chosen else "n" for name in OPTIMIZERS},
            **({"CONFIG_MOMENTUM": drawn.choice(["0.8", "0.9"])} if chosen.endswith("SGD") else {}),
            "CONFIG_DROPOUT": f"{drawn.random():.6g}",
            "CONFIG_MODE": drawn.choice(["fast", "slow", "auto"]),
        }
        acc = 80 + drawn.gauss(0, 1) + (params["CONFIG_LR"] == "0.01") * 2
        metrics = {"test_acc": acc, "loss": round(drawn.random(), 1)}
        metrics = {k: v for k, v in metrics.items() if drawn.random() < 0.9}
        metrics |= {"loss": math.nan} if drawn.random() < 0.1 else {}
        status = TrialState.FAILED if drawn.random() < 0.1 else TrialState.SUCCESS
        results.append(
            made(number, status, params=params, metrics=metrics, wall_s=drawn.uniform(1, 9))
        )
    parameters = ("CONFIG_LR", *OPTIMIZERS, "CONFIG_MOMENTUM", "CONFIG_DROPOUT", "CONFIG_MODE")
    return view_of(*results, parameters=parameters, choices=(OPTIMIZERS,))


def frame(view: View) -> pd.DataFrame:
    """The successful trials, made without any of the code under test."""
    rows = [
        {**one.params, **one.metrics, "total_time": one.resources.wall_s}
        for one in view.results
        if one.status is TrialState.SUCCESS
    ]
    found = pd.DataFrame(rows)
    chosen = found[list(OPTIMIZERS)].eq("y").idxmax(axis=1)
    return found.assign(**{"|".join(OPTIMIZERS): chosen})


@pytest.mark.parametrize("seed", range(3))
def test_measures_are_described_as_pandas_does(seed):
    view = sweep(seed)
    expected = frame(view)[["test_acc", "loss", "total_time"]].astype(float).describe()
    found = of(view).measures
    assert set(found) == set(expected)
    for name, one in found.items():
        assert [
            one.count, one.mean, one.deviation, one.least,
            one.lower_quartile, one.median, one.upper_quartile, one.greatest,
        ] == pytest.approx(expected[name].tolist())  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("measure", ["test_acc", "loss", "total_time"])
@pytest.mark.parametrize(
    "factor", ["CONFIG_LR", "|".join(OPTIMIZERS), "CONFIG_MOMENTUM", "CONFIG_MODE"]
)
def test_values_are_compared_as_pandas_and_scipy_do(seed, factor, measure):
    view = sweep(seed)
    data = frame(view)[[factor, measure]].dropna()
    effect = of(view).effect(factor, measure)
    assert {one.level for one in effect.levels} == set(data[factor])
    for one in effect.levels:
        own = data[measure][data[factor] == one.level]
        rest = data[measure][data[factor] != one.level]
        about = one.description
        assert [about.count, about.mean, about.deviation, about.least, about.greatest] == (
            pytest.approx([own.size, own.mean(), own.std(), own.min(), own.max()])
        )
        assert [about.lower_quartile, about.median, about.upper_quartile] == pytest.approx(
            own.quantile([0.25, 0.5, 0.75]).tolist()
        )
        test = stats.ttest_ind(own, rest, equal_var=False)
        interval = test.confidence_interval()
        assert one.difference == pytest.approx(own.mean() - rest.mean())
        assert [one.low, one.high] == pytest.approx([interval.low, interval.high])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("measure", ["test_acc", "loss", "total_time"])
@pytest.mark.parametrize(
    "factor", ["CONFIG_LR", "|".join(OPTIMIZERS), "CONFIG_MOMENTUM", "CONFIG_MODE"]
)
def test_what_a_parameter_explains_beside_the_others_is_that_of_two_fits(
    seed, factor, measure, monkeypatch
):
    """Least squares with and without it, momentum within SGD; no pairs are looked for."""
    monkeypatch.setattr(additive, "_IN_BLOCKS", 2)
    view = sweep(seed)
    view = replace(view, parameters=tuple(p for p in view.parameters if p != "CONFIG_DROPOUT"))
    data = frame(view).dropna(subset=[factor, measure])
    others = {"CONFIG_LR", "|".join(OPTIMIZERS), "CONFIG_MOMENTUM", "CONFIG_MODE"} - {factor}
    without, terms_without, _ = squares_left(data, others, measure)
    left, terms, added_up = squares_left(data, others | {factor}, measure)
    free, added = len(data) - terms, terms - terms_without
    ratio = (without - left) / added / (left / free)
    total = data[measure].var(ddof=0) * len(data)
    effect = of(view).effect(factor, measure)
    assert effect.chance == pytest.approx(stats.f.sf(ratio, added, free))
    own = sum(part for name, part in added_up.items() if name.startswith(f"{factor}_"))
    covariance = float(((own - own.mean()) * (data[measure] - data[measure].mean())).sum())
    share = (covariance - added * left / free) / total
    assert effect.explained == pytest.approx(max(share, 0), abs=1e-12)


def squares_left(
    data: pd.DataFrame, factors: set[str], measure: str
) -> tuple[float, int, dict[str, pd.Series]]:
    """What a sum of effects leaves of a measure, how many terms it has, and what each adds."""
    one = pd.Series(1.0, data.index)
    columns = {"one": one}
    for factor in sorted(factors):
        dummies = pd.get_dummies(data[factor]).astype(float).iloc[:, 1:]
        active = data[factor].notna()
        if not active.all():  # nested: contrasts where it is active, else nothing
            dummies = dummies.where(active, np.nan)
            dummies = (dummies - dummies.mean()).fillna(0.0)
        columns |= {f"{factor}_{name}": column for name, column in dummies.items()}
    design = pd.DataFrame(columns)
    design = design.loc[:, (design != 0).any()]
    found = np.linalg.lstsq(design.to_numpy(), data[measure].to_numpy())
    left = data[measure] - design.to_numpy() @ found[0]
    parts = {name: design[name] * size for name, size in zip(design.columns, found[0], strict=True)}
    return float((left**2).sum()), int(found[2]), parts


def grid(value_of, *axes: str) -> View:
    """Every combination of digits, `X01` is X of 0 and of 1; `value_of` is given the values."""
    combinations = itertools.product(*(axis[1:] for axis in axes))
    results = []
    for number, texts in enumerate(combinations, 1):
        values = {axis[0]: text for axis, text in zip(axes, texts, strict=True)}
        params = {f"CONFIG_{name}": text for name, text in values.items()}
        value = value_of(*map(int, texts))
        results.append(made(number, params=params, metrics={"test_acc": value}))
    return view_of(*results, parameters=tuple(f"CONFIG_{axis[0]}" for axis in axes))


def test_in_a_grid_it_is_the_paired_test_and_what_others_do_together_is_no_noise():
    """W adds a little everywhere; X and Y go together, which no sum of effects explains."""
    noise = random.Random(0)
    view = grid(
        lambda w, x, y: 0.2 * w + 5 * (x == y) + noise.gauss(0, 0.1), "W01", "X0123", "Y0123"
    )
    sides = [[one.metrics["test_acc"] for one in view.results if one.params["CONFIG_W"] == w]
             for w in "01"]  # fmt: skip
    effect = of(view).effect("CONFIG_W", "test_acc")
    assert effect.chance == pytest.approx(stats.ttest_rel(*sides).pvalue)
    assert effect.chance < 0.01


def test_what_only_one_value_activates_is_nested_under_it():
    """M, active with O of 1 alone, explains nothing for the others, and is no noise to them."""
    noise = random.Random(1)
    results = []
    for number, (o, m, w) in enumerate(itertools.product("01", "01234567", "01"), 1):
        params = {"CONFIG_O": o, "CONFIG_W": w, **({"CONFIG_M": m} if o == "1" else {})}
        value = 3.0 * int(m) * (o == "1") + int(w) + noise.gauss(0, 0.2)
        results.append(made(number, params=params, metrics={"test_acc": value}))
    found = of(view_of(*results, parameters=("CONFIG_O", "CONFIG_M", "CONFIG_W")))
    shares = {one.factor: one.explained for one in found.effects if one.measure == "test_acc"}
    assert found.effect("CONFIG_W", "test_acc").chance < 1e-6
    assert shares["CONFIG_M"] > 0.95
    assert shares["CONFIG_O"] > 0.4


def test_what_goes_together_by_chance_in_a_random_design_is_shared_out():
    """A truly explains 81 % of what 60 random configurations give."""
    found = []
    for seed in range(15):
        drawn = np.random.default_rng(seed)
        x = drawn.random((60, 4))
        y = 0.9 * x[:, 0] * 12**0.5 + 0.3 * x[:, 1] * 12**0.5 + drawn.normal(0, 0.1**0.5, 60)
        results = [
            made(
                number,
                params={f"CONFIG_{name}": f"{v:.6g}" for name, v in zip("ABCD", row, strict=True)},
                metrics={"test_acc": float(value)},
            )
            for number, (row, value) in enumerate(zip(x, y, strict=True), 1)
        ]
        view = view_of(*results, parameters=tuple(f"CONFIG_{name}" for name in "ABCD"))
        measured = effects(columns_of(view.results, view))
        found.append(next(e.explained for e in measured if e.measure == "test_acc"))
    assert 0.76 <= np.mean(found) <= 0.86


def test_what_a_parameter_does_is_no_noise_to_another():
    """X adds 10, Y adds 1, and there is a little noise: by itself Y seems to do nothing."""
    noise = random.Random(0)
    results = [
        made(
            1 + 6 * x + 3 * y + run,
            params={"CONFIG_X": str(x), "CONFIG_Y": str(y), "CONFIG_Z": "abc"[run]},
            metrics={"test_acc": 10.0 * x + y + noise.gauss(0, 0.1)},
        )
        for x in range(2) for y in range(2) for run in range(3)
    ]  # fmt: skip
    found = of(view_of(*results, parameters=("CONFIG_X", "CONFIG_Y", "CONFIG_Z")))
    chances = [found.effect(f"CONFIG_{name}", "test_acc").chance for name in "XYZ"]
    assert max(chances[:2]) < 1e-6
    assert chances[2] > 0.05


@pytest.mark.parametrize("linked", [True, False])
def test_parameters_that_change_together_are_judged_by_themselves(linked):
    results = [
        made(
            n,
            params={
                "CONFIG_X": str(n % 3),
                "CONFIG_Y": str(10 * (n % 3) if linked else n % 2),
                "CONFIG_Z": str(n // 3 % 2),
            },
            metrics={"test_acc": n % 3 + n / 100},
        )
        for n in range(1, 25)
    ]
    view = view_of(*results, parameters=("CONFIG_X", "CONFIG_Y", "CONFIG_Z"))
    groups = [[n % 3 + n / 100 for n in range(1, 25) if n % 3 == x] for x in range(3)]
    chance = of(view).effect("CONFIG_X", "test_acc").chance
    assert (chance == pytest.approx(stats.f_oneway(*groups).pvalue, rel=1e-6, abs=0)) == linked


def test_a_conditional_parameter_counts_where_it_is_active():
    view = sweep()
    factor = of(view).factor("CONFIG_MOMENTUM")
    active = frame(view)["CONFIG_MOMENTUM"].notna().sum()
    assert (factor.active, factor.conditional) == (active, True)
    effect = of(view).effect("CONFIG_MOMENTUM", "total_time")
    assert sum(one.description.count for one in effect.levels) == active
    assert not of(view).factor("CONFIG_LR").conditional


@pytest.mark.parametrize("seed", range(3))
def test_correlations_are_those_of_scipy(seed):
    view = sweep(seed)
    data = frame(view)
    found = {(one.parameter, one.measure): one for one in of(view).correlations}
    numeric = ["CONFIG_LR", "CONFIG_MOMENTUM", "CONFIG_DROPOUT"]
    assert {parameter for parameter, _ in found} == set(numeric)
    for (parameter, measure), one in found.items():
        both = data[[parameter, measure]].astype(float).dropna()
        assert one.configurations == len(both)
        assert one.pearson == pytest.approx(stats.pearsonr(both[parameter], both[measure])[0])
        assert one.spearman == pytest.approx(stats.spearmanr(both[parameter], both[measure])[0])


def test_the_difference_and_its_interval_by_hand():
    """1 2 3 against 5 7: 2 - 6 = -4, its error sqrt(1/3 + 2/2), with 1.6552 degrees of freedom."""
    values = {"a": (1, 2, 3), "b": (5, 7)}
    pairs = [(level, value) for level, some in values.items() for value in some]
    view = view_of(
        *(
            made(number, params={"CONFIG_X": level}, metrics={"test_acc": float(value)})
            for number, (level, value) in enumerate(pairs, 1)
        ),
        parameters=("CONFIG_X",),
    )
    first, second = of(view).effect("CONFIG_X", "test_acc").levels
    assert (first.difference, second.difference) == (-4, 4)
    freedom = (1 / 3 + 1) ** 2 / ((1 / 3) ** 2 / 2 + 1**2 / 1)
    reach = stats.t.ppf(0.975, freedom) * math.sqrt(4 / 3)
    assert [first.low, first.high] == pytest.approx([-4 - reach, -4 + reach])


def test_a_single_configuration_a_value_has_a_difference_without_interval():
    results = [
        made(n, params={"CONFIG_X": str(n)}, metrics={"test_acc": float(n)}) for n in (1, 2, 3)
    ]
    effect = of(view_of(*results, parameters=("CONFIG_X",))).effect("CONFIG_X", "test_acc")
    assert [one.difference for one in effect.levels] == [-1.5, 0, 1.5]
    assert {(one.low, one.high) for one in effect.levels} == {(None, None)}
    assert (effect.explained, effect.chance) == (None, None)


def test_many_numbers_are_put_in_ranges_of_equal_size_and_say_so():
    results = [
        made(n, params={"CONFIG_X": str(n)}, metrics={"test_acc": float(n)}) for n in range(1, 101)
    ]
    found = of(view_of(*results, parameters=("CONFIG_X",)))
    (factor,) = found.factors
    assert factor.binned
    assert factor.levels == ("1 to 20", "21 to 40", "41 to 60", "61 to 80", "81 to 100")
    effect = found.effect("CONFIG_X", "test_acc")
    assert [one.description.count for one in effect.levels] == [20] * 5


def test_the_rarest_of_very_many_texts_are_one_level():
    texts = ["often"] * 5 + [f"text{n}" for n in range(60)]
    results = [
        made(n, params={"CONFIG_X": text}, metrics={"test_acc": float(n)})
        for n, text in enumerate(texts, 1)
    ]
    (factor,) = of(view_of(*results, parameters=("CONFIG_X",))).factors
    assert (len(factor.levels), factor.binned, factor.numeric) == (50, True, False)
    assert (factor.levels[0], factor.levels[-1]) == ("often", "others")


def with_values(*texts: str) -> Overview:
    results = [
        made(n, params={"CONFIG_X": text}, metrics={"test_acc": float(n)})
        for n, text in enumerate(texts, 1)
    ]
    return of(view_of(*results, parameters=("CONFIG_X",)))


@pytest.mark.parametrize(
    ("texts", "levels"),
    [
        (["0x10", "0x9", "0xff"], ("0x9", "0x10", "0xff")),
        (["10", "9", "-1e3"], ("-1e3", "9", "10")),
        (["1e308", "-1e308", "2e-999"], ("-1e308", "2e-999", "1e308")),
        (["0", "0.0"], ("0", "0.0")),
    ],
)
def test_numbers_are_in_their_order(texts, levels):
    found = with_values(*texts)
    assert (found.factors[0].levels, found.factors[0].numeric) == (levels, True)
    assert (found.correlations[0].pearson is None) == (texts == ["0", "0.0"])


@pytest.mark.parametrize(
    "texts", [["b", "a"], ["2", "auto"], ["1e900", "1"], ["0x" + "f" * 500, "1"]]
)
def test_texts_and_what_is_too_large_are_in_the_order_in_which_they_are_met(texts):
    found = with_values(*texts)
    assert (found.factors[0].levels, found.factors[0].numeric) == (tuple(texts), False)
    assert found.correlations == ()


def test_what_never_varies_is_no_factor_and_has_no_effect():
    results = [
        made(n, params={"CONFIG_SAME": "1", "CONFIG_X": str(n % 2)}, metrics={"test_acc": 0.1})
        for n in range(1, 8)
    ]
    found = of(view_of(*results, parameters=("CONFIG_SAME", "CONFIG_X")))
    assert [factor.name for factor in found.factors] == ["CONFIG_X"]
    assert found.measures["test_acc"].deviation == 0
    assert (found.effects, found.correlations, found.importances) == ((), (), ())
    assert found.tied == tuple(f"config_{n:03}" for n in range(2, 8))


def test_a_measure_that_is_constant_where_a_parameter_is_active_explains_nothing():
    """Rounding must not invent a variance: three times 0.1 by 3 is not 0.1."""
    results = [
        made(n, params={"CONFIG_X": str(n % 2)}, metrics={"test_acc": 0.1}) for n in range(1, 7)
    ] + [made(7, metrics={"test_acc": 9.0})]
    effect = of(view_of(*results, parameters=("CONFIG_X",))).effect("CONFIG_X", "test_acc")
    assert (effect.explained, effect.chance) == (None, None)
    assert {one.difference for one in effect.levels} == {0}


def test_a_sweep_without_results_has_an_empty_overview():
    found = of(view_of())
    assert (found.measures, found.factors, found.effects, found.tied) == ({}, (), (), ())
    assert found.replicates is None


def test_a_metric_named_as_a_column_is_found_under_the_name_it_has_there():
    results = [
        made(n, params={"CONFIG_X": str(n % 3)}, metrics={"status": float(n)}) for n in range(1, 9)
    ]
    view = view_of(*results, parameters=("CONFIG_X",), settings=Settings(metric="status"))
    found = of(view)
    assert [one.metric for one in found.objectives] == ["metric.status"]
    assert found.effect("CONFIG_X", "metric.status") is not None


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(allow_nan=True, allow_infinity=True)),
        max_size=12,
    )
)
def test_whatever_is_measured_the_statistics_are_finite_and_in_order(pairs):
    results = [
        made(n, params={"CONFIG_X": level, "CONFIG_Y": str(n % 3)}, metrics={"test_acc": value})
        for n, (level, value) in enumerate(pairs, 1)
    ]
    found = of(view_of(*results, parameters=("CONFIG_X", "CONFIG_Y")))
    about = [one.description for effect in found.effects for one in effect.levels]
    for one in (*found.measures.values(), *about):
        points = (one.least, one.lower_quartile, one.median, one.upper_quartile, one.greatest)
        assert list(points) == sorted(points)
        assert one.least <= one.mean <= one.greatest
        assert all(map(math.isfinite, (*points, one.mean)))
        assert one.deviation is None or 0 <= one.deviation < math.inf
    for one in found.correlations:
        assert all(-1 <= value <= 1 for value in (one.pearson, one.spearman) if value is not None)
    for one in found.effects:
        assert one.explained is None or 0 <= one.explained <= 1
        assert one.chance is None or 0 <= one.chance <= 1


def test_what_was_chosen_by_factors_goes_by_its_logarithm_and_what_is_ranked_by_comes_first():
    rows = [(f"1e-{n}", -float(n), float(n % 3)) for n in range(1, 7)]
    results = [
        made(n, params={"CONFIG_LR": lr}, metrics={"loss": loss, "test_acc": value})
        for n, (lr, value, loss) in enumerate(rows, 1)
    ]
    columns = columns_of(results, view_of(*results, parameters=("CONFIG_LR",)))
    plain, *_ = correlations(columns)
    first, other = correlations(columns, {"test_acc"}, {"CONFIG_LR"})
    assert plain.measure == "loss"
    assert (first.measure, other.measure) == ("test_acc", "loss")
    assert first.logarithmic
    assert first.pearson == pytest.approx(1)
    assert first.spearman == pytest.approx(1)

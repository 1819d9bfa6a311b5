"""Importance and interactions: worked by hand, and against Optuna."""

from __future__ import annotations

import itertools
import random
import sys
import warnings

import pytest
from scipy import stats

from analysis.making import made, view_of
from ksweep.analysis.importance import ImportanceMethod
from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.view import View
from ksweep.model import Goal, Settings
from ksweep.report.analysis_text import analysis_text


def of(view: View) -> Overview:
    return overview(view, rank(view.results, choose_basis(view.results, view.settings)))


def table(*rows: tuple[dict[str, str], float], goal: Goal = Goal.MAXIMIZE) -> View:
    results = (
        made(number, params={f"CONFIG_{name}": text for name, text in params.items()},
             metrics={"test_acc": value})
        for number, (params, value) in enumerate(rows, 1)
    )  # fmt: skip
    names = dict.fromkeys(f"CONFIG_{name}" for params, _ in rows for name in params)
    return view_of(*results, parameters=tuple(names), settings=Settings(goal=goal))


def shares(found: Overview) -> dict[str, float]:
    return {one.factor: one.share for one in found.importances[0].shares}


# -- explained variance --------------------------------------------------------------------------


def test_explained_variance_by_hand():
    """1 3 against 5 7: 4 of 20 squares are within, so 1 - (4/2) / (20/3) = 0.7 is explained."""
    view = table(
        ({"X": "a", "Y": "u"}, 1), ({"X": "a", "Y": "v"}, 3),
        ({"X": "b", "Y": "u"}, 5), ({"X": "b", "Y": "v"}, 7),
    )  # fmt: skip
    found = of(view)
    effect = found.effect("CONFIG_X", "test_acc")
    assert effect.explained == pytest.approx(0.7)
    assert effect.chance == pytest.approx(stats.f.sf(8, 1, 2))
    assert found.effect("CONFIG_Y", "test_acc").explained == 0
    (importance,) = found.importances
    assert importance.method is ImportanceMethod.EXPLAINED_VARIANCE
    assert (importance.configurations, importance.of) == (4, 4)
    assert shares(found) == {"CONFIG_X": 1, "CONFIG_Y": 0}


def test_a_conditional_parameter_is_judged_where_it_is_active():
    """Without the two in which Y is inactive it explains all."""
    view = table(
        ({"X": "a", "Y": "u"}, 1), ({"X": "a", "Y": "v"}, 9), ({"X": "a", "Y": "u"}, 1),
        ({"X": "a", "Y": "v"}, 9), ({"X": "b"}, 4), ({"X": "b"}, 6),
    )  # fmt: skip
    found = of(view)
    assert found.effect("CONFIG_Y", "test_acc").explained == pytest.approx(1)
    assert found.effect("CONFIG_X", "test_acc").explained == 0
    assert list(shares(found)) == ["CONFIG_Y", "CONFIG_X"]


def test_shares_are_all_zero_where_nothing_matters():
    rows = [({"X": x, "Y": y}, v) for v in (1, 2) for x in "ab" for y in "uv"]
    assert shares(of(table(*rows))) == {"CONFIG_X": 0, "CONFIG_Y": 0}


def test_there_is_no_importance_where_each_value_is_there_once():
    assert of(table(({"X": "a"}, 1), ({"X": "b"}, 2), ({"X": "c"}, 5))).importances == ()


# -- PED-ANOVA -----------------------------------------------------------------------------------


def many(count: int, goal: Goal = Goal.MAXIMIZE) -> View:
    """X matters most, Y is active only where X is a, Z is drawn and does not matter."""
    drawn = random.Random(1)
    rows = []
    for _ in range(count):
        params = {"X": drawn.choice("abc"), "Z": f"{drawn.random():.6g}"}
        params |= {"Y": drawn.choice("uv")} if params["X"] == "a" else {}
        sign = 1 if goal is Goal.MAXIMIZE else -1
        value = 3 * (params["X"] == "a") + 0.2 * (params.get("Y") == "u") + drawn.gauss(0, 0.5)
        rows.append((params, sign * value))
    return table(*rows, goal=goal)


@pytest.mark.parametrize("goal", list(Goal))
def test_importance_is_that_of_optuna(goal):
    """Asked here with everything spelled out."""
    import optuna

    view = many(120, goal)
    view = view_of(*view.results, parameters=("CONFIG_X", "CONFIG_Y"), settings=view.settings)
    view = view_of(
        *(
            made(n, params={k: v for k, v in one.params.items() if k != "CONFIG_Z"},
                 metrics=dict(one.metrics))
            for n, one in enumerate(view.results, 1)
        ),
        parameters=view.parameters, settings=view.settings,
    )  # fmt: skip
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize" if goal is Goal.MAXIMIZE else "minimize")
    domains = {"CONFIG_X": ("a", "b", "c"), "CONFIG_Y": ("u", "v")}
    for one in view.results:
        study.add_trial(
            optuna.trial.create_trial(
                value=one.metrics["test_acc"],
                params=dict(one.params),
                distributions={
                    name: optuna.distributions.CategoricalDistribution(domains[name])
                    for name in one.params
                },
            )
        )
    with warnings.catch_warnings(action="ignore"):
        expected = optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.1)
        )
    found = of(view)
    assert found.importances[0].method is ImportanceMethod.PED_ANOVA
    assert shares(found) == pytest.approx(expected)


def test_what_matters_comes_first_and_drawn_numbers_are_judged_by_their_order():
    found = shares(of(many(300)))
    assert next(iter(found)) == "CONFIG_X"
    assert found["CONFIG_Z"] < 0.1
    assert sum(found.values()) == pytest.approx(1)


def test_very_many_configurations_are_thinned_out_always_the_same_way():
    first, again = of(many(2_500)), of(many(2_500))
    assert (first.importances[0].configurations, first.importances[0].of) == (2_000, 2_500)
    assert first.importances == again.importances


@pytest.fixture
def _without_optuna(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)


@pytest.mark.usefixtures("_without_optuna")
def test_without_optuna_it_is_explained_variance_by_its_name():
    (found,) = of(many(300)).importances
    assert found.method is ImportanceMethod.EXPLAINED_VARIANCE
    assert found.shares[0].factor == "CONFIG_X"


# -- interactions --------------------------------------------------------------------------------


def test_an_interaction_by_hand():
    """Cells' means 0 0 0 4, each from two values at a distance of 1.

    Of 32 squares 8 are within the cells, and 8 more are left by the best sum of two effects.
    """
    rows = [
        ({"X": x, "Y": y}, 4 * (x == "b" and y == "v") + away)
        for x in "ab" for y in "uv" for away in (-1, 1)
    ]  # fmt: skip
    (found,) = of(table(*rows)).interactions
    assert (found.one, found.other, found.configurations) == ("CONFIG_X", "CONFIG_Y", 8)
    assert (found.apart, found.together) == pytest.approx((0.5, 0.75))
    assert found.chance == pytest.approx(stats.f.sf(4, 1, 4))
    assert [(c.one, c.other, c.configurations, c.mean) for c in found.cells] == [
        ("a", "u", 2, 0), ("a", "v", 2, 0), ("b", "u", 2, 0), ("b", "v", 2, 4),
    ]  # fmt: skip


def test_effects_that_add_up_do_not_interact():
    rows = [({"X": x, "Y": y}, float(x) * 0.1 + float(y) * 0.7) for x in "012" for y in "01"] * 2
    (found,) = of(table(*rows)).interactions
    assert found.apart == pytest.approx(found.together)
    assert found.chance == 1


def test_one_configuration_a_pair_cannot_tell_an_interaction_from_noise():
    rows = [({"X": x, "Y": y}, float(x) * float(y)) for x in "012" for y in "012"]
    (found,) = of(table(*rows)).interactions
    assert found.chance is None
    assert found.apart < found.together


def test_parameters_that_change_together_are_passed_over():
    """Y says the same as X, so it is X and Z that are looked at."""
    rows = [
        ({"X": x, "Y": x.upper(), "Z": z}, 5 * (x == "b") + (z == "1") + away)
        for x in "ab" for z in "01" for away in (0, 0.5)
    ]  # fmt: skip
    (found,) = of(table(*rows)).interactions
    assert {found.one, found.other} == {"CONFIG_X", "CONFIG_Z"}
    linked = [({"X": x, "Y": x.upper()}, value) for x, value in zip("aabb", range(4), strict=True)]
    assert of(table(*linked)).interactions == ()


def test_a_parameter_that_the_other_switches_off_is_passed_over():
    rows = [({"X": "a", "Y": y}, v) for y in "uv" for v in (1, 2)] + [({"X": "b"}, 9)] * 2
    assert of(table(*rows)).interactions == ()


def test_the_strongest_interaction_is_told_whatever_the_importance():
    """X and Y do nothing by themselves and much together; A and B add up."""
    noise = random.Random(0)
    rows = [
        (
            {"A": a, "B": b, "X": x, "Y": y},
            int(a) + 0.8 * int(b) + 3 * (x == y) + noise.gauss(0, 0.1),
        )
        for a, b, x, y in itertools.product("01", repeat=4)
    ]
    found = of(table(*rows)).interactions
    assert [{one.one, one.other} for one in found] == [
        {"CONFIG_A", "CONFIG_B"}, {"CONFIG_X", "CONFIG_Y"},
    ]  # fmt: skip
    assert found[1].chance < 0.05 / 6


def test_no_pair_is_the_strongest_by_chance():
    noise = random.Random(1)
    rows = [
        ({"A": a, "B": b, "C": c}, noise.gauss(0, 1))
        for a, b, c in itertools.product("012", repeat=3)
    ]
    assert len(of(table(*rows)).interactions) == 1


def test_what_cannot_be_judged_is_told_and_is_not_said_to_have_no_effect():
    noise = random.Random(0)
    rows = [({"LR": f"{noise.random():.5f}", "X": "ab"[n % 2]}, n % 3) for n in range(12)]
    view = table(*rows)
    (found,) = of(view).importances
    assert (found.unjudged, [one.factor for one in found.shares]) == (("CONFIG_LR",), ["CONFIG_X"])
    text = analysis_text(view, of(view), 3)
    assert "Not judged, as almost every value ran once: CONFIG_LR\n" in text
    assert "no other parameter has a visible effect" in text

"""Importance and interactions: worked by hand, and against Optuna."""

from __future__ import annotations

import itertools
import random
import sys

import pytest
from scipy import stats

from analysis.making import made, view_of
from ksweep.analysis.importance import ImportanceMethod
from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.view import View
from ksweep.model import Goal, Settings, TrialState
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


def test_a_conditional_parameter_is_judged_where_it_is_active():
    """Without the two in which Y is inactive it explains all."""
    view = table(
        ({"X": "a", "Y": "u"}, 1), ({"X": "a", "Y": "v"}, 9), ({"X": "a", "Y": "u"}, 1),
        ({"X": "a", "Y": "v"}, 9), ({"X": "b"}, 4), ({"X": "b"}, 6),
    )  # fmt: skip
    found = of(view)
    assert found.effect("CONFIG_Y", "test_acc").explained == pytest.approx(1)
    assert found.effect("CONFIG_X", "test_acc").explained == 0


def test_of_few_configurations_nothing_is_said_and_why():
    (found,) = of(table(({"X": "a"}, 1), ({"X": "b"}, 2), ({"X": "c"}, 5))).importances
    assert found.shares == ()
    assert (
        found.why_not == "a model of fewer than 10 configurations cannot be seen to predict others"
    )


# -- functional ANOVA ----------------------------------------------------------------------------


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


def test_what_matters_comes_first_and_drawn_numbers_are_judged_by_their_order():
    found = shares(of(many(300)))
    assert next(iter(found)) == "CONFIG_X"
    assert found["CONFIG_Z"] < 0.1
    assert sum(found.values()) == pytest.approx(1)


def test_very_many_configurations_are_thinned_out_always_the_same_way():
    first, again = of(many(2_500)), of(many(2_500))
    assert (first.importances[0].configurations, first.importances[0].of) == (2_000, 2_500)
    assert first.importances == again.importances


def test_parameters_that_only_matter_together_come_before_one_that_does_not():
    noise = random.Random(0)
    rows = [
        ({"A": a, "X": x, "Y": y}, (x != y) + noise.gauss(0, 0.2))
        for a, x, y in itertools.product("012", "01", "01") for _ in range(3)
    ]  # fmt: skip
    found = shares(of(table(*rows)))
    assert list(found)[2] == "CONFIG_A"
    assert found["CONFIG_A"] < 0.1


def test_of_noise_nothing_is_said():
    """One of them conditional. At most 3 of 50 sweeps may show shares; here are ten."""
    shown = []
    for seed in range(10):
        drawn = random.Random(seed)
        rows = []
        for _ in range(40):
            params = {"X": drawn.choice("ab"), "Z": f"{drawn.random():.6g}"}
            params |= {"HIDDEN": f"{drawn.random():.6g}"} if params["X"] == "a" else {}
            rows.append((params, drawn.gauss(0, 1)))
        (found,) = of(table(*rows)).importances
        assert bool(found.shares) is not bool(found.why_not)
        shown.append(bool(found.shares))
    assert sum(shown) <= 1


def test_a_hidden_parameter_does_not_stand_for_what_hides_it():
    """Z is active where X is a: what X does is none of its importance."""
    drawn = random.Random(0)
    rows = []
    for _ in range(80):
        params = {"X": drawn.choice("ab")}
        params |= {"Z": f"{drawn.random():.6g}"} if params["X"] == "a" else {}
        rows.append((params, 2 * (params["X"] == "a") + drawn.gauss(0, 0.2)))
    found = shares(of(table(*rows)))
    assert found["CONFIG_Z"] < 0.1


def test_what_is_left_out_is_named():
    view = many(30)
    stopped = [
        made(n, state, params={"CONFIG_X": "a"}, metrics={})
        for n, state in enumerate([TrialState.PRUNED] * 3 + [TrialState.FAILED], 31)
    ]
    view = view_of(*view.results, *stopped, parameters=view.parameters)
    text = analysis_text(view, of(view), 3)
    assert "Left out: failed 1, pruned 3; only what succeeded is looked at, and after early" in text


@pytest.fixture
def _without_sklearn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)


@pytest.mark.usefixtures("_without_sklearn")
def test_without_scikit_learn_it_is_explained_variance_by_its_name_where_it_is_no_chance():
    (found,) = of(many(300)).importances
    assert found.method is ImportanceMethod.EXPLAINED_VARIANCE
    assert found.shares[0].factor == "CONFIG_X"
    assert "CONFIG_Z" not in [one.factor for one in found.shares]
    drawn = random.Random(0)
    noise = [({"X": drawn.choice("abc")}, drawn.gauss(0, 1)) for _ in range(30)]
    (found,) = of(table(*noise)).importances
    assert (found.shares, found.why_not) == (
        (), "no parameter explains more by itself than chance would",
    )  # fmt: skip


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

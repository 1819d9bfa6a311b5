from __future__ import annotations

import json
from dataclasses import fields

import pytest

from ksweep.analysis.overview import Overview, overview
from ksweep.report.overview_json import analysis_value, overview_value
from report.cases import CASES, ranking_of, view_of_case


def value_of(case):
    view = view_of_case(case)
    found = overview_value(overview(view, ranking_of(view)))
    return json.loads(json.dumps(found, allow_nan=False))


@pytest.mark.parametrize("case", CASES)
def test_json_holds_all_of_it(case):
    trials_alone, names = {"ends"}, {"best", "indistinguishable"}
    fields_of_all = {field.name for field in fields(Overview)}
    assert set(value_of(case)) == fields_of_all - trials_alone | names


def test_failures_by_cause():
    first, *_ = value_of("failures_explained")["causes"]
    share = first["shares"][0]
    assert first["status"] == "oom"
    assert first["failures"] == len(first["trials"]) == share["of_failures"] > 1
    assert set(share["trait"]) == {"parameter", "relation", "value"}


def test_replicates_as_a_program_reads_them():
    found = value_of("replicated")
    best = found["replicates"]["leading"][0]
    assert best["name"] == found["ranking"]["ranked"][0] == "config_007"
    assert best["estimates"]["test_acc"]["runs"] == 3
    assert best["estimates"]["test_acc"]["mean"] == pytest.approx((83.8 + 85.1 + 84.2) / 3)
    assert found["replicates"]["test"].startswith("multiple comparisons with the best")
    others = [one["name"] for one in found["replicates"]["leading"] if one["indistinct"]]
    assert (found["best"], found["indistinguishable"]) == ("config_007", others)
    assert found["replicates"]["indistinct"] == len(others)
    assert found["objectives"] == [{"metric": "test_acc", "goal": "maximize", "weight": 1.0}]


def test_where_the_noise_is_not_known_nothing_is_said_to_be_equal():
    assert value_of("what_next")["best"] is not None
    assert value_of("what_next")["indistinguishable"] is None
    assert value_of("nothing_succeeded")["best"] is None


def test_importance_says_how_it_was_found():
    found = value_of("failures_explained")["importances"][0]
    assert (found["method"], found["why_not"]) == ("functional ANOVA", "")
    assert found["shares"][0]["factor"] == "CONFIG_BATCH_SIZE"


def test_what_to_try_next_is_a_list_of_rules_with_their_lines():
    view = view_of_case("what_next")
    found = analysis_value(view, overview(view, ranking_of(view)))["suggestions"]
    assert [(one["rule"], one["line"]) for one in found] == [
        ("extend", "CONFIG_LR=1e-5:*10:1e-1"),
        ("fix", "CONFIG_AMP=y"),
        ("fix", "CONFIG_BATCH=128"),
        ("repeat", "CONFIG_SWEEP_REPEAT=3"),
        ("refine", "ksweep refine /results/sweep_20260301_220000 -o finer-range"),
        ("exclude", "exclude if BATCH = 512"),
    ]
    assert all(one["what"] and one["why"] for one in found)

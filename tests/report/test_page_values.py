"""The values that the page draws, and the file around them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from analysis.making import made as made_result

from ksweep.metrics import Reader
from ksweep.model import Goal, Objective, TrialState
from ksweep.report import page
from ksweep.report.page import Curves
from ksweep.report.page import values as values_module
from ksweep.report.page.columns import thinned
from report.sweeps import HOSTILE, SETTINGS, Trial, lay_out, trials, values


def column(document: page.Document, kind: str, name: str) -> dict[str, object]:
    return next(one for one in document[kind] if one["name"] == name)


def test_columns_have_every_trial(tmp_path: Path):
    tried = [
        Trial({"CONFIG_LR": "1e-2", "CONFIG_OPT_ADAM": "y", "CONFIG_OPT_SGD": "n"}, {"acc": 88.0}),
        Trial({"CONFIG_LR": "0.001", "CONFIG_OPT_ADAM": "n", "CONFIG_OPT_SGD": "y"}, {"acc": 89.5}),
        Trial({"CONFIG_OPT_ADAM": "n", "CONFIG_OPT_SGD": "y"}, {"acc": float("nan")}),
        Trial({"CONFIG_LR": "1e-2"}, status=TrialState.PENDING),
    ]
    made = values(lay_out(tmp_path, tried))
    assert made["trials"]["names"] == ["config_001", "config_002", "config_003", "config_004"]
    assert made["trials"]["status"] == {"levels": ["success", "pending"], "codes": [0, 0, 0, 1]}
    assert made["trials"]["started"] == [0.0, 1.0, 2.0, None]
    assert made["trials"]["finished"] == [2.0, 3.0, 4.0, None]
    assert column(made, "parameters", "LR") == {
        "name": "LR", "levels": ["0.001", "1e-2"], "numbers": [0.001, 0.01], "codes": [1, 0, -1, 1],
    }  # fmt: skip
    choice = {"name": "OPT", "levels": ["ADAM", "SGD"], "numbers": None, "codes": [0, 1, 1, -1]}
    assert column(made, "parameters", "OPT") == choice
    assert column(made, "measured", "acc") == {
        "name": "acc", "kind": "metric", "goal": "maximize", "values": [88, 89.5, None, None],
    }  # fmt: skip
    assert (made["ranked"], made["ended"], made["total"]) == ([1, 0], 3, 4)
    assert made["basis"]["unranked"] == 1


def test_which_end_is_good_is_what_was_said_else_a_guess(tmp_path: Path):
    aims = (Objective("acc", Goal.MAXIMIZE), Objective("cpu_s", Goal.MAXIMIZE))
    settings = replace(SETTINGS, objectives=aims)
    metrics = {"acc": 1.0, "val_loss": 2.0, "f1": 0.5}
    made = values(lay_out(tmp_path, [Trial({"CONFIG_LR": "1"}, metrics)], settings))
    goals = {one["name"]: one["goal"] for one in made["measured"]}
    assert goals["acc"] == goals["f1"] == "maximize"
    assert goals["val_loss"] == goals["total_time"] == goals["peak_rss_mb"] == "minimize"


def test_a_metric_with_the_name_of_a_parameter_leaves_it_to_the_metric(tmp_path: Path):
    made = values(lay_out(tmp_path, [Trial({"CONFIG_LR": "1"}, {"LR": 3.0, "acc": 1.0})]))
    assert column(made, "parameters", "CONFIG_LR")["levels"] == ["1"]
    assert column(made, "measured", "LR")["values"] == [3]


def test_the_best_ten_have_curves(tmp_path: Path):
    made = values(lay_out(tmp_path, trials(30)))
    assert [one["name"] for one in made["curves"]] == [
        made["trials"]["names"][row] for row in made["ranked"][:10]
    ]
    steps, drawn = made["curves"][0]["metrics"]["acc"]
    assert steps == [1, 2, 3, 4, 5]
    assert drawn == sorted(drawn)


def test_a_long_curve_is_thinned_out_to_its_end(tmp_path: Path):
    log = "".join(f"acc: {step}\n" for step in range(1, 10_001))
    made = values(lay_out(tmp_path, [Trial({"CONFIG_LR": "1"}, {"acc": 10_000.0}, log=log)]))
    steps, drawn = made["curves"][0]["metrics"]["acc"]
    assert len(steps) <= 302
    assert (steps[0], steps[-1], drawn[-1]) == (1, 10_000, 10_000)


def test_failures_say_what_they_share(tmp_path: Path):
    cause = values(lay_out(tmp_path, trials(30)))["failures"][0]
    assert (cause["status"], cause["count"], cause["error"]) == ("failed", 3, "exit code 3")
    assert cause["names"] == ["config_010", "config_020", "config_030"]
    assert cause["log"] == "no such file\n"


def test_nothing_that_has_ended_yet(tmp_path: Path):
    made = values(lay_out(tmp_path, [Trial({"CONFIG_LR": "1"}, status=TrialState.PENDING)]))
    assert made["ranked"] == made["curves"] == made["measured"] == made["failures"] == []
    assert made["basis"]["none"] == "None: no trial has succeeded."
    assert made["remaining_seconds"] is None


def test_of_too_many_trials_the_page_has_the_best_and_a_spread(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(values_module, "MOST_TRIALS", 20)
    monkeypatch.setattr(values_module, "_BEST_KEPT", 5)
    results = lay_out(tmp_path, trials(100))
    made = values(results)
    assert made["count"] == 100
    assert 15 <= len(made["trials"]["names"]) <= 21
    monkeypatch.undo()
    whole = values(results)
    best = [whole["trials"]["names"][row] for row in whole["ranked"][:5]]
    assert [made["trials"]["names"][row] for row in made["ranked"][:5]] == best


def test_of_too_many_trials_each_has_the_score_and_place_that_it_has_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    aims = (Objective("acc", Goal.MAXIMIZE), Objective("total_time", Goal.MINIMIZE))
    results = lay_out(tmp_path, trials(100), replace(SETTINGS, objectives=aims))

    def told(made: page.Document) -> dict[str, tuple[int, float]]:
        names = [made["trials"]["names"][row] for row in made["ranked"]]
        places = made["places"] or range(1, len(names) + 1)
        return dict(zip(names, zip(places, made["scores"], strict=True), strict=True))

    whole = told(values(results))
    monkeypatch.setattr(values_module, "MOST_TRIALS", 20)
    monkeypatch.setattr(values_module, "_BEST_KEPT", 5)
    made = values(results)
    part = told(made)
    assert part == {name: whole[name] for name in part}
    assert len(part) < made["ranked_of"] == len(whole)


def test_the_name_of_a_resource_means_the_resource(tmp_path: Path):
    aims = (Objective("acc", Goal.MAXIMIZE), Objective("total_time", Goal.MINIMIZE))
    log = "".join(f'KSWEEP {{"step": {n}, "total_time": {n}}}\n' for n in range(3))
    tried = [Trial({"CONFIG_LR": "1"}, {"acc": 1.0, "total_time": 7.0}, log=log)]
    made = values(lay_out(tmp_path, tried, replace(SETTINGS, objectives=aims)))
    assert [one["metric"] for one in made["basis"]["objectives"]] == ["acc", "total_time"]
    assert made["order"] == ["acc", "metric.total_time", "total_time", "peak_rss_mb"]
    assert list(made["curves"][0]["metrics"]) == ["metric.total_time"]


def test_another_attempt_has_a_curve_of_its_own(tmp_path: Path):
    results = lay_out(tmp_path, [Trial({"CONFIG_LR": "1"}, status=TrialState.RUNNING)])
    [entry] = results.entries
    first = results.trial(entry)
    running = replace(made_result(1, TrialState.RUNNING), name=entry.name)
    Path(first.path, "training_metrics.json").write_text('{"acc": [1, 2, 3]}', "utf-8")
    with Reader() as reader:
        curves = Curves(SETTINGS.query, reader)
        [told] = curves.of([(running, first)], {})
        assert told["metrics"]["acc"] == [[1, 2, 3], [1, 2, 3]]
        Path(first.path, "training_metrics.json").unlink()
        assert curves.of([(replace(running, attempt=2), results.trial(entry))], {}) == []


@pytest.mark.parametrize(
    ("count", "most", "always", "expected"),
    [(3, 5, [], [0, 1, 2]), (10, 5, [], [0, 2, 4, 6, 8]), (10, 5, [9], [0, 2, 5, 7, 9])],
)
def test_thinning(count: int, most: int, always: list[int], expected: list[int]):
    assert thinned(count, most, always) == expected


def test_origin_has_what_there_is_and_no_more(tmp_path: Path):
    provenance = {
        "host": "box",
        "cores": 4,
        "commit": "1234",
        "dirty": True,
        "cpu": None,
        "gpus": [{"name": "G", "memory_mb": 5}],
    }
    texts = {"a-range": "CONFIG_LR=1\n"}
    made = values(lay_out(tmp_path, trials(1), provenance=provenance, range_file={"texts": texts}))[
        "origin"
    ]
    tables = {one["title"]: dict(one["rows"]) for one in made["tables"]}
    assert tables["Machine"] == {"Host": "box", "Cores": "4", "GPU 0": "G, 5"}
    assert tables["Code"] == {"Commit": "1234", "Differs from the commit": "yes"}
    none = values(lay_out(tmp_path, trials(1), provenance={"commit": None, "dirty": False}))
    assert "Code" not in {one["title"] for one in none["origin"]["tables"]}
    assert tables["Settings"] == {"metric": "acc"}
    assert made["texts"] == [{"title": "a-range", "text": "CONFIG_LR=1\n"}]
    damaged = values(lay_out(tmp_path, trials(1), provenance=[], range_file="x"))["origin"]
    assert [one["title"] for one in damaged["tables"]] == ["Sweep", "Settings"]


# -- the file --------------------------------------------------------------------------------------


def data_of(text: str) -> tuple[str, str]:
    found = re.search(r'<script id="data" type="([a-z/]+)">([^<]*)</script>', text)
    assert found is not None
    return found[1], found[2]


def test_the_file_has_the_values_and_lets_no_text_be_markup(tmp_path: Path):
    hostile = {"CONFIG_LR": "1", "CONFIG_LABEL": HOSTILE + "</script>&\u2028{{script}}"}
    made = values(lay_out(tmp_path, [Trial(hostile, {"acc": 1.0, HOSTILE: 2.0}, log=HOSTILE)]))
    text = page.page(made)
    assert HOSTILE not in text
    kind, data = data_of(text)
    assert kind == "application/json"
    assert json.loads(data) == made


def test_a_large_one_is_packed(tmp_path: Path, monkeypatch):
    from ksweep.report.page import html

    made = values(lay_out(tmp_path, trials(30)))
    monkeypatch.setattr(html, "_PACKED_FROM", 1000)
    kind, data = data_of(page.page(made))
    assert kind == "application/gzip"
    assert json.loads(gzip.decompress(base64.b64decode(data))) == made


def test_the_policy_names_the_script_and_the_style_that_are_there(tmp_path: Path):
    text = page.page(values(lay_out(tmp_path, trials(3))))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    for tag in ("script", "style"):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert "default-src 'none'" in policy[1]
    assert "connect-src 'none'" in policy[1]
    assert "connect-src 'self'" in page.live_page("x")


def test_the_title_is_text():
    assert "<title>&lt;b&gt; - ksweep</title>" in page.live_page("<b>")


def test_the_scripts_put_no_markup_into_the_page():
    text = page.live_page("x")
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
    ):
        assert way not in text

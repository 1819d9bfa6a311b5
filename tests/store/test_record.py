import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep.errors import InputError
from ksweep.model import Cause, Pruning, Resources, Result, TrialState
from ksweep.store import from_json, to_json
from ksweep.store.record import from_line, to_line
from store.making import entry, result

_texts = st.text(max_size=20)
_seconds = st.none() | st.floats(0, 1e9)
_steps = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_results = st.builds(
    Result,
    name=_texts,
    id=_texts,
    status=st.sampled_from(TrialState),
    exit_code=st.none() | st.integers(-64, 255),
    attempt=st.integers(1, 99),
    started_at=_texts,
    finished_at=_texts,
    host=_texts,
    params=st.dictionaries(_texts, _texts),
    repeat=st.integers(1, 9),
    metrics=st.dictionaries(_texts, st.floats(allow_nan=False)),
    resources=st.builds(Resources, wall_s=_seconds, energy_kwh=_seconds),
    reused_from=st.none() | _texts,
    pruned=st.none() | st.builds(Pruning, _steps, st.floats(allow_nan=False), _texts),
    cause=st.none() | st.sampled_from(Cause),
    error=st.none() | _texts,
    log_tail=st.none() | _texts,
)


@given(_results)
def test_a_result_comes_back_from_its_line(one):
    line = to_line(one)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert from_line(line, "result.json") == one


@pytest.mark.parametrize("cause", ["of a later ksweep", 3, None])
def test_a_cause_that_is_not_known_is_none(cause):
    document = {**to_json(result(entry(17))), "cause": cause}
    assert from_json(document, "result.json") == result(entry(17))


def test_the_keys_are_the_published_ones():
    document = to_json(result(entry(17)))
    assert list(document) == [
        "version", "name", "id", "repeat", "status", "exit_code", "attempt", "started_at",
        "finished_at", "host", "params", "metrics", "resources", "reused_from",
    ]  # fmt: skip
    assert list(document["resources"]) == [
        "wall_s", "cpu_s", "peak_rss_mb", "read_mb", "write_mb", "gpu_util_avg", "gpu_peak_mb",
        "energy_kwh",
    ]  # fmt: skip
    assert document["version"] == 1
    assert document["resources"]["energy_kwh"] is None


def test_what_is_not_finite_is_a_text_on_disk():
    values = {"a": math.nan, "b": math.inf, "c": -math.inf}
    one = result(entry(1))
    line = to_line(Result(**{**_fields(one), "metrics": values}))
    assert json.loads(line)["metrics"] == {"a": "nan", "b": "inf", "c": "-inf"}
    back = from_line(line, "result.json")
    assert math.isnan(back.metrics["a"])
    assert back.metrics["b"] == math.inf


def test_half_a_surrogate_in_a_log_does_no_harm():
    one = Result(**{**_fields(result(entry(1))), "log_tail": "caf\udce9"})
    assert from_line(to_line(one), "result.json") == one


@pytest.mark.parametrize("damaged", [b"", b"\0\0\0", b"{}", b"[1]", b'{"version": 1', b"\xff\xfe"])
def test_what_is_no_record_is_none(damaged):
    assert from_line(damaged, "result.json") is None


def test_why_a_trial_was_stopped_early_is_told_where_it_was():
    rule = "median: 71.2 at step 9 is below the median"
    one = replace(result(entry(1)), status=TrialState.PRUNED, pruned=Pruning(9, 71.2, rule))
    document = to_json(replace(one, error=rule))
    assert list(document)[-2:] == ["pruned", "error"]
    assert document["pruned"] == {"step": 9, "value": 71.2, "rule": rule}
    assert from_json(document, "result.json") == replace(one, error=rule)
    assert "pruned" not in to_json(result(entry(1)))


def test_a_value_that_is_not_finite_may_have_stopped_a_trial():
    line = to_line(replace(result(entry(1)), pruned=Pruning(3, -math.inf, "worst")))
    assert json.loads(line)["pruned"]["value"] == "-inf"
    back = from_line(line, "result.json")
    assert back.pruned == Pruning(3, -math.inf, "worst")


@pytest.mark.parametrize(
    "pruned",
    [
        "stopped",
        7,
        [],
        {},
        {"step": 1, "value": 2},
        {"step": 1, "value": 2, "rule": 3},
        {"step": "1", "value": 2, "rule": "x"},
        {"step": 1, "value": None, "rule": "x"},
        {"step": 1, "value": 10**400, "rule": "x"},
    ],
)
def test_a_record_with_a_damaged_reason_for_its_stop_is_none(pruned):
    document = {**to_json(result(entry(1))), "pruned": pruned}
    assert from_json(document, "result.json") is None


@pytest.mark.parametrize("key", ["name", "status", "attempt", "params", "metrics"])
def test_a_record_without_one_of_its_keys_is_none(key):
    document = to_json(result(entry(1)))
    del document[key]
    assert from_json(document, "result.json") is None


def test_a_newer_version_is_an_error_and_not_damage():
    document = {**to_json(result(entry(1))), "version": 2}
    with pytest.raises(InputError) as caught:
        from_json(document, "d/result.json")
    assert str(caught.value) == (
        "d/result.json: this is version 2 of the format, and this ksweep knows up to 1; "
        "use the newer ksweep that wrote it"
    )


def _fields(one: Result) -> dict[str, object]:
    return {name: getattr(one, name) for name in Result.__dataclass_fields__}


def test_whole_numbers_on_disk_are_measured_as_any_other():
    document = to_json(replace(result(entry(1)), resources=Resources(wall_s=1.5)))
    measured = {**document, "resources": {"wall_s": 3, "read_mb": 0}}
    found = from_json(measured, "result.json")
    assert found is not None
    assert isinstance(found.resources.wall_s, float)
    assert from_json({**document, "resources": {"wall_s": 10**400}}, "result.json") is None

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.making import made
from ksweep.analysis.records import columns, flat_records, param_value
from ksweep.measures import metric_columns
from ksweep.model import TrialState

HEAD = ["config_file", "id", "repeat", "status", "exit_code"]
TAIL = [
    "total_time", "cpu_s", "peak_rss_mb", "read_mb", "write_mb", "gpu_util_avg", "gpu_peak_mb",
    "energy_kwh", "dir",
]  # fmt: skip


def test_a_record_has_everything_under_its_name():
    result = made(
        17,
        params={"CONFIG_LR": "1e-3", "CONFIG_N": "4"},
        metrics={"acc": 0.5},
        wall_s=2.5,
        cpu_s=1.0,
    )
    (record,) = flat_records([result], ["CONFIG_LR", "CONFIG_N"], ["config_017_x"])
    assert list(record) == [*HEAD, "CONFIG_LR", "CONFIG_N", "acc", *TAIL]
    assert record["config_file"] == "config_017"
    assert record["status"] == "success"
    assert record["CONFIG_LR"] == 0.001
    assert record["CONFIG_N"] == 4
    assert isinstance(record["CONFIG_N"], int)
    assert record["acc"] == 0.5
    assert record["total_time"] == 2.5
    assert record["peak_rss_mb"] is None
    assert record["dir"] == "config_017_x"


def test_a_repetition_names_its_configuration():
    from dataclasses import replace

    again = replace(made(17), name="config_017.r2", repeat=2)
    (record,) = flat_records([again], [], ["config_017_x.r2"])
    assert (record["config_file"], record["repeat"]) == ("config_017", 2)


def test_inactive_parameters_are_null_in_every_record():
    results = [made(1, params={"CONFIG_A": "x"}), made(2, params={"CONFIG_B": "y"})]
    first, second = flat_records(results, ["CONFIG_A", "CONFIG_B", "CONFIG_C"], ["1", "2"])
    assert list(first) == list(second)
    assert (first["CONFIG_A"], first["CONFIG_B"], first["CONFIG_C"]) == ("x", None, None)
    assert (second["CONFIG_A"], second["CONFIG_B"], second["CONFIG_C"]) == (None, "y", None)


def test_a_trial_that_has_not_run_is_there_with_nothing_measured():
    results = [made(1, metrics={"acc": 1.0}), made(2, TrialState.PENDING, exit_code=None)]
    _, pending = flat_records(results, [], ["1", "2"])
    assert (pending["status"], pending["acc"], pending["total_time"]) == ("pending", None, None)


def test_metrics_step_aside_where_their_name_is_taken():
    metrics = {"status": 1.0, "total_time": 2.0, "CONFIG_LR": 3.0, "acc": 4.0, "wall_s": 5.0}
    (record,) = flat_records([made(1, params={"CONFIG_LR": "9"}, metrics=metrics)], [], ["d"])
    assert record["status"] == "success"
    assert record["CONFIG_LR"] == 9
    assert record["total_time"] is None
    shown = {
        name: record[name] for name in ("metric.status", "metric.total_time", "metric.CONFIG_LR")
    }
    assert shown == {"metric.status": 1.0, "metric.total_time": 2.0, "metric.CONFIG_LR": 3.0}
    assert (record["acc"], record["wall_s"]) == (4.0, 5.0)


@given(
    st.lists(st.sampled_from(["id", "metric.id", "metric.metric.id", "acc", "dir"]), unique=True),
    st.sets(st.sampled_from(["id", "dir", "metric.dir"])),
)
def test_every_metric_has_a_column_of_its_own(names: list[str], taken: set[str]):
    found = metric_columns(names, taken)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert not set(found.values()) & taken
    assert all(column.endswith(name) for name, column in found.items())


@given(
    st.dictionaries(st.text(), st.floats(), max_size=4),
    st.dictionaries(st.text().map("CONFIG_{}".format), st.text(), max_size=4),
)
def test_the_records_are_strict_json_and_keep_every_finite_value(metrics, params):
    result = made(1, metrics=metrics, params=params)
    (record,) = flat_records([result], list(params), ["d"])
    assert tuple(record) == columns([result], list(params))
    read = json.loads(json.dumps(record, allow_nan=False))
    assert read == record
    kept = [value for value in metrics.values() if math.isfinite(value)]
    assert all(value in record.values() for value in kept)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4), ("-4", -4), ("+4", 4), ("007", 7), ("0.1", 0.1), ("1e-5", 1e-5), ("5.0", 5.0),
        ("y", "y"), ("", ""), ("0x10", "0x10"), ("ff", "ff"), ("nan", "nan"), ("inf", "inf"),
        ("1_000", "1_000"), (" 1", " 1"), ("1 ", "1 "), ("[128, 64]", "[128, 64]"), ("1e400", "1e400"),
        ("1e-400", "1e-400"), ("0e-400", 0.0), ("9" * 500, "9" * 500), ("1:2", "1:2"),
        ("٣", "٣"), ("9007199254740993", 9007199254740993),
    ],
)  # fmt: skip
def test_param_value(text, value):
    found = param_value(text)
    assert found == value
    assert type(found) is type(value)


@given(st.decimals(allow_nan=False, allow_infinity=False).map(str))
def test_param_value_of_a_decimal_is_near_it(text: str):
    found = param_value(text)
    if not isinstance(found, str):
        assert math.isclose(Decimal(found), Decimal(text), rel_tol=1e-15)

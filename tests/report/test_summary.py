"""The summary and the table, written column by column, against what is written record by record."""

from __future__ import annotations

import csv
import io
import json

import pytest
from analysis.making import made, view_of
from hypothesis import given
from hypothesis import strategies as st

from ksweep.analysis.records import columns
from ksweep.model import TrialState
from ksweep.report.display import cell, plain
from ksweep.report.summary import csv_text, records, results_csv, summary_json

texts = st.text(max_size=5) | st.sampled_from(["1e-3", "07", "0.10", '"', "a,b", "%s", "\n", "é"])
results = st.builds(
    made,
    st.integers(1, 9),
    st.sampled_from(TrialState),
    params=st.dictionaries(st.sampled_from(["CONFIG_A", "CONFIG_%B", "CONFIG_C"]), texts),
    metrics=st.dictionaries(st.sampled_from(["x", "id", "%d"]), st.floats() | st.integers()),
    wall_s=st.none() | st.floats(0, 1e9),
    exit_code=st.none() | st.integers(-9, 255),
)


@given(st.lists(results, max_size=6))
def test_both_files_have_the_records(some):
    view = view_of(*some, parameters=("CONFIG_A",))
    expected = records(view)
    assert json.loads(summary_json(view)) == expected
    names = columns(view.results, view.parameters)
    assert results_csv(view) == csv_text(names, expected)
    rows = list(csv.reader(io.StringIO(results_csv(view))))
    assert [tuple(rows[0]), len(rows)] == [names, len(some) + 1]


def test_more_trials_than_are_written_at_once():
    view = view_of(*(made(n, metrics={"x": n / 3}) for n in range(1, 2_502)))
    assert json.loads(summary_json(view)) == records(view)
    assert len(results_csv(view).splitlines()) == 2_502


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "-inf",
        "+",
        "=",
        "\uff1d1",
        "-1;=1",
    ],
)
def test_no_spreadsheet_evaluates_a_text(text):
    params = {"CONFIG_A": text, "CONFIG_=A": "1"}
    view = view_of(made(1, params=params), parameters=tuple(params))
    for table in (results_csv(view), csv_text([text], [{text: text}])):
        rows = list(csv.reader(io.StringIO(table)))
        assert f"'{text}" in rows[1]
        assert not any(
            cell.startswith(("=", "@", "\t", "\r", "\n")) for row in rows for cell in row
        )
    assert json.loads(summary_json(view))[0]["CONFIG_A"] == text


@pytest.mark.parametrize(
    "text", ["-1", "+.5", "-1.5e-3", "1=1", "a-b", "", "a\nb", "0x1", "\u00e9"]
)
def test_numbers_and_other_texts_are_as_they_are(text):
    assert cell(text) == text


def test_what_garbles_is_shown():
    hostile = "a\x1b]0;b\x07\u202ec\x00\x9b\udc80"
    shown = r"a\x1b]0;b\x07\u202ec\x00\x9b\udc80"
    assert (plain(hostile), cell(hostile)) == (shown, shown)
    assert plain("a\tb\n") == r"a b\n"

"""The summary and the table, written column by column, against what is written record by record."""

from __future__ import annotations

import csv
import io
import json

from analysis.making import made, view_of
from hypothesis import given
from hypothesis import strategies as st

from ksweep.analysis.records import columns
from ksweep.model import TrialState
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

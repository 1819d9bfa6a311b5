from __future__ import annotations

import io
import json

import pytest

from report.cases import CASES, GOLDEN, outputs, view_of_case

FILES = ["sweep_analysis.txt", "sweep_summary.json", "sweep_results.csv", "leaderboard.txt"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("case", CASES)
def test_a_case_comes_out_as_expected(case, file):
    expected = (GOLDEN / case / "expected" / file).read_text("utf-8")
    assert outputs(view_of_case(case))[file] == expected


@pytest.mark.parametrize("case", CASES)
def test_pandas_reads_the_same_from_both_files(case):
    import pandas

    made = outputs(view_of_case(case))
    from_json = pandas.DataFrame(json.loads(made["sweep_summary.json"], parse_constant=_refuse))
    from_csv = pandas.read_csv(io.StringIO(made["sweep_results.csv"]), dtype={"id": str})
    assert list(from_json.columns) == list(from_csv.columns)
    pandas.testing.assert_frame_equal(
        from_json.astype(object).where(from_json.notna(), None),
        from_csv.astype(object).where(from_csv.notna(), None),
        check_dtype=False,
    )


def _refuse(constant: str) -> None:
    pytest.fail(f"{constant} is not JSON")

from __future__ import annotations

import csv
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
    from_csv = from_csv.replace(
        r"^'(?=[=+@-])", "", regex=True
    )  # what spreadsheets have to be told
    pandas.testing.assert_frame_equal(
        from_json.astype(object).where(from_json.notna(), None),
        from_csv.astype(object).where(from_csv.notna(), None),
        check_dtype=False,
    )


def _refuse(constant: str) -> None:
    pytest.fail(f"{constant} is not JSON")


def test_the_members_of_a_choice_share_a_column():
    from ksweep.analysis.ranking import choose_basis, rank
    from ksweep.analysis.view import View
    from ksweep.model import Result, Settings, TrialState
    from ksweep.report.tables import leaderboard

    members = ("CONFIG_OPT_ADAM", "CONFIG_OPT_ADAM_W", "CONFIG_OPT_SGD")

    def result(number: int, chosen: str | None) -> Result:
        params = {name: "y" if name == chosen else "n" for name in members if chosen}
        name = f"config_{number:03}"
        return Result(
            name, "0" * 12, TrialState.SUCCESS, 0, 1, "", "", "", params, metrics={"f": number}
        )

    results = tuple(result(*pair) for pair in enumerate([members[1], members[2], None], 1))
    view = View("/r", results, ("a", "b", "c"), members, Settings(metric="f"), (members,))
    table = leaderboard(view, rank(results, choose_basis(results, view.settings)), 3)
    assert table.headers[-1] == "OPT"
    assert [row[-1] for row in table.rows] == ["-", "SGD", "ADAM_W"]


def test_very_many_records_come_out_as_few_do():
    """More than are written at once; the empty sweep is JSON too."""
    from analysis.making import made, view_of

    from ksweep.report.summary import results_csv, summary_json

    results = [made(n, params={"CONFIG_X": f"{n},x"}, wall_s=n / 3) for n in range(1, 2_502)]
    view = view_of(*results, parameters=("CONFIG_X",))
    records = json.loads(summary_json(view))
    assert [one["CONFIG_X"] for one in records] == [f"{n},x" for n in range(1, 2_502)]
    assert summary_json(view).count("\n") == 2_501 + 2
    assert results_csv(view).count("\n") == 2_501 + 1
    assert json.loads(summary_json(view_of())) == []


def test_names_and_values_of_any_kind_are_the_same_in_both_files():
    from analysis.making import made, view_of

    from ksweep.report.summary import records, results_csv, summary_json

    names = ["100%", "%s", 'a "b"', "é,\n", "\\"]
    metrics = dict(zip(names, [1e300, -0.0, 3, 0.1, 5e-324], strict=True))
    results = [made(1, metrics=metrics, params={"CONFIG_%d": '%s "x"'}), made(2), made(3, wall_s=1)]
    view = view_of(*results, parameters=("CONFIG_%d",))
    assert json.loads(summary_json(view)) == records(view)
    rows = list(csv.DictReader(io.StringIO(results_csv(view))))
    assert [
        {name: "" if value is None else str(value) for name, value in record.items()}
        for record in records(view)
    ] == rows

"""`sweep_summary.json` and `sweep_results.csv`: one flat record a trial."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from ksweep.analysis.records import Scalar, columns, flat_records
from ksweep.analysis.view import View


def records(view: View) -> list[dict[str, Scalar]]:
    """The flat records of all trials of the sweep."""
    return flat_records(view.results, view.parameters, view.directories)


def summary_json(view: View) -> str:
    """A list of records, one a line."""
    lines = (json.dumps(record, allow_nan=False, ensure_ascii=False) for record in records(view))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def results_csv(view: View) -> str:
    """The same columns as the summary; what is unknown is empty.

    Values are left as they are: one that begins with `=` or `@` is what the range file says, and
    a spreadsheet program that takes it for a formula has to be told to import text.
    """
    return csv_text(columns(view.results, view.parameters), records(view))


def csv_text(names: Sequence[str], rows: Sequence[dict[str, Scalar]]) -> str:
    """A table as CSV with a line feed at the end of each line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

"""`sweep_summary.json` and `sweep_results.csv`: one flat record a trial."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ksweep.analysis.records import Scalar, columns, flat_records, rows
from ksweep.analysis.view import View

_AT_ONCE = 1_000
_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode


def records(view: View) -> list[dict[str, Scalar]]:
    """The flat records of all trials of the sweep."""
    return flat_records(view.results, view.parameters, view.directories)


def summary_json(view: View) -> str:
    """A list of records, one a line."""
    return "".join(both.summary for both in pieces(view))


def results_csv(view: View) -> str:
    """The same columns as the summary; what is unknown is empty.

    Values are left as they are: one that begins with `=` or `@` is what the range file says, and
    a spreadsheet program that takes it for a formula has to be told to import text.
    """
    return "".join(both.table for both in pieces(view))


class Pieces(NamedTuple):
    """The next part of `sweep_summary.json` and of `sweep_results.csv`."""

    summary: str
    table: str


def pieces(view: View) -> Iterator[Pieces]:
    """Both files part by part: of very many trials all at once would be too much for the memory."""
    names = columns(view.results, view.parameters)
    found = rows(view.results, view.parameters, view.directories)
    yield Pieces("[\n", _csv_lines([names]))
    before = ""
    while some := list(itertools.islice(found, _AT_ONCE)):
        lines = (_encode(dict(zip(names, row, strict=True))) for row in some)
        yield Pieces(before + ",\n".join(lines), _csv_lines(some))
        before = ",\n"
    yield Pieces("\n]\n", "")


def csv_text(names: Sequence[str], records: Sequence[dict[str, Scalar]]) -> str:
    """A table as CSV with a line feed at the end of each line."""
    return _csv_lines([names, *([record[name] for name in names] for record in records)])


def _csv_lines(rows: Iterable[Sequence[Scalar]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

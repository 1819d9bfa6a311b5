"""`sweep_summary.json` and `sweep_results.csv`: one flat record a trial."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ksweep.analysis.records import Scalar, columns, flat_records, measure_names, rows
from ksweep.analysis.view import View
from ksweep.measures import RESOURCES

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
    measured = len(measure_names(view.results, view.parameters)) + len(RESOURCES)
    keys = _Keys(names[: -1 - measured], names[-1 - measured : -1], names[-1])
    found = rows(view.results, view.parameters, view.directories)
    yield Pieces("[\n", _csv_lines([names]))
    before = ""
    while some := list(itertools.islice(found, _AT_ONCE)):
        texts = [_figures(row[-1 - measured : -1]) for row in some]
        lines = map(keys.line, some, texts)
        table = (
            (*row[: -1 - measured], *own, row[-1]) for row, own in zip(some, texts, strict=True)
        )
        yield Pieces(before + ",\n".join(lines), _csv_lines(table))
        before = ",\n"
    yield Pieces("\n]\n", "")


class _Keys:
    """The names of the columns, ready to be put before the values of a row.

    What is measured is written as it is in the table: to find the digits of a number takes longer
    than all else.
    """

    def __init__(self, head: Sequence[str], measures: Sequence[str], last: str) -> None:
        self._head = head
        keys = (f"{_encode(name)}: ".replace("%", "%%") + "%s" for name in measures)
        self._rest = f", {', '.join(keys)}, {_encode(last).replace('%', '%%')}: %s}}"

    def line(self, row: Sequence[Scalar], figures: Sequence[str]) -> str:
        """A record in JSON; a figure that is empty is null."""
        head = _encode(dict(zip(self._head, row, strict=False)))
        return head[:-1] + self._rest % (*(text or "null" for text in figures), _encode(row[-1]))


def _figures(values: Iterable[Scalar]) -> list[str]:
    """Numbers as JSON and CSV write them both; empty for None."""
    return ["" if value is None else repr(value) for value in values]


def csv_text(names: Sequence[str], records: Sequence[dict[str, Scalar]]) -> str:
    """A table as CSV with a line feed at the end of each line."""
    return _csv_lines([names, *([record.get(name) for name in names] for record in records)])


def _csv_lines(rows: Iterable[Sequence[Scalar]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

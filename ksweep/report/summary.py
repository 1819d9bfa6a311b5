"""`sweep_summary.json` and `sweep_results.csv`: one flat record a trial."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from ksweep.analysis.records import Scalar, blocks, columns, flat_records
from ksweep.analysis.view import View
from ksweep.report.display import cell

_NUMBERS: frozenset[type] = frozenset({int, float})
_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=("\n", ":")).encode


def records(view: View) -> list[dict[str, Scalar]]:
    """The flat records of all trials of the sweep."""
    return flat_records(view.results, view.parameters, view.directories, view.texts)


def summary_json(view: View) -> str:
    """A list of records, one a line."""
    return "".join(both.summary for both in pieces(view))


def results_csv(view: View) -> str:
    """The same columns as the summary, harmless to spreadsheets; what is unknown is empty."""
    return "".join(both.table for both in pieces(view))


class Pieces(NamedTuple):
    """The next part of `sweep_summary.json` and of `sweep_results.csv`."""

    summary: str
    table: str


def pieces(view: View) -> Iterator[Pieces]:
    """Both files part by part: of very many trials all at once would be too much for the memory."""
    names = columns(view.results, view.parameters)
    keys = (f"{_encode(name)}: ".replace("%", "%%") + "%s" for name in names)
    line = f"{{{', '.join(keys)}}}"
    yield Pieces("[\n", _csv_lines([[*map(cell, names)]]))
    before = ""
    for block in blocks(view.results, view.parameters, view.directories, view.texts):
        texts = [*map(_texts, block)]
        lines = ",\n".join(line % row for row in zip(*texts, strict=True))
        cells = map(_cells, block, texts)
        yield Pieces(before + lines, _csv_lines(zip(*cells, strict=True)))
        before = ",\n"
    yield Pieces("\n]\n", "")


def _texts(values: Sequence[Scalar]) -> list[str]:
    """A column in JSON, in which no value has a line feed: so all are encoded at once."""
    return _encode([*values])[1:-1].split("\n")


def _cells(values: Sequence[Scalar], texts: Sequence[str]) -> Sequence[str | None]:
    """A column as the table has it: a number as in JSON, as to find its digits takes long."""
    if _NUMBERS.issuperset(map(type, values)):
        return texts
    pairs = zip(values, texts, strict=True)
    return [
        one if one is None else cell(one) if isinstance(one, str) else text for one, text in pairs
    ]


def csv_text(names: Sequence[str], records: Sequence[dict[str, Scalar]]) -> str:
    """A table as CSV with a line feed at the end of each line."""
    rows = ([record.get(name) for name in names] for record in records)
    return _csv_lines(
        [cell(one) if isinstance(one, str) else one for one in row] for row in (names, *rows)
    )


def _csv_lines(rows: Iterable[Sequence[Scalar]]) -> str:
    """Cells in quotes where they need them, as with a carriage return, which `csv` forgets."""
    found = [*rows]
    text = _csv_text(found, csv.QUOTE_MINIMAL)
    if "\r" not in text:
        return text
    each = (_csv_text([row], csv.QUOTE_MINIMAL) for row in found)
    pairs = zip(found, each, strict=True)
    return "".join(_csv_text([row], csv.QUOTE_ALL) if "\r" in text else text for row, text in pairs)


def _csv_text(rows: Iterable[Sequence[Scalar]], quoting: Literal[0, 1]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    return text.getvalue()

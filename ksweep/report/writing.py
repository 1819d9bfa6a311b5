"""The files that an analysis leaves in a results directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ksweep.analysis.view import View
from ksweep.process.forked import forked
from ksweep.report.summary import pieces
from ksweep.store import Results

_LEAST, _MOST = 10_000, 250_000  # results; a copy of more would take too much memory


def write_analysis(results: Results, view: View, text: str) -> None:
    """Write the summary, the table and the text.

    Raises:
        SurroundingsError: one of them cannot be written.
    """
    write_tables(results, view)
    results.outputs.write(results.outputs.analysis, text)


def write_tables(results: Results, view: View) -> None:
    """Write the summary and the table.

    Raises:
        SurroundingsError: one of them cannot be written.
    """
    outputs = results.outputs
    outputs.write_side_by_side((outputs.summary, outputs.table), pieces(view))


@contextmanager
def tables_written(results: Results, view: View) -> Iterator[None]:
    """Write them while the block runs, where that is worth it, or after it.

    Raises:
        SurroundingsError: one of them cannot be written.
    """
    if _LEAST <= len(view.results) <= _MOST:
        with forked(lambda: write_tables(results, view)):
            yield
    else:
        yield
        write_tables(results, view)

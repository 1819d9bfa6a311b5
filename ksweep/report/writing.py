"""The files that an analysis leaves in a results directory."""

from __future__ import annotations

from ksweep.analysis.view import View
from ksweep.report.summary import pieces
from ksweep.store import Results


def write_analysis(results: Results, view: View, text: str) -> None:
    """Write the summary, the table and the text.

    Raises:
        SurroundingsError: one of them cannot be written.
    """
    outputs = results.outputs
    outputs.write_side_by_side((outputs.summary, outputs.table), pieces(view))
    outputs.write(outputs.analysis, text)

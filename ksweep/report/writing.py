"""The files that an analysis leaves in a results directory."""

from __future__ import annotations

from ksweep.analysis.ranking import Ranking
from ksweep.analysis.view import View
from ksweep.report.analysis_text import analysis_text
from ksweep.report.summary import pieces
from ksweep.store import Results


def write_analysis(
    results: Results, view: View, ranking: Ranking, top: int, appendix: str = ""
) -> str:
    """Write the summary, the table and the text, with an appendix; returns the text.

    Raises:
        SurroundingsError: one of them cannot be written.
    """
    text = analysis_text(view, ranking, top) + appendix
    outputs = results.outputs
    outputs.write_side_by_side((outputs.summary, outputs.table), pieces(view))
    outputs.write(outputs.analysis, text)
    return text

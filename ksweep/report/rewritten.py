"""Trials whose program changed its configuration: they ran something else than was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ksweep.measures import changes_text
from ksweep.model import Result
from ksweep.report.display import plain
from ksweep.report.failures_text import names_line


def rewritten_lines(results: Sequence[Result]) -> Iterator[str]:
    """Which they are, and what the first one changed; nothing where there is none."""
    found = [result for result in results if result.changes]
    if found:
        what = "Not what was asked for, as the program changed its configuration"
        yield f"{what}: {names_line(found)}"
        yield f"   {found[0].name}: {plain(changes_text(found[0]))}"

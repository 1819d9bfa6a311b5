"""Trials of which not everything that they said could be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ksweep.model import Result
from ksweep.report.display import plain
from ksweep.report.failures_text import names_line


def incomplete_lines(results: Sequence[Result]) -> Iterator[str]:
    """Which they are, and why the first one is; nothing where there is none."""
    found = [result for result in results if result.incomplete is not None]
    if found:
        yield f"Incomplete metrics, as not everything could be read: {names_line(found)}"
        yield f"   {found[0].name}: {plain(found[0].incomplete or '')}"

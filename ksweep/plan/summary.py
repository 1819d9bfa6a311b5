"""`combinations_summary.txt`: what was generated, for people."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ksweep.model import Axis, Settings
from ksweep.plan.counts import PlanSummary
from ksweep.space import Enumeration, Space, describe
from ksweep.store import Entry

_VALUES_LISTED = 20


def summary_text(
    space: Space,
    settings: Settings,
    summary: PlanSummary,
    grid: Enumeration | None,
    entries: Sequence[Entry],
) -> str:
    """The counts with their reasons, the axes, then each configuration's varying values.

    `grid` is what an enumeration found, None with a method that does not go through everything.
    """
    lines = [
        f"Total configurations: {summary.distinct}",
        *(_dropped(summary, grid) if grid is not None else _chosen(summary, settings)),
        "",
        "Axes:",
        *(line for axis in space.axes for line in _axis_lines(axis)),
        "",
        "Configurations:",
    ]
    for entry in entries:
        lines += ["", entry.name]
        lines += [f"  {name}={value}" for name, value in entry.params.items()]
    return "\n".join(lines) + "\n"


def _dropped(summary: PlanSummary, grid: Enumeration) -> Iterator[str]:
    yield f"Combinations of all values: {summary.combinations}"
    yield f"Collapsed (they differ in inactive parameters only): {grid.collapsed}"
    yield f"Rejected by Kconfig: {grid.rejected}"
    yield from (f"  {one.combinations}: {describe(one)}" for one in grid.rejections)
    yield f"Excluded by the range file: {grid.excluded}"
    yield from (f"  {one.combinations}: {describe(one)}" for one in grid.exclusions)


def _chosen(summary: PlanSummary, settings: Settings) -> Iterator[str]:
    yield f"Method: {summary.method}, seed {settings.seed}"
    there = "not counted, or without end" if summary.available is None else summary.available
    yield f"Distinct choices that there are: {there}"
    yield from summary.notes


def _axis_lines(axis: Axis) -> Iterator[str]:
    """An axis as the range file has it, and the values of one that is written as a range."""
    yield f"  {axis.name}={axis.text}"
    domain = axis.domains[0]
    if len(axis.domains) == 1 and len(axis.symbols) == 1 and domain.size is not None:
        shown = " ".join(itertools.islice(domain, _VALUES_LISTED))
        more = domain.size - _VALUES_LISTED
        yield f"    {domain.size} values: {shown}{f' and {more} more' if more > 0 else ''}"

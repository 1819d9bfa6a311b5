"""Range files and spaces: what they would run, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ksweep.model import Axis
from ksweep.report.display import counted, duration, plain, shortened
from ksweep.report.tables import Table, table_text
from ksweep.space import Enumeration, Rejection, Space, describe

_VALUES_WIDTH = 60
_REASONS = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """One range file of a list: how many configurations it has, or why that is not known.

    `configurations` is None for a continuous space and for a file with an error.
    """

    path: str
    configurations: int | None = None
    combinations: int | None = None
    error: str = ""


def list_table(files: Sequence[Listed]) -> Table:
    """The range files with their numbers."""
    headers = ("range file", "configurations", "combinations")
    rows = tuple((plain(one.path), *_numbers(one)) for one in files)
    return Table(headers, rows, frozenset(headers[1:]))


def list_records(files: Sequence[Listed]) -> list[dict[str, object]]:
    """The same for programs."""
    return [
        {
            "range_file": one.path,
            "configurations": "continuous" if _is_continuous(one) else one.configurations,
            "combinations": one.combinations,
            "error": one.error or None,
        }
        for one in files
    ]


def _is_continuous(listed: Listed) -> bool:
    return listed.configurations is None and not listed.error


def _numbers(listed: Listed) -> tuple[str, str]:
    if listed.error:
        return "error", ""
    if listed.configurations is None:
        return "continuous", ""
    return f"{listed.configurations:,}", f"{listed.combinations:,}"


def show_text(space: Space, found: Enumeration, seconds: float | None, jobs: int) -> str:
    """What would run: axes, counts, what is dropped and why, and how long it would take."""
    lines = [
        f"Axes of {plain(space.path)}:",
        "",
        table_text(_axes(space.axes)),
        "",
        f"{counted(space.combinations, 'combination')} of all values",
        f"{counted(len(found.points), 'distinct configuration')} to run",
        *_dropped(found),
        _time(len(found.points), seconds, jobs),
    ]
    return "\n".join(lines)


def show_record(space: Space, found: Enumeration, seconds: float | None) -> dict[str, object]:
    """The same for programs; `estimated_seconds` is null where no trial's time is known."""
    return {
        "range_file": space.path,
        "axes": [
            {"name": axis.name, "kind": axis.kind.value, "values": axis.text, "size": _size(axis)}
            for axis in space.axes
        ],
        "combinations": space.combinations,
        "configurations": len(found.points),
        "collapsed": found.collapsed,
        "rejected": found.rejected,
        "excluded": found.excluded,
        "rejections": [_reason(one) for one in found.rejections],
        "exclusions": [_reason(one) for one in found.exclusions],
        "warnings": [*space.warnings, *found.warnings],
        "estimated_seconds": seconds,
    }


def _axes(axes: Sequence[Axis]) -> Table:
    rows = ((axis.name, _count(axis), _abbreviated(axis)) for axis in axes)
    return Table(("axis", "values", "which"), tuple(rows), frozenset({"values"}))


def _size(axis: Axis) -> int | None:
    return axis.domains[0].size


def _count(axis: Axis) -> str:
    size = _size(axis)
    return "any" if size is None else f"{size:,}"


def _abbreviated(axis: Axis) -> str:
    return shortened(plain(axis.text), _VALUES_WIDTH)


def _dropped(found: Enumeration) -> Iterator[str]:
    if found.collapsed:
        yield f"{found.collapsed:,} fell together with others: only inactive parameters differ"
    for count, what, reasons in (
        (found.rejected, "rejected by Kconfig", found.rejections),
        (found.excluded, "excluded by the range file", found.exclusions),
    ):
        if count:
            yield f"{count:,} {what}:"
            yield from _reasons(reasons)


def _reasons(reasons: Sequence[Rejection]) -> Iterator[str]:
    for reason in reasons[:_REASONS]:
        yield f"  {reason.combinations:,}: {plain(describe(reason))}"
    if len(reasons) > _REASONS:
        yield f"  and {len(reasons) - _REASONS:,} more reasons (all of them with --json)"


def _reason(rejection: Rejection) -> dict[str, object]:
    return {
        "assignment": dict(rejection.assignment),
        "reason": rejection.reason,
        "combinations": rejection.combinations,
    }


def _time(configurations: int, seconds: float | None, jobs: int) -> str:
    if seconds is None:
        return "Estimated time: not known; --trial-seconds says how long a trial takes"
    at_once = f" with {jobs} at once" if jobs > 1 else ""
    each = counted(configurations, "trial")
    return f"Estimated time: {duration(seconds)} for {each}{at_once}"

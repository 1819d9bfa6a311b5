"""Range files and spaces: what they would run, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ksweep.model import Axis, Method, Settings, StopRule
from ksweep.plan import PlanSummary
from ksweep.report.display import counted, duration, plain, shortened
from ksweep.report.tables import Table, table_text
from ksweep.search import Outlook, Search
from ksweep.search.grid import GridSearch
from ksweep.space import Enumeration, Rejection, Space, describe

_VALUES_WIDTH = 60
_REASONS = 20
_LISTED = 100_000
_NAMED_ONLY = (
    "Environment: configurations have more than 64 KiB of symbols, so programs find the active"
    " axes, the fixed lines and what the command names there; all are in the file"
    " that KCONFIG_CONFIG names"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One range file of a list: how many configurations its method chooses, or why not known.

    `configurations` is None for a continuous space under the grid method and for a file with an
    error; `combinations` is None for every continuous one.
    """

    path: str
    method: Method | None = None
    configurations: int | None = None
    combinations: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a range file would run.

    Attributes:
        space: where configurations are chosen.
        settings: with the method that does so.
        outlook: of that method.
        grid: what it found, with the grid method.
        jobs: trials at once.
        seconds: how long all of them take; None where no trial's time is known.
        large: a configuration has more symbols than programs are given.
    """

    space: Space
    settings: Settings
    outlook: Outlook
    grid: Enumeration | None
    jobs: int
    seconds: float | None = None
    large: bool = False

    @classmethod
    def of(cls, space: Space, settings: Settings, search: Search, jobs: int) -> Shown:
        found = search.found if isinstance(search, GridSearch) else None
        return cls(space, settings, search.outlook, found, jobs)

    @property
    def each(self) -> int:
        """How often a choice runs at most: its replicates times its repeats."""
        replicates = 1 if self.grid else self.space.replicates(self.settings.replicate)
        return replicates * self.settings.repeat

    @property
    def trials(self) -> int:
        """How many trials there are at most."""
        return self.outlook.choices * self.each


def list_table(files: Sequence[Listed]) -> Table:
    """The range files with their numbers."""
    headers = ("range file", "configurations", "combinations", "method")
    rows = tuple((plain(one.path), *_numbers(one), one.method or "") for one in files)
    return Table(headers, rows, frozenset(headers[1:3]))


def list_records(files: Sequence[Listed]) -> list[dict[str, object]]:
    """The same for programs."""
    return [
        {
            "range_file": one.path,
            "configurations": "continuous" if _is_continuous(one) else one.configurations,
            "combinations": one.combinations,
            "method": one.method,
            "error": one.error or None,
        }
        for one in files
    ]


def _is_continuous(listed: Listed) -> bool:
    return listed.configurations is None and not listed.error


def _numbers(listed: Listed) -> tuple[str, str]:
    if listed.error:
        return "error", ""
    return _number(listed.configurations), _number(listed.combinations)


def _number(count: int | None) -> str:
    return "continuous" if count is None else f"{count:,}"


def show_text(shown: Shown) -> str:
    """What would run: axes, counts, what is dropped and why, how, and how long it would take."""
    lines = [
        f"Axes of {plain(shown.space.path)}:",
        "",
        table_text(_axes(shown.space.axes)),
        "",
        *(_grid(shown.space, shown.grid) if shown.grid else _search(shown)),
        *_runs(shown),
        *_stopping(shown.settings),
        *([_NAMED_ONLY] if shown.large else []),
        _time(shown),
    ]
    return "\n".join(lines)


def show_record(shown: Shown) -> dict[str, object]:
    """The same for programs; `estimated_seconds` is null where no trial's time is known."""
    space, grid, outlook = shown.space, shown.grid, shown.outlook
    return {
        "range_file": space.path,
        "method": shown.settings.method,
        "axes": [
            {
                "name": axis.name,
                "kind": axis.kind.value,
                "values": axis.text,
                "size": _size(axis),
                "list": list(_listed(axis, _LISTED)) if _size(axis) is not None else None,
            }
            for axis in space.axes
        ],
        "combinations": None if space.continuous else space.combinations,
        "configurations": outlook.choices,
        "available": outlook.available,
        "trials": shown.trials,
        "collapsed": grid and grid.collapsed,
        "rejected": grid and grid.rejected,
        "excluded": grid and grid.excluded,
        "rejections": [_reason(one) for one in grid.rejections] if grid else [],
        "exclusions": [_reason(one) for one in grid.exclusions] if grid else [],
        "notes": list(outlook.notes),
        "warnings": [*space.warnings, *outlook.warnings],
        "environment": "named" if shown.large else "all",
        "estimated_seconds": shown.seconds,
    }


def written_text(summary: PlanSummary) -> str:
    """What a generation wrote: `36 configurations`."""
    if summary.method.adaptive:
        choices = counted(summary.choices, "configuration")
        return f"{summary.method} will choose up to {choices} while results come in"
    return counted(summary.distinct, "configuration")


def _grid(space: Space, found: Enumeration) -> Iterator[str]:
    yield f"{counted(space.combinations, 'combination')} of all values"
    yield f"{counted(len(found.points), 'distinct configuration')} to run"
    yield from _dropped(found)
    yield "Method: grid runs all of them"


def _search(shown: Shown) -> Iterator[str]:
    """What a method that does not run everything will do."""
    outlook, settings = shown.outlook, shown.settings
    if not outlook.continuous:
        yield f"{counted(shown.space.combinations, 'combination')} of all values"
    if outlook.available is not None:
        yield counted(outlook.available, "distinct configuration")
    choices = counted(outlook.choices, "configuration")
    yield f"Method: {settings.method} with seed {settings.seed} chooses {_limit(shown)}{choices}"
    if outlook.continuous:
        yield f"Continuous: {', '.join(outlook.continuous)}"
    yield _end_of(shown)
    yield from map(plain, outlook.notes)


def _limit(shown: Shown) -> str:
    return "up to " if shown.settings.method.adaptive else ""


def _end_of(shown: Shown) -> str:
    """Whether the space can be used up."""
    available, trials = shown.outlook.available, shown.settings.trials
    if available is None:
        end = "has no end" if shown.outlook.continuous else "was not counted"
        return f"The space {end}, so it is not expected to be used up"
    if shown.settings.method is not Method.COVERING and available <= trials:
        return f"The space is used up by that (SWEEP_TRIALS is {trials:,})"
    return "The space is not used up by that"


def _runs(shown: Shown) -> Iterator[str]:
    if shown.each > 1:
        each, trials = f"{shown.each:,}", counted(shown.trials, "trial")
        yield f"Each runs {each} times (repeats and replicates): {trials}"


def _stopping(settings: Settings) -> Iterator[str]:
    if settings.stop is StopRule.NONE:
        return
    last = f"to {settings.max_steps}" if settings.max_steps else "on"
    eta = "" if settings.stop is StopRule.MEDIAN else f", eta {settings.eta}"
    metric = plain(settings.ranked_by[0].metric)
    yield f"Stopping: {settings.stop}, by {metric} from step {settings.min_steps} {last}{eta}"


def _axes(axes: Sequence[Axis]) -> Table:
    rows = ((axis.name, _count(axis), _abbreviated(axis)) for axis in axes)
    return Table(("axis", "values", "which"), tuple(rows), frozenset({"values"}))


def _size(axis: Axis) -> int | None:
    return axis.domains[0].size


def _count(axis: Axis) -> str:
    size = _size(axis)
    return "any" if size is None else f"{size:,}"


def _abbreviated(axis: Axis) -> str:
    """The values, of many the first; what has no list as it was written."""
    size = _size(axis)
    if size is None:
        return shortened(plain(axis.text), _VALUES_WIDTH)
    shown: list[str] = []
    width = 0
    for value in _listed(axis, _VALUES_WIDTH):
        width += len(value) + 1
        if shown and width > _VALUES_WIDTH:
            break
        shown.append(shortened(plain(value), _VALUES_WIDTH))
    more = size - len(shown)
    return " ".join(shown) + (f" and {more:,} more" if more else "")


def _listed(axis: Axis, most: int) -> Iterator[str]:
    """The first values; of a linked axis the rows, `(1, 2)`."""
    if len(axis.domains) == 1:
        return islice(axis.domains[0], most)
    return (f"({', '.join(row)})" for row in islice(zip(*axis.domains, strict=True), most))


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


def _time(shown: Shown) -> str:
    if shown.seconds is None:
        return "Estimated time: not known; --trial-seconds says how long a trial takes"
    at_once = f" with {shown.jobs} at once" if shown.jobs > 1 else ""
    each = counted(shown.trials, "trial")
    return f"Estimated time: {duration(shown.seconds)} for {each}{at_once}"

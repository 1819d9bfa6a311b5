"""A space becomes numbered files, their summary, and `sweep.json`."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ksweep import provenance
from ksweep.command import Template
from ksweep.errors import SurroundingsError, Where
from ksweep.model import Assignment, Axis, Settings
from ksweep.rangefile import RangeFile
from ksweep.settings import to_json
from ksweep.space import Enumeration, Rejection, Space, describe
from ksweep.store import ConfigDir, Entry, Staging, listing, name_of

_VALUES_LISTED = 20
_COMMAND = "SWEEP_COMMAND"


@dataclass(frozen=True)
class PlanSummary:
    """What a generation wrote; of `combinations`, all but the `distinct` ones were dropped."""

    distinct: int
    combinations: int
    collapsed: int
    rejected: int
    excluded: int
    warnings: tuple[str, ...]


def generate(
    space: Space,
    settings: Settings,
    range_file: RangeFile,
    config_dir: ConfigDir,
    limit: int | None = None,
    base: Path | None = None,
) -> PlanSummary:
    """Enumerate a space and write every configuration of it, in the place of an earlier plan.

    Args:
        space: what is enumerated.
        settings: as they are written for the run.
        range_file: where space and settings come from.
        config_dir: where the configurations go.
        limit: how many there may be; None for any number.
        base: the `.config` that the space starts from, if there is one.

    Raises:
        InputError: the space or the command is wrong, or `config_dir` holds something else;
            nothing is written then.
        SurroundingsError: the files cannot be written; the old ones stay.
    """
    named = check_command(space, settings, range_file)
    config_dir.check_replaceable()
    found = space.enumerate(limit)
    head = {
        "method": settings.method.value,
        "seed": None,
        "settings": to_json(settings),
        "command_where": str(_command_where(range_file.settings, settings.command)),
        "range_file": {**_file(range_file.path), "files": list(range_file.files)},
        "base": _file(base) if base is not None else None,
    }
    with config_dir.staged() as staged:
        entries = list(_write_configs(staged, space, found))
        staged.write_summary(_summary(space, found, entries))
        body = _document(space, found, named)
        staged.write_plan({**head, **body, "configurations": listing(entries)})
    return PlanSummary(**_counts(space, found), warnings=found.warnings)


def check_command(space: Space, settings: Settings, range_file: RangeFile) -> frozenset[str]:
    """The symbols that the command names, each of which is defined; a command may be missing.

    Raises:
        InputError: it is malformed, or names what is not defined.
    """
    if not settings.command.strip():
        return frozenset()
    where = _command_where(range_file.settings, settings.command)
    template = Template.parse(settings.command, where)
    template.check(space.tree.names())
    return frozenset(template.symbols)


def _write_configs(staged: Staging, space: Space, found: Enumeration) -> Iterator[Entry]:
    for number, point in enumerate(found.points, start=1):
        configuration = space.resolve(point)
        name = name_of(number, len(found.points))
        staged.write_config(name, configuration.text)
        yield Entry(name, configuration.id, configuration.params)


def _command_where(lines: Sequence[Assignment], command: str) -> Where:
    """The line of the range file that the command is from, or else its name."""
    for line in lines:
        if line.symbol == _COMMAND and line.value == command:
            return line.where
    return Where(f"CONFIG_{_COMMAND}")


def _document(space: Space, found: Enumeration, named: frozenset[str]) -> dict[str, object]:
    fixed = (line.symbol for line in space.fixed)
    return {
        "kconfig": {"path": str(space.tree.path), "digest": space.tree.digest},
        "axes": [_axis(axis) for axis in space.axes],
        "exports": list(dict.fromkeys([*fixed, *sorted(named)])),
        "counts": _counts(space, found),
        "rejections": [_rejection(one) for one in found.rejections],
        "exclusions": [_rejection(one) for one in found.exclusions],
        "versions": provenance.versions(),
    }


def _counts(space: Space, found: Enumeration) -> dict[str, int]:
    return {
        "distinct": len(found.points),
        "combinations": space.combinations,
        "collapsed": found.collapsed,
        "rejected": found.rejected,
        "excluded": found.excluded,
    }


def _file(path: str | Path) -> dict[str, object]:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        fix = "see that it stays where it is during a generation"
        raise SurroundingsError(
            f"cannot be read again: {error.strerror}", fix, Where(str(path))
        ) from error
    return {
        "path": str(path),
        "digest": hashlib.sha256(content).hexdigest(),
        "text": content.decode("utf-8", "replace"),
    }


def _axis(axis: Axis) -> dict[str, object]:
    return {
        "symbols": list(axis.symbols),
        "kind": axis.kind.value,
        "values": axis.text,
        "where": str(axis.where),
    }


def _rejection(rejection: Rejection) -> dict[str, object]:
    return {
        "assignment": dict(rejection.assignment),
        "reason": rejection.reason,
        "combinations": rejection.combinations,
    }


def _summary(space: Space, found: Enumeration, entries: Iterable[Entry]) -> str:
    lines = [
        f"Total configurations: {len(found.points)}",
        f"Combinations of all values: {space.combinations}",
        f"Collapsed (they differ in inactive parameters only): {found.collapsed}",
        f"Rejected by Kconfig: {found.rejected}",
        *(f"  {one.combinations}: {describe(one)}" for one in found.rejections),
        f"Excluded by the range file: {found.excluded}",
        *(f"  {one.combinations}: {describe(one)}" for one in found.exclusions),
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


def _axis_lines(axis: Axis) -> Iterator[str]:
    """An axis as the range file has it, and the values of one that is written as a range."""
    yield f"  {axis.name}={axis.text}"
    domain = axis.domains[0]
    if len(axis.domains) == 1 and len(axis.symbols) == 1 and domain.size is not None:
        shown = " ".join(itertools.islice(domain, _VALUES_LISTED))
        more = domain.size - _VALUES_LISTED
        yield f"    {domain.size} values: {shown}{f' and {more} more' if more > 0 else ''}"

"""`ksweep list`, `show`, `generate` and `clean`: from a range file to numbered configurations."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from ksweep import plan, rangefile
from ksweep import settings as settings_
from ksweep.analysis.estimate import remaining_seconds
from ksweep.cli.output import say, say_json, say_table, tell
from ksweep.cli.space_text import Listed, list_records, list_table, show_record, show_text
from ksweep.domain import Distribution
from ksweep.errors import InputError, Where
from ksweep.kconfig import tools
from ksweep.model import Settings
from ksweep.rangefile import RangeFile
from ksweep.report.display import counted, plain
from ksweep.report.reading import earlier_trial_seconds
from ksweep.space import Space
from ksweep.store import ConfigDir
from ksweep.sweep import jobs_at_once

_LIMIT = 100_000
_WARNINGS = 20


def list_(options: Namespace) -> int:
    """Every range file under a directory with its number of configurations."""
    listed = [_listed(path, options) for path in _range_files(Path(options.directory))]
    if options.json:
        say_json(list_records(listed))
        return 0
    if not listed:
        tell(f"{options.directory}: there is no file named *range; write one")
        return 0
    say_table(list_table(listed))
    for one in listed:
        if one.error:
            say(f"\n{one.error}")
    return 0


def show(options: Namespace) -> int:
    """What a range file would run; writes nothing."""
    _, space, settings = opened(options)
    found = space.enumerate(None if options.yes else _LIMIT)
    _warn((*space.warnings, *found.warnings))
    each = _trial_seconds(options, settings)
    jobs = jobs_at_once(settings.jobs)
    seconds = remaining_seconds(len(found.points), jobs, each)
    if options.json:
        say_json(show_record(space, found, seconds))
    else:
        say(show_text(space, found, seconds, jobs))
    return 0


def generate(options: Namespace) -> int:
    """Write the configurations of a range file."""
    if options.show:
        return show(options)
    summary = write_configurations(options, *opened(options))
    if options.json:
        say_json(asdict(summary))
    return 0


def write_configurations(
    options: Namespace, range_file: RangeFile, space: Space, settings: Settings
) -> plan.PlanSummary:
    """Generate, and tell what came out."""
    limit = None if options.yes else _LIMIT
    summary = plan.generate(
        space, settings, range_file, ConfigDir(options.config_dir), limit, base_of(options)
    )
    _warn((*space.warnings, *summary.warnings))
    tell(f"{options.config_dir}/: {counted(summary.distinct, 'configuration')}")
    return summary


def clean(options: Namespace) -> int:
    """Remove generated configurations."""
    removed = ConfigDir(options.config_dir).clean()
    tell(f"{options.config_dir}/: {'removed' if removed else 'there is nothing to remove'}")
    return 0


def _range_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise InputError("there is no such directory", "name another one", Where(str(directory)))
    return sorted(path for path in directory.rglob("*range") if path.is_file())


def _listed(path: Path, options: Namespace) -> Listed:
    try:
        space = Space(rangefile.read(path, _srctree()), options.kconfig, base_of(options))
        if any(isinstance(domain, Distribution) for axis in space.axes for domain in axis.domains):
            return Listed(str(path))
        found = space.enumerate(_LIMIT)
        return Listed(str(path), len(found.points), space.combinations)
    except InputError as error:
        return Listed(str(path), error=str(error))


def base_of(options: Namespace) -> Path | None:
    """The `.config` to start from: what was named, else the one that is there."""
    if options.base is not None:
        return Path(options.base)
    usual = tools.config_path()
    return usual if usual.exists() else None


def opened(options: Namespace) -> tuple[RangeFile, Space, Settings]:
    """The range file that the options name, its space, and the settings of its sweep."""
    range_file = rangefile.read(Path(options.range_config), _srctree())
    space = Space(
        range_file,
        options.kconfig,
        base_of(options),
        lenient=options.lenient,
        rejects=not options.no_rejects,
    )
    settings = settings_.resolve(given(options), range_file.settings, base_of(options))
    return range_file, space, settings


def given(options: Namespace) -> dict[str, object]:
    """The settings among the options, by the names of their fields."""
    return {name: getattr(options, name, None) for name in ("jobs", "backend", "metric", "goal")}


def _trial_seconds(options: Namespace, settings: Settings) -> float | None:
    known = earlier_trial_seconds(options.output_dir, settings.command)
    return known if known is not None else options.trial_seconds


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings[:_WARNINGS]:
        tell(f"warning: {plain(warning)}")
    if len(warnings) > _WARNINGS:
        tell(f"warning: and {len(warnings) - _WARNINGS:,} more like these")


def _srctree() -> Path:
    """What `source` is relative to, as in Kconfig."""
    return Path(os.environ.get("srctree", ""))  # noqa: SIM112

"""`ksweep list`, `show`, `generate` and `clean`: from a range file to numbered configurations."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path

from ksweep import environment, machine, plan, rangefile, stopping
from ksweep import settings as settings_
from ksweep.analysis.estimate import remaining_seconds
from ksweep.cli.output import say, say_json, say_table, tell
from ksweep.cli.space_text import (
    Listed,
    Shown,
    list_records,
    list_table,
    show_record,
    show_text,
    written_text,
)
from ksweep.errors import InputError, Where
from ksweep.kconfig import tools
from ksweep.model import Assignment, Method, Settings
from ksweep.rangefile import RangeFile
from ksweep.report.display import plain
from ksweep.report.reading import earlier_trial_seconds
from ksweep.search import Search, make
from ksweep.space import Space
from ksweep.store import ConfigDir

_LIMIT = 100_000
_WARNINGS = 20
_SETTINGS = ("jobs", "backend", "metric", "goal", "method", "trials", "seed", "stop")


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
    range_file, space, settings = opened(options)
    plan.check_command(space, settings, range_file)
    plan.check_formula(space, settings, range_file)
    stopping.make(settings)
    search = make(space, settings, None if options.yes else _LIMIT)
    warn((*space.warnings, *search.outlook.warnings))
    shown = Shown.of(space, settings, search, settings.jobs or len(machine.cores()))
    shown = replace(shown, seconds=_seconds(shown, options, settings), large=_is_large(search))
    if options.json:
        say_json(show_record(shown))
    else:
        say(show_text(shown))
    return 0


def _is_large(search: Search) -> bool:
    """Whether the first configuration has more than programs are given as a whole."""
    first = search.ask()
    return first is not None and environment.exceeds(first.configurations[0].text)


def _seconds(shown: Shown, options: Namespace, settings: Settings) -> float | None:
    given = options.trial_seconds
    each = given or earlier_trial_seconds(options.output_dir, settings.command)
    return remaining_seconds(shown.trials, shown.jobs, each)


def generate(options: Namespace) -> int:
    """Write the configurations of a range file."""
    if options.show:
        return show(options)
    range_file, space, settings = opened(options)
    generation = generation_of(options, range_file, space, settings)
    with ConfigDir(options.config_dir).staged() as staged:
        summary = generation.write(staged)
    tell_written(options, space, summary)
    if options.json:
        say_json(asdict(summary))
    return 0


def generation_of(
    options: Namespace, range_file: RangeFile, space: Space, settings: Settings
) -> plan.Generation:
    """What is to be written in the place of what there is."""
    ConfigDir(options.config_dir).check_replaceable()
    limit = None if options.yes else _LIMIT
    return plan.generation(space, settings, range_file, limit, base_of(options))


def tell_written(options: Namespace, space: Space, summary: plan.PlanSummary) -> None:
    """Tell what came out of a generation."""
    warn((*space.warnings, *summary.warnings))
    for note in summary.notes:
        tell(note)
    tell(f"{options.config_dir}/: {written_text(summary)}")


def clean(options: Namespace) -> int:
    """Remove generated configurations."""
    removed = ConfigDir(options.config_dir).clean()
    tell(f"{options.config_dir}/: {'removed' if removed else 'there is nothing to remove'}")
    return 0


def _range_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise InputError("there is no such directory", "name another one", Where(str(directory)))
    return sorted(path for path in directory.rglob("*range") if path.is_file())


def _listed(path: str | Path, options: Namespace) -> Listed:
    try:
        range_file = rangefile.read(Path(path), _srctree())
        shell = not options.no_shell
        space = Space(range_file, options.kconfig, base_of(options), shell=shell)
        settings = settings_.resolve({}, range_file.settings, base_of(options))
        if settings.method is Method.GRID and space.continuous:
            return Listed(str(path), settings.method)
        outlook = make(space, settings, _LIMIT).outlook
        combinations = None if space.continuous else space.combinations
        return Listed(str(path), settings.method, outlook.choices, combinations)
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
        shell=not options.no_shell,
    )
    settings = settings_.resolve(
        given(options), range_file.settings, base_of(options), assigned(options)
    )
    return range_file, space, settings


def given(options: Namespace) -> dict[str, object]:
    """The settings among the options, by the names of their fields."""
    return {name: getattr(options, name, None) for name in _SETTINGS}


def assigned(options: Namespace) -> list[Assignment]:
    """The settings that were given with `--set`.

    Raises:
        InputError: one is not of the form.
    """
    where = Where("--set")
    lines = []
    for text in options.set:
        name, sign, value = text.partition("=")
        if not sign:
            fix = "write NAME=VALUE, for example --set TIMEOUT=600"
            raise InputError(f"`{plain(text)}` sets nothing", fix, where)
        bare = name.strip().removeprefix("CONFIG_").removeprefix("SWEEP_")
        lines.append(settings_.assignment(bare, value, where))
    return lines


def warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings[:_WARNINGS]:
        tell(f"warning: {plain(warning)}")
    if len(warnings) > _WARNINGS:
        tell(f"warning: and {len(warnings) - _WARNINGS:,} more like these")


def _srctree() -> Path:
    """What `source` is relative to, as in Kconfig."""
    return Path(os.environ.get("srctree", ""))  # noqa: SIM112

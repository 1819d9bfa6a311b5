"""`ksweep list`, `show`, `generate` and `clean`: from a range file to numbered configurations."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
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
from ksweep.errors import InputError, Mistakes, Where
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
    _, space, settings = opened(options)
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


def opened(
    options: Namespace, runs: Callable[[RangeFile, Settings], None] | None = None
) -> tuple[RangeFile, Space, Settings]:
    """The range file that the options name, its space, and the settings of its sweep.

    Args:
        options: of the command line.
        runs: sees that what trials start is there, where they are to be run.

    Raises:
        InputError: with everything that is wrong in the range file, the settings and the command;
            what follows from a mistake is no other.
    """
    mistakes = Mistakes()
    range_file = rangefile.read(Path(options.range_config), _srctree(), mistakes=mistakes)
    settings = _settings(options, range_file, mistakes)
    has_settings = not mistakes
    with mistakes.gathered():
        space = Space(
            range_file,
            options.kconfig,
            base_of(options),
            lenient=options.lenient,
            rejects=not options.no_rejects,
            shell=not options.no_shell,
            mistakes=mistakes,
        )
        for check in (plan.check_command, plan.check_formula, plan.check_replicate):
            with mistakes.gathered():
                check(space, settings, range_file)
        if has_settings:
            _check_settings(space, settings, mistakes)
    if runs is not None and (settings.command or not mistakes):
        with mistakes.gathered():
            runs(range_file, settings)
    mistakes.check()
    return range_file, space, settings


def _settings(options: Namespace, range_file: RangeFile, mistakes: Mistakes) -> Settings:
    lines = assigned(options, mistakes)
    return settings_.resolve(given(options), range_file.settings, base_of(options), lines, mistakes)


def _check_settings(space: Space, settings: Settings, mistakes: Mistakes) -> None:
    """Note what settings ask for and cannot have; nothing where some of them are not known."""
    with mistakes.gathered():
        stopping.make(settings)
    if settings.method is Method.GRID:
        with mistakes.gathered():
            space.require_listed()


def given(options: Namespace) -> dict[str, object]:
    """The settings among the options, by the names of their fields."""
    return {name: getattr(options, name, None) for name in _SETTINGS}


def assigned(options: Namespace, mistakes: Mistakes | None = None) -> list[Assignment]:
    """The settings that were given with `--set`; `mistakes` takes those that are not of the form.

    Raises:
        InputError: one is not of the form, and it is not to be noted.
    """
    where = Where("--set")
    found = Mistakes() if mistakes is None else mistakes
    lines = []
    for text in options.set:
        name, sign, value = text.partition("=")
        if not sign:
            fix = "write NAME=VALUE, for example --set TIMEOUT=600"
            found.add(InputError(f"`{plain(text)}` sets nothing", fix, where))
            continue
        bare = name.strip().removeprefix("CONFIG_SWEEP_").removeprefix("SWEEP_")
        with found.gathered():
            lines.append(settings_.assignment(bare, value, where))
    if mistakes is None:
        found.check()
    return lines


def warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings[:_WARNINGS]:
        tell(f"warning: {plain(warning)}")
    if len(warnings) > _WARNINGS:
        tell(f"warning: and {len(warnings) - _WARNINGS:,} more like these")


def _srctree() -> Path:
    """What `source` is relative to, as in Kconfig."""
    return Path(os.environ.get("srctree", ""))  # noqa: SIM112

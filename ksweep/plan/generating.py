"""A space becomes numbered files, their summary, and `sweep.json`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from ksweep import stopping
from ksweep.admission import Formula
from ksweep.command import Template
from ksweep.model import Method, Settings
from ksweep.plan.counts import PlanSummary, of_grid, of_search
from ksweep.plan.document import document, rejections, setting_where
from ksweep.plan.summary import summary_text
from ksweep.rangefile import RangeFile
from ksweep.search import Search, make
from ksweep.search.grid import GridSearch
from ksweep.space import Space
from ksweep.store import ConfigDir, Entry, Staging, listing, name_of


def generate(
    space: Space,
    settings: Settings,
    range_file: RangeFile,
    config_dir: ConfigDir,
    limit: int | None = None,
    base: Path | None = None,
) -> PlanSummary:
    """Choose configurations of a space and write them, in the place of an earlier plan.

    A method that learns from results chooses while they come in: only `sweep.json` is written.

    Args:
        space: what is chosen from.
        settings: as they are written for the run.
        range_file: where space and settings come from.
        config_dir: where the configurations go.
        limit: how many a grid may have; None for any number.
        base: the `.config` that the space starts from, if there is one.

    Raises:
        InputError: the space, the settings or the command are wrong, or `config_dir` holds
            something else; nothing is written then.
        SurroundingsError: the files cannot be written; the old ones stay.
    """
    named = check_command(space, settings, range_file)
    formula = check_formula(space, settings, range_file)
    stopping.make(settings)
    config_dir.check_replaceable()
    search = make(space, settings, limit)
    head = document(space, settings, range_file, base, named)
    with config_dir.staged() as staged:
        entries = list(_write_configs(staged, space, settings, search, formula))
        found = _summary(space, settings, search, len(entries))
        if not settings.method.adaptive:
            left_out = search.found if isinstance(search, GridSearch) else None
            staged.write_summary(summary_text(space, settings, found, left_out, entries))
        staged.write_plan(
            {
                **head,
                "counts": found.counts,
                **(rejections(search.found) if isinstance(search, GridSearch) else {}),
                "configurations": listing(entries),
            }
        )
    return found


def check_command(space: Space, settings: Settings, range_file: RangeFile) -> frozenset[str]:
    """The symbols that the command names, each of which is defined; a command may be missing.

    Raises:
        InputError: it is malformed, or names what is not defined.
    """
    if not settings.command.strip():
        return frozenset()
    where = setting_where(range_file.settings, "COMMAND", settings.command)
    template = Template.parse(settings.command, where)
    template.check(space.tree.names())
    return frozenset(template.symbols)


def check_formula(space: Space, settings: Settings, range_file: RangeFile) -> Formula | None:
    """The formula of what a trial needs, each of whose symbols is defined; None without one.

    Raises:
        InputError: it names what is not defined.
    """
    if not settings.memory_mb.strip():
        return None
    where = setting_where(range_file.settings, "MEMORY_MB", settings.memory_mb)
    formula = Formula(settings.memory_mb, where)
    for name in sorted(formula.names):
        space.tree.symbol(name, where)
    return formula


def _write_configs(
    staged: Staging, space: Space, settings: Settings, search: Search, formula: Formula | None
) -> Iterator[Entry]:
    if settings.method.adaptive:
        return
    grid = settings.method is Method.GRID
    most = search.outlook.choices * (1 if grid else space.replicates(settings.replicate))
    choices = itertools.islice(iter(search.ask, None), search.outlook.choices)
    configurations = (one for choice in choices for one in choice.configurations)
    for number, configuration in enumerate(configurations, start=1):
        name = name_of(number, most)
        if formula is not None:
            formula.megabytes(name, configuration.text)  # it has a value
        staged.write_config(name, configuration.text)
        yield Entry(name, configuration.id, configuration.params)


def _summary(space: Space, settings: Settings, search: Search, written: int) -> PlanSummary:
    if isinstance(search, GridSearch):
        return of_grid(space, search.found)
    return of_search(space, settings.method, search.outlook, written)

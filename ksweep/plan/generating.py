"""A space becomes numbered files, their summary, and `sweep.json`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ksweep import environment, stopping
from ksweep.admission import Formula
from ksweep.command import Names, Template
from ksweep.errors import Mistakes, Where
from ksweep.model import Configuration, Method, Settings
from ksweep.plan.counts import PlanSummary, of_grid, of_search
from ksweep.plan.document import document, rejections, setting_where
from ksweep.plan.naming import names_of
from ksweep.plan.summary import summary_text
from ksweep.rangefile import RangeFile
from ksweep.search import Search, make
from ksweep.search.grid import GridSearch
from ksweep.space import Enumeration, Space
from ksweep.store import Entry, Staging, entry_of, listing, name_of


@dataclass(frozen=True)
class Generation:
    """What a method chose from a space, in the making: `configurations` can be gone through once.

    A method that learns from results chooses while they come in, and has none before.
    """

    space: Space
    settings: Settings
    search: Search
    head: Mapping[str, object]
    exports: Sequence[str]
    formula: Formula | None

    @property
    def enumeration(self) -> Enumeration | None:
        """All that there is, by a method that goes through everything."""
        return self.search.found if isinstance(self.search, GridSearch) else None

    def configurations(self) -> Iterator[tuple[Entry, str]]:
        """Each configuration with its text, in the order of their numbers.

        Raises:
            InputError: the formula has no value for one, or no program can be given its values.
        """
        if self.settings.method.adaptive:
            return
        choices = self.search.outlook.choices
        grid = self.settings.method is Method.GRID
        most = choices * (1 if grid else self.space.replicates(self.settings.replicate))
        chosen = itertools.islice(iter(self.search.ask, None), choices)
        every = (one for choice in chosen for one in choice.configurations)
        for number, configuration in enumerate(every, start=1):
            name = name_of(number, most)
            if self.formula is not None:
                self.formula.megabytes(name, configuration.text)  # it has a value
            self._check_given(name, configuration)
            yield entry_of(name, configuration), configuration.text

    def _check_given(self, name: str, configuration: Configuration) -> None:
        """See that a program can be given what it would be: of a short text, all of it."""
        if len(configuration.text) < environment.STRING_LIMIT // 4:  # in UTF-8 at most four times
            return
        bare = (symbol.removeprefix("CONFIG_") for symbol in configuration.params)
        named = (*bare, *self.exports)
        given = environment.symbols(configuration.text, named)
        environment.check_fits(given, Where(name))

    def write(self, staged: Staging) -> PlanSummary:
        """Write the configurations, their summary and `sweep.json`; the last alone where none is.

        Raises:
            InputError: the formula has no value for one.
            OSError: a file cannot be written.
        """
        entries = []
        for entry, text in self.configurations():
            staged.write_config(entry.name, text)
            entries.append(entry)
        summary = self._summary(len(entries))
        found = self.enumeration
        if not self.settings.method.adaptive:
            staged.write_summary(summary_text(self.space, self.settings, summary, found, entries))
        staged.write_plan(
            {
                **self.head,
                "counts": summary.counts,
                **(rejections(found) if found is not None else {}),
                "configurations": listing(entries),
            }
        )
        return summary

    def _summary(self, written: int) -> PlanSummary:
        if self.enumeration is not None:
            return of_grid(self.space, self.enumeration)
        return of_search(self.space, self.settings.method, self.search.outlook, written)


def generation(
    space: Space,
    settings: Settings,
    range_file: RangeFile,
    limit: int | None = None,
    base: Path | None = None,
) -> Generation:
    """Have a method choose configurations of a space.

    Args:
        space: what is chosen from.
        settings: as they are written for the run.
        range_file: where space and settings come from.
        limit: how many a grid may have; None for any number.
        base: the `.config` that the space starts from, if there is one.

    Raises:
        InputError: the space, the settings or the command are wrong.
        SurroundingsError: a file cannot be read again.
    """
    named, names = check_command(space, settings, range_file)
    formula = check_formula(space, settings, range_file)
    stopping.make(settings)
    search = make(space, settings, limit)
    exports = tuple(dict.fromkeys([*(line.symbol for line in space.fixed), *sorted(named)]))
    head = document(space, settings, range_file, base, exports, names)
    return Generation(space, settings, search, head, exports, formula)


def check_command(
    space: Space, settings: Settings, range_file: RangeFile
) -> tuple[frozenset[str], Names]:
    """The symbols that the command names, and what else its names are; a command may be missing.

    Raises:
        InputError: it is malformed, or names what is not defined.
    """
    if not settings.command.strip():
        return frozenset(), Names()
    where = setting_where(range_file.settings, "COMMAND", settings.command)
    template = Template.parse(settings.command, where)
    names = names_of(template, space.tree, range_file)
    template.check(space.tree.truths(), names.choices)
    members = (member for members in names.choices.values() for member in members)
    return template.symbols.difference(names.choices).union(members), names


def check_replicate(space: Space, settings: Settings, range_file: RangeFile) -> None:
    """See that Kconfig defines what only repeats trials.

    Raises:
        InputErrorGroup: with the names that it does not.
    """
    mistakes = Mistakes()
    where = setting_where(range_file.settings, "REPLICATE", None)
    for name in settings.replicate:
        with mistakes.gathered():
            space.tree.symbol(name, where)
    mistakes.check()


def check_formula(space: Space, settings: Settings, range_file: RangeFile) -> Formula | None:
    """The formula of what a trial needs, each of whose symbols is defined; None without one.

    Raises:
        InputError: it names what is not defined.
    """
    if not settings.memory_mb.strip():
        return None
    where = setting_where(range_file.settings, "MEMORY_MB", settings.memory_mb)
    formula = Formula(settings.memory_mb, where)
    mistakes = Mistakes()
    for name in sorted(formula.names):
        with mistakes.gathered():
            space.tree.symbol(name, where)
    mistakes.check()
    return formula

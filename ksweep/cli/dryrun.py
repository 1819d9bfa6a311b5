"""`--dry-run`: the commands that would run; nothing is written."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeAlias

from ksweep import plan
from ksweep.cli.output import say
from ksweep.client import entries
from ksweep.command import Values
from ksweep.model import Settings
from ksweep.report.display import plain
from ksweep.store import Entry, Generated, Results
from ksweep.sweep.jobs import command_of
from ksweep.sweep.selection import check_names, in_order, named

Trial: TypeAlias = tuple[Entry, str, str]  # with the text of its configuration and its directory


def laid_out(results: Results, entries: Iterable[Entry]) -> Iterator[Trial]:
    """Trials of a sweep, those without a configuration left out."""
    for entry in entries:
        trial = results.trial(entry)
        if trial.trouble is None:
            yield entry, trial.config_text(), trial.path


def planned(generated: Generated, settings: Settings, options: Namespace) -> Iterator[Trial]:
    """Those of the trials of a generated sweep that are asked for."""
    entries = [one for entry in generated.entries for one in entry.repeats(settings.repeat)]
    check_names(options.only or (), entries)
    ordered = in_order(entries, settings)
    for one in named(ordered, options.only) if options.only else ordered:
        yield one, generated.config_text(one), f"DIR/{one.directory}"


def chosen(generation: plan.Generation, options: Namespace) -> Iterator[Trial]:
    """The same of a sweep that is not even generated."""
    settings = generation.settings
    made = list(generation.configurations())
    texts = {entry.base: text for entry, text in made}
    every = [one for entry, _ in made for one in entry.repeats(settings.repeat)]
    check_names(options.only or (), every)
    ordered = in_order(every, settings)
    asked = named(ordered, options.only) if options.only else ordered
    return ((one, texts[one.base], f"DIR/{one.directory}") for one in asked)


def say_commands(trials: Iterable[Trial], settings: Settings, options: Namespace) -> int:
    """Show the commands that would run, with DIR for what is not there yet.

    `trials` are with the text of the configuration and the directory of each.
    """
    template = command_of(settings)
    for entry, text, directory in islice(trials, options.max_runs):
        config = f"{directory}/config.txt"
        words = template.expand(
            Values(dict(entries(text))), config=config, directory=directory, name=entry.name
        )
        say(f"{entry.name}: {plain(shlex.join(words))}")
    return 0

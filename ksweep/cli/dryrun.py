"""`--dry-run`: what would run, as text for a shell that does the same; nothing is written."""

from __future__ import annotations

import os
import shlex
import string
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from ksweep import plan
from ksweep.cli.output import say
from ksweep.model import Settings
from ksweep.report.display import plain
from ksweep.store import Entry, Generated, Results
from ksweep.sweep.jobs import command_of
from ksweep.sweep.launching import Launch, Launcher, Place
from ksweep.sweep.selection import check_names, in_order, named

Trial: TypeAlias = tuple[Entry, str]  # with the text of its configuration

_DIR = "/\1"  # stands for the directory that the shell makes; no value can have it
_PLAIN = frozenset(string.ascii_letters + string.digits + " _=+-./,:")
_SHELL_DIR = '"$KSWEEP_SWEEP"'


def laid_out(results: Results, entries: Iterable[Entry]) -> Iterator[Trial]:
    """Trials of a sweep, those without a configuration left out."""
    for entry in entries:
        trial = results.trial(entry)
        if trial.trouble is None:
            yield entry, trial.config_text()


def planned(generated: Generated, settings: Settings, options: Namespace) -> Iterator[Trial]:
    """Those of the trials of a generated sweep that are asked for."""
    entries = [one for entry in generated.entries for one in entry.repeats(settings.repeat)]
    check_names(options.only or (), entries)
    ordered = in_order(entries, settings)
    asked = named(ordered, options.only) if options.only else ordered
    return ((one, generated.config_text(one)) for one in asked)


def chosen(generation: plan.Generation, options: Namespace) -> Iterator[Trial]:
    """The same of a sweep that is not even generated."""
    settings = generation.settings
    made = list(generation.configurations())
    texts = {entry.base: text for entry, text in made}
    every = [one for entry, _ in made for one in entry.repeats(settings.repeat)]
    check_names(options.only or (), every)
    ordered = in_order(every, settings)
    asked = named(ordered, options.only) if options.only else ordered
    return ((one, texts[one.base]) for one in asked)


def say_commands(
    trials: Iterable[Trial], sweep: Mapping[str, Any], settings: Settings, options: Namespace
) -> int:
    """Show the commands that would run, with the variables that they find, for a shell.

    Args:
        trials: with the texts of their configurations.
        sweep: what `sweep.json` says, or will say.
        settings: as they hold for the run.
        options: of the command line.
    """
    launcher = Launcher(
        command_of(settings), {"cwd": os.getcwd(), **sweep}, settings, dict(os.environ)
    )
    say("# For a shell: each trial runs in a directory that is made for it.")
    say("KSWEEP_SWEEP=$(mktemp -d)")
    for entry, text in islice(trials, options.max_runs):
        directory = f"{_DIR}/{entry.directory}"
        place = Place(_DIR, directory, f"{directory}/config.txt")
        values = " ".join(f"{name}={value}" for name, value in entry.params.items())
        say(f"\n# {entry.name}: {plain(values)}")
        for line in _lines(launcher.launch(entry, 1, text, place), place, text):
            say(line)
    return 0


def _lines(launch: Launch, place: Place, text: str) -> Iterator[str]:
    """What a shell does to start a program as a run would."""
    yield f"mkdir {_word(place.directory)} && cat >{_word(place.config)} <<'END'"
    yield from (plain(line) for line in text.splitlines() if "CONFIG_" in line)
    yield "END"
    gone = [f"-u {_word(name)}" for name in os.environ if name not in launch.env]
    given = launch.env.items() - os.environ.items()
    variables = [_word(f"{name}={value}") for name, value in sorted(given)]
    words = " ".join(["env", *gone, *variables, *map(_word, launch.argv)])
    yield f"(cd {_word(launch.cwd)} && {words} </dev/null)"


def _word(text: str) -> str:
    """One word of a shell, that no terminal obeys either."""
    return _SHELL_DIR.join(map(_quoted, text.split(_DIR))) or "''"


def _quoted(piece: str) -> str:
    if not piece:
        return ""
    if piece.isprintable():
        return shlex.quote(piece)
    return f"$'{''.join(map(_octet, os.fsencode(piece)))}'"


def _octet(octet: int) -> str:
    return chr(octet) if chr(octet) in _PLAIN else f"\\x{octet:02x}"

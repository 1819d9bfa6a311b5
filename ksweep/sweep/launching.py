"""What starts a trial's program: its words, where it runs, and its environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ksweep import environment
from ksweep.client import entries
from ksweep.command import Template, Values
from ksweep.model import Settings
from ksweep.store import Entry
from ksweep.sweep import programs


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trial is: its sweep and its own directory, and its configuration's path."""

    sweep: str
    directory: str
    config: str


@dataclass(frozen=True, slots=True)
class Launch:
    """One start; `env` is all of it but for what depends on the cores and GPUs that are given."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]


class Launcher:
    """Knows how the trials of one sweep are started."""

    def __init__(
        self,
        template: Template,
        sweep: Mapping[str, Any],
        settings: Settings,
        environ: Mapping[str, str],
    ) -> None:
        """`sweep` is what `sweep.json` says, or will say; `environ` is the caller's."""
        self._template = template
        self._sweep = sweep
        self._settings = settings
        self._environ = environment.inherited(environ)
        exports = sweep.get("exports")
        named = exports if isinstance(exports, list) else []
        self._exports = dict.fromkeys([*named, *template.symbols])
        self._names = programs.names_in(sweep)
        self._axes = frozenset(_axes(sweep))

    def launch(self, entry: Entry, attempt: int, text: str, place: Place) -> Launch:
        """How an attempt at a trial is started whose configuration has this text."""
        active = [name.removeprefix("CONFIG_") for name in entry.params]
        values = Values(dict(entries(text)), self._names, self._axes.difference(active))
        where = environment.place(
            config=place.config,
            directory=place.directory,
            name=entry.name,
            sweep=place.sweep,
            attempt=attempt,
            repeat=entry.repeat,
        )
        symbols = environment.symbols(text, [*active, *self._exports])
        return Launch(
            self._template.expand(
                values, config=place.config, directory=place.directory, name=entry.name
            ),
            programs.directory_of(self._sweep, self._settings, place.directory),
            {**self._environ, **symbols, **where},
        )


def _axes(sweep: Mapping[str, Any]) -> Iterator[str]:
    """The symbols of all axes."""
    axes = sweep.get("axes")
    for axis in axes if isinstance(axes, list) else ():
        symbols = axis.get("symbols") if isinstance(axis, Mapping) else None
        yield from map(str, symbols if isinstance(symbols, list) else ())

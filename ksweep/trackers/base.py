"""What a tracker is, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ksweep.metrics import Point
from ksweep.model import Result, Settings

WITH_FILES = " with files"  # at the end of a record


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep as trackers know it.

    Attributes:
        name: of its results directory.
        id: the same wherever that directory is copied to; other sweeps have others.
        path: the results directory.
        settings: as the sweep holds them.
        facts: what else is worth knowing, as text by name: where it was started, the commit.
        started_ms: when, in milliseconds since 1970.
    """

    name: str
    id: str
    path: str
    settings: Settings
    facts: Mapping[str, str]
    started_ms: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial that has ended, as trackers know it.

    Attributes:
        result: what is recorded of it.
        measured: the final metrics and the resources under their names in the summary; what is
            not finite is left out.
        histories: the points of each metric that was reported step by step, under the same names;
            what is not finite is left out.
        files: of its directory, by name; empty where files are not asked for.
        record: what changes whenever the trial has come to something else.
    """

    result: Result
    measured: Mapping[str, float]
    histories: Mapping[str, Sequence[Point]]
    files: Mapping[str, bytes]
    record: str


class Tracker(Protocol):
    """Holds one sweep somewhere else. Whatever it raises means that it failed."""

    @property
    def how_to_look(self) -> str:
        """What a person does to see it: a command, or an address to open."""
        ...

    def recorded(self, name: str) -> str:
        """The `record` of the trial that is held under a name; empty where none is, or a part."""
        ...

    def add(self, trial: Trial) -> None:
        """Hold a trial, in place of what is held under its name."""
        ...

    def close(self, whole: bool) -> None:
        """Make lasting what was added; `whole` says that every trial of the sweep has ended."""
        ...

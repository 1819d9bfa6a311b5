"""The values of one metric, and the metrics of one trial."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

HISTORY_LIMIT = 1_000_000
NAMES_LIMIT = 10_000
_SHOWN = 40  # characters of a value that is no number

Point = tuple[float, float]  # a step, and the value there


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a trial said of itself.

    A value of `final` is not finite only where the trial gave no finite one of that name.
    `incomplete` says why some of it could not be read; it is None where all of it was.
    """

    final: Mapping[str, float] = field(default_factory=dict)
    histories: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    incomplete: str | None = None


class Series:
    """The values of one metric from one source, as they come in."""

    __slots__ = ("_count", "_kept", "_last", "_stated", "history")

    def __init__(self, kept: bool = True) -> None:
        """`kept`: somebody wants the history, not only the final value."""
        self.history: list[Point] = []  # what was not taken yet
        self._kept = kept
        self._count = 0
        self._last: float | None = None  # the last finite value of the history, else the last
        self._stated: float | None = None  # a final value that was given as such

    def add(self, step: float | None, value: float) -> None:
        """Take a point of the history; without a step it is the next one, counting from 1."""
        if self._last is None or math.isfinite(value) or not math.isfinite(self._last):
            self._last = value
        if self._count < HISTORY_LIMIT:
            self._count += 1
            if self._kept:
                self.history.append((self._count if step is None else step, value))

    def take(self) -> list[Point]:
        """The points that nobody has taken before."""
        taken, self.history = self.history, []
        return taken

    def state(self, value: float) -> None:
        """Take a final value."""
        self._stated = value

    @property
    def final(self) -> float | None:
        if self._stated is None or (self._last is not None and not math.isfinite(self._stated)):
            return self._last
        return self._stated


class Source(dict[str, Series]):
    """The metrics that one way of giving them gave, at most `NAMES_LIMIT`.

    Attributes:
        full: there were more.
        numberless: by names with something else than a number, what the first such thing was.
    """

    def __init__(self, wanted: Collection[str] | None = None) -> None:
        """`wanted`: the metrics whose histories are kept, None for all."""
        super().__init__()
        self._wanted = None if wanted is None else {name.lower() for name in wanted}
        self.full = False
        self.numberless: dict[str, str] = {}

    def note(self, name: str, value: object) -> None:
        """Remember that the value of a name is no number."""
        if name not in self.numberless and len(self.numberless) < NAMES_LIMIT:
            self.numberless[name] = f"{name}: {value!r}"[: len(name) + _SHOWN]

    def series(self, name: str) -> Series:
        """The series of a name; that of a name too many is nobody's."""
        found = self.get(name)
        if found is None:
            found = Series(self._wanted is None or name.lower() in self._wanted)
            if len(self) < NAMES_LIMIT:
                self[name] = found
            else:
                self.full = True
        return found


def finals(sources: Sequence[Source], asked: Collection[str]) -> dict[str, float]:
    """The final value of each metric, from the first source that has one.

    One that is asked for and has none has that of its name in another case.
    """
    found: dict[str, float] = {}
    for source in sources[:-1]:
        for name, series in source.items():
            if (value := series.final) is not None:
                found.setdefault(name, value)
    for name in asked:
        if name not in found and (folded := same_name(name, sources)) is not None:
            source, written = folded
            value = source[written].final
            if value is not None:
                found.pop(written, None)
                found[name] = value
    return found


_Named = TypeVar("_Named", bound=Mapping[str, object])


def same_name(name: str, sources: Sequence[_Named]) -> tuple[_Named, str] | None:
    """The first source that has a name, with its spelling there: the very one, or any case.

    The last of the sources has names that were found in another case.
    """
    for source in sources[:-1]:
        if name in source:
            return source, name
    folded = name.lower()
    for source in sources:
        for written in source:
            if written.lower() == folded:
                return source, written
    return None


def histories(
    points: Sequence[Mapping[str, Sequence[Point]]], asked: Collection[str]
) -> dict[str, tuple[Point, ...]]:
    """The points of each metric, by the same order and names as the final values."""
    names = dict.fromkeys(name for source in points[:-1] for name in source)
    found = {name: tuple(one[0][one[1]]) for name in names if (one := same_name(name, points))}
    for name in asked:
        if name not in found and (folded := same_name(name, points)) is not None:
            source, written = folded
            found.pop(written, None)
            found[name] = tuple(source[written])
    return found


def merged(sources: Sequence[Source], asked: Collection[str]) -> Metrics:
    """Take each metric from the first source that has it, and likewise each history."""
    points = [
        {name: one.history for name, one in source.items() if one.history} for source in sources
    ]
    return Metrics(finals(sources, asked), histories(points, asked))

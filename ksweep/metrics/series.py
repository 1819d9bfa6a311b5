"""The values of one metric, and the metrics of one trial."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HISTORY_LIMIT = 1_000_000

Point = tuple[float, float]  # a step, and the value there


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a trial said of itself.

    A value of `final` is not finite only where the trial gave no finite one of that name.
    """

    final: Mapping[str, float] = field(default_factory=dict)
    histories: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)


class Series:
    """The values of one metric from one source, as they come in."""

    __slots__ = ("_last", "_stated", "history")

    def __init__(self) -> None:
        self.history: list[Point] = []
        self._last: float | None = None  # the last finite value of the history, else the last
        self._stated: float | None = None  # a final value that was given as such

    def add(self, step: float | None, value: float) -> None:
        """Take a point of the history; without a step it is the next one, counting from 1."""
        if self._last is None or math.isfinite(value) or not math.isfinite(self._last):
            self._last = value
        if len(self.history) < HISTORY_LIMIT:
            self.history.append((len(self.history) + 1 if step is None else step, value))

    def state(self, value: float) -> None:
        """Take a final value."""
        self._stated = value

    @property
    def final(self) -> float | None:
        if self._stated is None or (self._last is not None and not math.isfinite(self._stated)):
            return self._last
        return self._stated


Source = Mapping[str, Series]


def merged(sources: Sequence[Source]) -> Metrics:
    """Take each metric from the first source that has it, and likewise each history."""
    final: dict[str, float] = {}
    histories: dict[str, tuple[Point, ...]] = {}
    for source in sources:
        for name, series in source.items():
            value = series.final
            if value is not None:
                final.setdefault(name, value)
            if series.history and name not in histories:
                histories[name] = tuple(series.history)
    return Metrics(final, histories)

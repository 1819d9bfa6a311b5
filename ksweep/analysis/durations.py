"""How long a trial takes, by the parameters that explain it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from ksweep import number
from ksweep.analysis.axes import Members, axis_value
from ksweep.model import Result

Observation: TypeAlias = tuple[Result, float]  # a trial and its seconds

_NOISE = 0.1  # of a logarithm: what is expected between equal trials before anything is known
_PRIOR = 4  # observations that this expectation is worth
_EFFECTS = 3
_STEEPEST = 2.0  # a power of the parameter
_HEDGE = 1.9  # below 2: an estimate that is wrong by no more is still of use
_SHORTEST_S = 1e-4


class _Line(NamedTuple):
    """A power law, as a line between logarithms."""

    slope: float
    x: float
    y: float

    def at(self, x: float) -> float:
        return self.y + self.slope * (x - self.x)


@dataclass(frozen=True, slots=True)
class _Effect:
    """What the value of an axis adds to the logarithm of the time.

    Attributes:
        levels: of each value that has been seen; empty where the line is better than that.
        line: for other numbers, above 0.
        other: for what else there may be.
        reach: the line is not followed farther than that.
    """

    members: Members
    levels: Mapping[str | None, float]
    line: _Line | None
    other: float
    reach: float = math.inf

    def of(self, trial: Result) -> float:
        text = axis_value(trial, self.members)
        if text in self.levels:
            return self.levels[text]
        x = _log_number(text)
        if self.line is None or x is None:
            return self.other
        return min(max(self.line.at(x), -self.reach), self.reach)


class Durations:
    """Predicts the time of trials from the times of others.

    Times are multiplied by what the value of each of a few axes does. An axis is one of them where
    it explains more than its terms cost by the Bayesian information criterion. To a number that
    has not been seen, its power law is continued. Of an axis of which a single value has been seen,
    nothing is known: its effect is taken to be half of that of a proportional one, in logarithms,
    and a factor of 1.9 at most.
    """

    def __init__(self, seen: Sequence[Observation], axes: Iterable[Members]) -> None:
        """`seen` has at least one observation.

        `mean` is that of their times; `unseen` is the axis whose effect had to be assumed.
        """
        self._values = {one: {axis_value(trial, one) for trial, _ in seen} for one in axes}
        logs = [math.log(max(seconds, _SHORTEST_S)) for _, seconds in seen]
        self._middle = _mean(logs)
        self._effects = _effects([trial for trial, _ in seen], logs, tuple(self._values))
        self._scale = 1.0
        predicted = math.fsum(self.seconds(trial) for trial, _ in seen)
        self.mean = math.fsum(seconds for _, seconds in seen) / len(seen)
        self._scale = self.mean * len(seen) / predicted
        hedge = _hedge(self._values) if len(seen) > 1 else None
        self._effects += (hedge,) if hedge is not None else ()
        self.unseen = hedge.members if hedge is not None else ()

    def seconds(self, trial: Result) -> float:
        """How long a trial is expected to take."""
        return self._scale * math.exp(self._middle + sum(one.of(trial) for one in self._effects))

    def is_new(self, trial: Result) -> bool:
        """Whether it has a value that no trial had that was seen."""
        return any(axis_value(trial, one) not in seen for one, seen in self._values.items())


def _effects(
    trials: Sequence[Result], logs: Sequence[float], axes: Sequence[Members]
) -> tuple[_Effect, ...]:
    """The effects that explain the times, the strongest first."""
    middle = _mean(logs)
    rest = [log - middle for log in logs]
    found: list[_Effect] = []
    cost = _criterion(rest, 0)
    for _ in range(_EFFECTS):
        tried = [each for one in axes for each in _fits(trials, rest, one)]
        best = min(tried, key=lambda fit: fit.cost, default=None)
        if best is None or best.cost >= cost:
            break
        found.append(best.effect)
        rest, cost = best.rest, _criterion(best.rest, 0)
    return tuple(found)


class _Fit(NamedTuple):
    cost: float
    effect: _Effect
    rest: list[float]


def _fits(trials: Sequence[Result], rest: Sequence[float], members: Members) -> Iterable[_Fit]:
    """The axis by its values, and where all are numbers, by a line."""
    texts = [axis_value(trial, members) for trial in trials]
    groups: dict[str | None, list[float]] = defaultdict(list)
    for text, log in zip(texts, rest, strict=True):
        groups[text].append(log)
    if len(groups) < 2:
        return
    levels = {text: _mean(group) for text, group in groups.items()}
    numbers = {text: _log_number(text) for text in levels}
    line = _line([(x, levels[text]) for text, x in numbers.items() if x is not None])
    by_value = _Effect(members, levels, line, _mean(list(levels.values())))
    yield _fit(by_value, trials, rest, len(levels) - 1)
    points = [(numbers[text], log) for text, log in zip(texts, rest, strict=True)]
    known = [(x, log) for x, log in points if x is not None]
    if len(known) == len(points) and (straight := _line(known)) is not None:
        yield _fit(_Effect(members, {}, straight, 0.0), trials, rest, 1)


def _fit(effect: _Effect, trials: Sequence[Result], rest: Sequence[float], terms: int) -> _Fit:
    left = [log - effect.of(trial) for trial, log in zip(trials, rest, strict=True)]
    return _Fit(_criterion(left, terms), effect, left)


def _criterion(rest: Sequence[float], terms: int) -> float:
    """The Bayesian information criterion, with an expectation of the noise (Schwarz 1978)."""
    count = len(rest) + _PRIOR
    squares = math.fsum(one * one for one in rest) + _PRIOR * _NOISE**2
    return count * math.log(squares / count) + terms * math.log(count)


def _hedge(values: Mapping[Members, set[str | None]]) -> _Effect | None:
    """Of the first axis of which a single number has been seen: half a proportional effect."""
    for members, texts in values.items():
        x = _log_number(next(iter(texts))) if len(texts) == 1 else None
        if x is not None:
            reach = math.log(_HEDGE)
            return _Effect(members, dict.fromkeys(texts, 0.0), _Line(0.5, x, 0.0), 0.0, reach)
    return None


def _line(points: Sequence[tuple[float, float]]) -> _Line | None:
    """By least squares; None where all are at one place."""
    if len({x for x, _ in points}) < 2:
        return None
    at, of = _mean([x for x, _ in points]), _mean([y for _, y in points])
    spread = math.fsum((x - at) ** 2 for x, _ in points)
    slope = math.fsum((x - at) * (y - of) for x, y in points) / spread
    return _Line(min(max(slope, -_STEEPEST), _STEEPEST), at, of)


@lru_cache(maxsize=4096)
def _log_number(text: str | None) -> float | None:
    """The logarithm of a number above 0."""
    if text is None:
        return None
    value = number.parse_hex(text) if text[:2] in ("0x", "0X") else number.parse(text)
    return float(value.ln()) if value is not None and value > 0 else None


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)

"""The history of one trial with one value a step, whatever the program reports."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass

from ksweep.model import Goal
from ksweep.stopping.base import History, score_of

_STRAYS = 2  # reports of earlier steps, which are no disorder yet


@dataclass(frozen=True, slots=True)
class Standing:
    """How good a trial was when it had come to a step, by the points up to there.

    Attributes:
        steps: how many there are up to there.
        value: the one reported at the last of them.
        score: of the last finite value; minus infinity where there is none.
        best: the best score.
        average: of the finite scores; minus infinity where there is none.
    """

    steps: int
    value: float
    score: float
    best: float
    average: float


class Track:
    """The points of a trial by step; a step has the last value that was reported for it.

    Attributes:
        ended: no more will come.
        whole: and the trial was not stopped before it had said all.
        repeats: some step was reported twice in a row, with another value.
        disorder: why the steps say nothing about the order of the values; None where they do.
        ahead: the steps that were the furthest when they came, each with the one before, until
            somebody takes them.
    """

    def __init__(self, goal: Goal) -> None:
        self.ended = self.whole = False
        self.repeats = False
        self.disorder: str | None = None
        self.ahead: deque[tuple[float, float]] = deque()
        self._goal = goal
        self._read = 0
        self._seen: tuple[object, object] = (None, None)  # the first point, and the last read
        self._rises = self._strays = 0
        self._steps, self._values = array("d"), array("d")
        self._scores, self._bests = array("d"), array("d")  # of so many points as were asked for
        self._sums, self._counts = array("d"), array("q")

    def continues(self, history: History) -> bool:
        """Whether what was read is the beginning of this history."""
        if not self._read:
            return True
        return len(history) >= self._read and self._seen == (history[0], history[self._read - 1])

    def take(self, history: History) -> None:
        """Read what is new in a history that `continues`."""
        for step, value in history[self._read :]:
            if self.disorder is None:
                self._add(float(step), value)
        if history:
            self._read, self._seen = len(history), (history[0], history[-1])

    def _add(self, step: float, value: float) -> None:
        if not self._steps or step > self._steps[-1]:
            self._rises += 1
            self._latest = step
            self.ahead.append((step, self.newest))
            self._steps.append(step)
            self._values.append(value)
            return
        place = bisect_left(self._steps, step)
        if self._steps[place] == step:
            self._replace(place, value)
        else:
            self._insert(place, value, step)
        self._latest = step

    def _replace(self, place: int, value: float) -> None:
        if _same(self._values[place], value):
            return
        step = self._steps[place]
        if step != self._latest:
            self.disorder = f"gave step {step:g} again after step {self._latest:g}"
        self.repeats = True
        self._values[place] = value
        self._forget(place)

    def _insert(self, place: int, value: float, step: float) -> None:
        self._strays += 1
        if self._strays > max(self._rises, _STRAYS):
            self.disorder = f"gave steps that do not rise: {step:g} after {self._latest:g}"
        self._steps.insert(place, step)
        self._values.insert(place, value)
        self._forget(place)

    @property
    def newest(self) -> float:
        """The furthest step; minus infinity where there is none."""
        return self._steps[-1] if self._steps else -math.inf

    @property
    def before_newest(self) -> float:
        """The step before that."""
        return self._steps[-2] if len(self._steps) > 1 else -math.inf

    def at(self, step: float) -> Standing | None:
        """How it stood at that step; None where it began later."""
        place = bisect_right(self._steps, step) - 1
        if place < 0:
            return None
        self._add_up(place)
        count = self._counts[place]
        average = self._sums[place] / count if count else -math.inf
        score, best = self._scores[place], self._bests[place]
        return Standing(place + 1, self._values[place], score, best, average)

    def _add_up(self, place: int) -> None:
        """See that the sums of the points up to that place are there."""
        for at in range(len(self._scores), place + 1):
            own = score_of(self._values[at], self._goal)
            finite = own > -math.inf
            last, best, total, count = self._summed(at - 1)
            self._scores.append(own if finite else last)
            self._bests.append(max(own, best))
            self._sums.append(total + own if finite else total)
            self._counts.append(count + finite)

    def _summed(self, at: int) -> tuple[float, float, float, int]:
        if at < 0:
            return -math.inf, -math.inf, 0.0, 0
        return self._scores[at], self._bests[at], self._sums[at], self._counts[at]

    def _forget(self, place: int) -> None:
        """The sums from that place on are not true any more."""
        for sums in (self._scores, self._bests, self._sums, self._counts):
            del sums[place:]


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))

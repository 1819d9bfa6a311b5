"""The steps at which trials are compared, and what each had there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ksweep.model import Goal
from ksweep.stopping.base import History, Reader, score


@dataclass(frozen=True, slots=True)
class Arrival:
    """A trial has come to a rung: at this step, with this value."""

    rung: int
    step: float
    value: float


class Rungs:
    """Rung k is at the step `min_steps * eta ** k`; a trial is there with its first report since.

    Attributes:
        furthest: the largest step of the trials that have ended; 0 until one has.
    """

    def __init__(self, goal: Goal, min_steps: int, eta: int) -> None:
        self.furthest: float = 0
        self.eta = eta
        self._goal = goal
        self._min_steps = min_steps
        self._reader = Reader()
        self._scores: list[dict[str, float]] = []  # by rung, then by trial

    def step(self, rung: int) -> int:
        """The step that a rung is at."""
        return self._min_steps * int(self.eta**rung)

    def arrivals(self, trial: str, history: History) -> Iterator[Arrival]:
        """Where the trial has come since the last time; each is recorded as it is handed out."""
        if self._reader.restarted(trial, history):
            self._forget(trial)
        for step, value in self._reader.fresh(trial, history):
            rung = self._reached(trial)
            while self.step(rung) <= step:
                self._record(rung, trial, score(value, self._goal))
                yield Arrival(rung, step, value)
                rung += 1

    def end(self, trial: str, history: History) -> None:
        """Take in the whole of a trial that has ended."""
        for _ in self.arrivals(trial, history):
            pass
        self.furthest = max([self.furthest, *(step for step, _ in history)])

    def at(self, rung: int) -> dict[str, float]:
        """The scores of all trials that have come to a rung."""
        return self._scores[rung] if rung < len(self._scores) else {}

    def _reached(self, trial: str) -> int:
        """The first rung to which the trial has not come yet."""
        found = (rung for rung, scores in enumerate(self._scores) if trial not in scores)
        return next(found, len(self._scores))

    def _record(self, rung: int, trial: str, found: float) -> None:
        if rung == len(self._scores):
            self._scores.append({})
        self._scores[rung][trial] = found

    def _forget(self, trial: str) -> None:
        self._reader.forget(trial)
        for scores in self._scores:
            scores.pop(trial, None)

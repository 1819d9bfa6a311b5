"""What a stopping rule is, and how it sees values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from ksweep.model import Goal, Pruning

History: TypeAlias = Sequence[tuple[float, float]]
"""The steps and values of one metric of one trial, in the order in which they were reported."""


class Rule(Protocol):
    """Judges trials by the history of one metric."""

    def judge(self, trial: str, history: History) -> Pruning | None:
        """Why to stop a running trial now; None to let it go on.

        To be called again and again with all of the history so far; what came since the last time
        is judged step by step, and remembered for judging others.
        """
        ...

    def end(self, trial: str, history: History) -> None:
        """Take in the whole history of a trial that has ended, or was stopped."""
        ...


def score(value: float, goal: Goal) -> float:
    """The value as something to maximise; one that is not finite is worse than any other."""
    if not math.isfinite(value):
        return -math.inf
    return value if goal is Goal.MAXIMIZE else -value


class Reader:
    """Hands out each point of each trial's history once."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[int, tuple[float, float]]] = {}  # how many, and the first

    def fresh(self, trial: str, history: History) -> Sequence[tuple[float, float]]:
        """The points that came since the last time."""
        count, first = self._read.get(trial, (0, None))
        if history:
            self._read[trial] = len(history), history[0]
        return history[count:] if history and history[0] == first else history

    def restarted(self, trial: str, history: History) -> bool:
        """Whether the trial began anew: what was read of it before does not count any more."""
        count, first = self._read.get(trial, (0, None))
        return bool(count) and (len(history) < count or history[0] != first)

    def forget(self, trial: str) -> None:
        """Hand out the trial from its start again."""
        self._read.pop(trial, None)

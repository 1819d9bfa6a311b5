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

    def end(self, trial: str, history: History, whole: bool = True) -> str | None:
        """Take in all of the history of a trial that has ended.

        Args:
            trial: its name.
            history: of the trial.
            whole: it ran to its own end, and was not stopped.

        Returns:
            Why such a history cannot be judged; None where it can.
        """
        ...


def score_of(value: float, goal: Goal) -> float:
    """The value as something to maximise; one that is not finite is worse than any other."""
    if not math.isfinite(value):
        return -math.inf
    return value if goal is Goal.MAXIMIZE else -value

"""Stop what is worse than the usual trial was at the same step."""

from __future__ import annotations

from statistics import median

from ksweep.model import Goal, Pruning
from ksweep.stopping.base import History
from ksweep.stopping.tracks import Due, Tracks

ENOUGH = 3
"""So many trials must have come that far before one is judged by their median."""


class MedianRule:
    """The median stopping rule of Golovin et al., "Google Vizier", KDD 2017.

    A trial is stopped at a step where its best value so far is worse than the median of the
    averages that the trials which have ended had up to that step.
    """

    def __init__(self, goal: Goal, min_steps: int, max_steps: int) -> None:
        self._goal = goal
        self._tracks = Tracks(goal, min_steps, max_steps)

    def judge(self, trial: str, history: History) -> Pruning | None:
        for due in self._tracks.due(trial, history):
            others = self._tracks.others(trial, due.step, since=due.step, ended=True)
            averages = [standing.average for _, standing in others]
            if len(averages) >= ENOUGH and due.standing.best < median(averages):
                return due.pruning(self._reason(due, averages))
        return None

    def end(self, trial: str, history: History, whole: bool = True) -> str | None:
        return self._tracks.end(trial, history, whole)

    def _reason(self, due: Due, averages: list[float]) -> str:
        sign = 1 if self._goal is Goal.MAXIMIZE else -1
        return (
            f"median: at step {due.step:g} its best is {sign * due.standing.best:.5g}, and the "
            f"averages of {len(averages)} others have the median {sign * median(averages):.5g}"
        )

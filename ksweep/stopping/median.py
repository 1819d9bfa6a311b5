"""Stop what is worse than the usual trial was at the same step."""

from __future__ import annotations

import bisect
import math
from statistics import median

from ksweep.model import Goal, Pruning
from ksweep.stopping.base import History, Reader, score

ENOUGH = 3
"""So many trials must have come that far before one is judged by their median."""


class MedianRule:
    """The median stopping rule of Golovin et al., "Google Vizier", KDD 2017.

    A trial is stopped at a step where its best value so far is worse than the median of the
    averages that the trials which have ended had up to that step.
    """

    def __init__(self, goal: Goal, min_steps: int) -> None:
        self._goal = goal
        self._min_steps = min_steps
        self._reader = Reader()
        self._best: dict[str, float] = {}
        self._ended: dict[str, tuple[list[float], list[float]]] = {}  # steps, averages up to them

    def judge(self, trial: str, history: History) -> Pruning | None:
        if self._reader.restarted(trial, history):
            self._reader.forget(trial)
            self._best.pop(trial, None)
        for step, value in self._reader.fresh(trial, history):
            best = max(self._best.get(trial, -math.inf), score(value, self._goal))
            self._best[trial] = best
            others = self._averages(trial, step) if step >= self._min_steps else []
            if len(others) >= ENOUGH and best < median(others):
                return Pruning(step, value, self._reason(step, best, others))
        return None

    def end(self, trial: str, history: History) -> None:
        points = sorted(history, key=lambda point: point[0])
        scores = [score(value, self._goal) for _, value in points]
        self._ended[trial] = [step for step, _ in points], _running_averages(scores)
        self._reader.forget(trial)
        self._best.pop(trial, None)

    def _averages(self, trial: str, step: float) -> list[float]:
        """What the others that came as far had on average up to the step."""
        found = []
        for name, (steps, averages) in self._ended.items():
            if name != trial and steps and steps[-1] >= step:
                found.append(averages[max(bisect.bisect_right(steps, step) - 1, 0)])
        return found

    def _reason(self, step: float, best: float, others: list[float]) -> str:
        sign = 1 if self._goal is Goal.MAXIMIZE else -1
        usual = sign * median(others)
        return (
            f"median: at step {step:g} its best is {sign * best:.5g}, and the averages of "
            f"{len(others)} others have the median {usual:.5g}"
        )


def _running_averages(scores: list[float]) -> list[float]:
    """The average of the finite ones up to each place; minus infinity where there is none."""
    averages, total, count = [], 0.0, 0
    for one in scores:
        if math.isfinite(one):
            total, count = total + one, count + 1
        averages.append(total / count if count else -math.inf)
    return averages

"""Let only the best of those that came as far go on."""

from __future__ import annotations

from collections.abc import Collection

from ksweep.model import Goal, Pruning
from ksweep.stopping.base import History
from ksweep.stopping.rungs import Arrival, Rungs


class HalvingRule:
    """Asynchronous successive halving, where trials are stopped and never paused.

    Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020. At each rung a
    trial goes on if it is among the best 1/eta of those that have come there so far, at least one
    of them. At the last step of a whole trial there is no rung: nothing is left to save.
    """

    def __init__(self, goal: Goal, min_steps: int, max_steps: int, eta: int) -> None:
        self._rungs = Rungs(goal, min_steps, eta)
        self._max_steps = max_steps

    def judge(self, trial: str, history: History) -> Pruning | None:
        last = self._max_steps or self._rungs.furthest
        for arrival in self._rungs.arrivals(trial, history):
            if last and self._rungs.step(arrival.rung) >= last:
                continue
            scores = self._rungs.at(arrival.rung)
            if falls_behind(scores[trial], scores.values(), self._rungs.eta):
                why = reason("halving", arrival, len(scores), self._rungs.eta)
                return Pruning(arrival.step, arrival.value, why)
        return None

    def end(self, trial: str, history: History) -> None:
        self._rungs.end(trial, history)


def falls_behind(own: float, scores: Collection[float], eta: int) -> bool:
    """Whether a score is not among the best 1/eta of all, itself included; equal ones go on."""
    better = sum(1 for other in scores if other > own)
    return better >= max(len(scores) // eta, 1)


def reason(rule: str, arrival: Arrival, others: int, eta: int) -> str:
    """Why a trial is stopped, in one line."""
    return (
        f"{rule}: {arrival.value:.5g} at step {arrival.step:g} is not among the best 1/{eta} of "
        f"{others} trials"
    )

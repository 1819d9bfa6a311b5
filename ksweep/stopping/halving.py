"""Let only the best of those that came as far go on."""

from __future__ import annotations

from collections.abc import Collection

from ksweep.model import Goal, Pruning
from ksweep.stopping.base import History
from ksweep.stopping.tracks import Due, Tracks


class HalvingRule:
    """Asynchronous successive halving, where trials are stopped and never paused.

    Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020. At each rung a
    trial goes on if it is among the best 1/eta of those that have come there so far, at least one
    of them.
    """

    def __init__(self, goal: Goal, min_steps: int, max_steps: int, eta: int) -> None:
        self._tracks = Tracks(goal, min_steps, max_steps)
        self._min_steps = min_steps
        self._eta = eta

    def judge(self, trial: str, history: History) -> Pruning | None:
        for due in self._tracks.due(trial, history):
            rung = rung_at(due.step, self._min_steps, self._eta)
            if rung > rung_at(due.before, self._min_steps, self._eta):
                since = self._min_steps * self._eta**rung
                others = self._tracks.others(trial, due.step, since)
                scores = [standing.score for _, standing in others]
                if falls_behind(due.standing.score, scores, self._eta):
                    return due.pruning(reason("halving", due, len(scores) + 1, self._eta))
        return None

    def end(self, trial: str, history: History, whole: bool = True) -> str | None:
        return self._tracks.end(trial, history, whole)


def rung_at(step: float, min_steps: int, eta: int) -> int:
    """The last rung up to a step: rung k is at `min_steps * eta ** k`; -1 before the first.

    A trial is at a rung with its first report since, and passes over those before.
    """
    rung = -1
    while min_steps * eta ** (rung + 1) <= step:
        rung += 1
    return rung


def falls_behind(own: float, others: Collection[float], eta: int) -> bool:
    """Whether a score is not among the best 1/eta of all, itself included; equal ones go on."""
    better = sum(1 for other in others if other > own)
    return better >= max((len(others) + 1) // eta, 1)


def reason(rule: str, due: Due, trials: int, eta: int) -> str:
    """Why a trial is stopped, in one line."""
    return (
        f"{rule}: {due.standing.value:.5g} at step {due.step:g} is not among the best 1/{eta} of "
        f"{trials} trials"
    )

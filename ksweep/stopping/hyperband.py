"""Successive halving in several ways at once, so that slow starters get their chance."""

from __future__ import annotations

import itertools
import math
import re

from ksweep.model import Goal, Pruning
from ksweep.stopping.base import History
from ksweep.stopping.halving import falls_behind, reason, rung_at
from ksweep.stopping.tracks import Tracks

_NUMBER = re.compile(r"\d+")
_EXACT = 1 << 53  # the whole numbers that a float can tell apart
_GOLDEN = (math.sqrt(5) - 1) / 2


class HyperbandRule:
    """Hyperband, with asynchronous halving in its brackets.

    Li et al., "Hyperband", JMLR 2018; asynchronous as in Li et al., MLSys 2020. Bracket s halves
    from the step `min_steps * eta ** s` on, and the last one not at all. Trials are shared out in
    proportion to Hyperband's numbers of configurations, by the numbers in their names.
    """

    def __init__(self, goal: Goal, min_steps: int, max_steps: int, eta: int) -> None:
        self._tracks = Tracks(goal, min_steps, max_steps)
        self._min_steps = min_steps
        self._eta = eta

    def judge(self, trial: str, history: History) -> Pruning | None:
        if not self._tracks.last:
            return None  # nobody knows yet how long a trial is
        brackets = shares(self._min_steps, self._tracks.last, self._eta)
        own = bracket_of(trial, brackets)
        for due in self._tracks.due(trial, history):
            rung = rung_at(due.step, self._min_steps, self._eta)
            if rung > max(rung_at(due.before, self._min_steps, self._eta), own - 1):
                since = self._min_steps * self._eta**rung
                others = self._tracks.others(trial, due.step, since)
                scores = [one.score for name, one in others if bracket_of(name, brackets) == own]
                if falls_behind(due.standing.score, scores, self._eta):
                    rule = f"hyperband (bracket {own})"
                    return due.pruning(reason(rule, due, len(scores) + 1, self._eta))
        return None

    def end(self, trial: str, history: History, whole: bool = True) -> str | None:
        return self._tracks.end(trial, history, whole)


def shares(min_steps: int, max_steps: float, eta: int) -> tuple[int, ...]:
    """How many trials each bracket gets for one of the others' numbers, from bracket 0 on.

    Example:
        27, 12, 6 and 4 for steps from 1 to 27 and an eta of 3.
    """
    last = 0  # the largest s with min_steps * eta ** s <= max_steps
    while min_steps * eta ** (last + 1) <= max_steps:
        last += 1
    return tuple(-(-(last + 1) * eta**left // (left + 1)) for left in range(last, -1, -1))


def bracket_of(trial: str, brackets: tuple[int, ...]) -> int:
    """The bracket of a trial: any few trials in a row are shared out in proportion.

    Multiples of the golden ratio, taken modulo 1, are spread evenly (Steinhaus' three-gap theorem).
    """
    match = _NUMBER.search(trial)
    place = (int(match.group()) % _EXACT if match else 0) * _GOLDEN % 1 * sum(brackets)
    ends = itertools.accumulate(brackets)
    return next((s for s, end in enumerate(ends) if place < end), len(brackets) - 1)

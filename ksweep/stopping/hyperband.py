"""Successive halving in several ways at once, so that slow starters get their chance."""

from __future__ import annotations

import itertools
import math
import re

from ksweep.model import Goal, Pruning
from ksweep.stopping.base import History
from ksweep.stopping.halving import falls_behind, reason
from ksweep.stopping.rungs import Rungs

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
        self._rungs = Rungs(goal, min_steps, eta)
        self._min_steps = min_steps
        self._max_steps = max_steps

    def judge(self, trial: str, history: History) -> Pruning | None:
        last = self._max_steps or self._rungs.furthest
        if not last:
            return None  # nobody knows yet how long a trial is
        brackets = shares(self._min_steps, last, self._rungs.eta)
        own = bracket_of(trial, brackets)
        for arrival in self._rungs.arrivals(trial, history):
            if arrival.rung < own or self._rungs.step(arrival.rung) >= last:
                continue
            at = self._rungs.at(arrival.rung)
            scores = [at[name] for name in at if bracket_of(name, brackets) == own]
            if falls_behind(at[trial], scores, self._rungs.eta):
                rule = f"hyperband (bracket {own})"
                why = reason(rule, arrival, len(scores), self._rungs.eta)
                return Pruning(arrival.step, arrival.value, why)
        return None

    def end(self, trial: str, history: History) -> None:
        self._rungs.end(trial, history)


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

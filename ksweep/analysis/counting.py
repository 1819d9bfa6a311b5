"""How many trials stand where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ksweep.model import Result, TrialState

# The order in which states are told: what is good, what is under way, what is not good.
_ORDER = (
    TrialState.SUCCESS,
    TrialState.RUNNING,
    TrialState.FAILED,
    TrialState.TIMEOUT,
    TrialState.OOM,
    TrialState.PRUNED,
    TrialState.CANCELLED,
    TrialState.LOST,
    TrialState.PENDING,
)


def count_states(states: Iterable[TrialState]) -> dict[TrialState, int]:
    """The number of trials in each state, the good ones first; states without any are absent."""
    counted = Counter(states)
    return {state: counted[state] for state in _ORDER if counted[state]}


def count_tested(results: Iterable[Result]) -> int:
    """The number of trials that ended for good: those a resumed sweep leaves alone."""
    return sum(result.status.final for result in results)

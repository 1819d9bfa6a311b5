"""All trials' histories, and which of their steps can be judged by now."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ksweep.model import Goal, Pruning
from ksweep.stopping.base import History
from ksweep.stopping.track import Standing, Track

_DIVERGED = 3  # steps without a finite value; fewer may be those before a metric is defined


@dataclass(frozen=True, slots=True)
class Due:
    """A step to judge a trial at, the one before it, and how the trial stands there."""

    step: float
    before: float
    standing: Standing

    def pruning(self, why: str) -> Pruning:
        """The decision to stop the trial."""
        step = int(self.step) if self.step.is_integer() else self.step
        return Pruning(step, self.standing.value, why)


class Tracks:
    """Compares like with like: a step of one trial with what the others were at that step.

    Programs may report a step several times. Until it is known that they do not, because one of
    them has gone on from a step that it reported once, and when it is known that they do, the value
    at a step stands only when a later one is reported.
    """

    def __init__(self, goal: Goal, min_steps: int, max_steps: int) -> None:
        self._goal = goal
        self._min_steps = min_steps
        self._max_steps = max_steps
        self._tracks: dict[str, Track] = {}
        self._lasts: set[float] = set()  # of the trials that ran to their own end
        self._orderly: set[str] = set()  # that ran to their own end
        self._disorderly: set[str] = set()
        self._go_on = self._repeat = False

    @property
    def last(self) -> float:
        """The last step of a whole trial; 0 while nobody knows it."""
        return self._max_steps or max(self._lasts, default=0)

    def due(self, trial: str, history: History) -> Iterator[Due]:
        """The steps to judge the trial at that were not handed out yet.

        None at the last step of a trial: nothing is left to save there, and it may still be
        writing its results. Where nobody says which step that is, one with which another trial has
        ended may be it.
        """
        track = self._taken(trial, history)
        if not self._can_judge(track):
            return
        stands = self._stands(track)
        while track.ahead and track.ahead[0][0] <= stands:
            step, before = track.ahead.popleft()
            standing = track.at(step)
            if standing is None or step < self._min_steps:
                continue
            if standing.best > -math.inf or standing.steps >= _DIVERGED:
                yield Due(step, before, standing)

    def end(self, trial: str, history: History, whole: bool) -> str | None:
        """See `Rule.end`."""
        track = self._taken(trial, history, ended=True, whole=whole)
        if whole and history:
            self._lasts.add(track.newest)
            if track.disorder is None:
                self._orderly.add(trial)
        return self._unjudged(track)

    def others(
        self, trial: str, step: float, since: float, ended: bool = False
    ) -> Iterator[tuple[str, Standing]]:
        """How other trials that have come to the step `since` stood at `step`.

        Args:
            trial: which is none of them.
            step: at least as far.
            since: the step that they must have come to.
            ended: only those that have ended.
        """
        for name, track in self._tracks.items():
            if name == trial or track.disorder is not None or (ended and not track.ended):
                continue
            stands = self._stands(track)
            standing = track.at(min(step, stands)) if stands >= since else None
            if standing is not None:
                yield name, standing

    def _taken(
        self, trial: str, history: History, ended: bool = False, whole: bool = False
    ) -> Track:
        track = self._tracks.get(trial)
        if track is None or not track.continues(history):
            track = self._tracks[trial] = Track(self._goal)
        track.ended, track.whole = ended, whole
        track.take(history)
        passed = track.newest if whole else track.before_newest
        self._go_on = self._go_on or passed > -math.inf
        self._repeat = self._repeat or track.repeats
        if track.disorder is not None:
            self._disorderly.add(trial)
        return track

    def _can_judge(self, track: Track) -> bool:
        """Its steps tell how far it is, and so they usually do in this sweep."""
        usual = len(self._disorderly) <= len(self._orderly)
        return usual and track.disorder is None and not self._is_last(track.newest)

    def _stands(self, track: Track) -> float:
        """The furthest step at which the value is known for good."""
        final = track.whole or (self._go_on and not self._repeat)
        return track.newest if final else track.before_newest

    def _is_last(self, step: float) -> bool:
        if self._max_steps:
            return step >= self._max_steps
        return step in self._lasts or 0 < self.last <= step

    def _unjudged(self, track: Track) -> str | None:
        last = track.before_newest if self._is_last(track.newest) else track.newest
        if track.disorder is None and last < self._min_steps:
            return (
                f"gave no step from {self._min_steps} (CONFIG_SWEEP_MIN_STEPS) on before its last"
            )
        return track.disorder

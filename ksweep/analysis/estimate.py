"""How long trials take, and how long what is left will take; seconds throughout."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

from ksweep.analysis.axes import axes, axis_value
from ksweep.analysis.durations import Durations, Observation
from ksweep.analysis.runs import repeated_axes
from ksweep.analysis.view import View
from ksweep.model import Result, TrialState

_SAMPLE = 200  # trials: more would not make an estimate better
_LONGEST_S = 1e9  # a record may say anything


def mean_seconds(results: Iterable[Result]) -> float | None:
    """The mean time of a trial that ran to its end; None until there is one.

    A cancelled or lost trial says nothing of how long the others take, nor does one whose result
    was taken over from an earlier sweep.
    """
    times = [
        result.resources.wall_s
        for result in results
        if result.status.final and result.status is not TrialState.PRUNED
        if result.reused_from is None and result.resources.wall_s is not None
    ]
    return sum(times) / len(times) if times else None


def remaining_seconds(trials: int, jobs: int, seconds_a_trial: float | None) -> float | None:
    """The time for `trials` more, `jobs` at once; None where a trial's time is not known."""
    if seconds_a_trial is None:
        return None
    return -(-trials // max(jobs, 1)) * seconds_a_trial


class Forecast:
    """How long a sweep goes on, as far as its trials tell.

    What has ended in this sweep decides, also what was stopped early; before there is any, what a
    trial is expected to take (`View.expected_s`). As long as no trial has ended that shares a value
    with one that runs, and that one takes longer than expected, it counts as if it ended now.
    """

    def __init__(self, view: View) -> None:
        """Looks at the trials as they are now; a few numbers of each are read, and a sample."""
        results, known = view.results, {TrialState.PENDING, TrialState.CANCELLED, TrialState.LOST}
        self._running = [one for one in results if one.status is TrialState.RUNNING]
        waiting = [one for one in results if one.status in known]
        self._unchosen = max(view.planned - len(results), 0)
        self._waiting = _thinned(waiting)
        self._each = len(waiting) / max(len(self._waiting), 1)
        self._expected_s = view.expected_s
        self._jobs = max(view.jobs, len(self._running), 1)
        repeated = set(repeated_axes(view))
        self._axes = {title: one for title, one in axes(view).items() if repeated.isdisjoint(one)}
        own = [one for one in results if _tells(one)]
        self._seen = [(one, _seconds(one)) for one in _thinned(own)]
        self._fit = Durations(self._seen, self._axes.values()) if self._seen else None
        self._pause_s = _pause_s(own, self._jobs)

    @property
    def unseen(self) -> str:
        """The axis of which only one value has run while others are to come; empty without one."""
        members = self._fit.unseen if self._fit is not None else ()
        seen = {axis_value(one, members) for one, _ in self._seen} if members else set()
        if all(axis_value(one, members) in seen for one in self._waiting if members):
            return ""
        return next(title for title, one in self._axes.items() if one == members)

    def remaining_s(self, ages: Mapping[str, float]) -> float | None:
        """The time until the last trial ends; None where nothing says how long a trial takes.

        Args:
            ages: how long each running trial has run, by name.
        """
        running = [(one, ages.get(one.name, 0.0)) for one in self._running]
        fit = self._fit
        if fit is None:
            if self._expected_s is None:
                return None
            each = max([self._expected_s, *(age for _, age in running)])
            return self._until_end(running, lambda _: each, each)
        late = [(one, age) for one, age in running if fit.is_new(one) and age > fit.seconds(one)]
        if late:
            fit = Durations([*self._seen, *late], self._axes.values())
        return self._until_end(running, fit.seconds, fit.mean)

    def _until_end(
        self, running: Sequence[Observation], seconds: Callable[[Result], float], typical: float
    ) -> float:
        """Each waiting trial is given to whoever is free first, in their order."""
        free = [max(seconds(one) - age, 0.0) for one, age in running]
        free += [0.0] * (self._jobs - len(free))
        if self._each > 1 or self._unchosen > _SAMPLE:
            work = sum(map(seconds, self._waiting)) * self._each + typical * self._unchosen
            count = len(self._waiting) * self._each + self._unchosen
            return (sum(free) + work + count * self._pause_s) / self._jobs
        heapq.heapify(free)
        for each in (*map(seconds, self._waiting), *[typical] * self._unchosen):
            heapq.heapreplace(free, free[0] + each + self._pause_s)
        return max(free)


def _tells(result: Result) -> bool:
    """Whether a trial of this sweep says how long others take."""
    wall_s = result.resources.wall_s
    measured = wall_s is not None and math.isfinite(wall_s)
    return measured and result.status.final and result.reused_from is None


def _seconds(result: Result) -> float:
    return min(max(result.resources.wall_s or 0.0, 0.0), _LONGEST_S)


def _pause_s(own: Sequence[Result], jobs: int) -> float:
    """What passes between the end of a trial and the start of the one that has its place."""
    spans = [(start, _seconds(one)) for one in own if (start := _time(one.started_at)) is not None]
    spans = sorted(spans)[-_SAMPLE:]
    ends = sorted(start + seconds for start, seconds in spans)
    pauses = [max(start - end, 0.0) for (start, _), end in zip(spans[jobs:], ends, strict=False)]
    return median(pauses) if pauses else 0.0


def ages(results: Iterable[Result], now: float) -> dict[str, float]:
    """How long each running trial has run, by name, the oldest first; `now` is since 1970."""
    running = (one for one in results if one.status is TrialState.RUNNING)
    started = {one.name: _time(one.started_at) for one in running}
    found = {name: 0.0 if at is None else max(now - at, 0.0) for name, at in started.items()}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _time(text: str) -> float | None:
    """The seconds of a recorded time; None where nothing that can be compared is recorded."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo is not None else None


def _thinned(results: Sequence[Result]) -> Sequence[Result]:
    """Of many, a sample that is spread evenly."""
    return results[:: max(-(-len(results) // _SAMPLE), 1)]

"""The learning curves of a few trials, also while they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ksweep.measures import finite
from ksweep.metrics import Follower, Metrics, Point, Reader
from ksweep.model import MetricQuery, Result
from ksweep.report.page.columns import thinned
from ksweep.store import TrialDir

_POINTS = 300
_METRICS = 12


class Curves:
    """Reads histories, each only when there is something new in it."""

    def __init__(self, query: MetricQuery, reader: Reader) -> None:
        """`query` is what the sweep asks its logs, through `reader`."""
        self._query = query
        self._reader = reader
        self._known: dict[tuple[str, int, str], Metrics] = {}
        self._followed: dict[tuple[str, int], Follower] = {}

    def of(
        self, trials: Iterable[tuple[Result, TrialDir]], names: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        """The curves of each trial that has any, at most `_POINTS` points each.

        Args:
            trials: with their directories.
            names: the column of each metric.
        """
        return [
            {"name": result.name, "metrics": {names.get(of, of): line for of, line in drawn}}
            for result, trial in trials
            if (drawn := _drawn(self._histories(result, trial)))
        ]

    def _histories(self, result: Result, trial: TrialDir) -> Mapping[str, Sequence[Point]]:
        key = result.name, result.attempt, result.finished_at
        if result.status.ended and key in self._known:
            return self._known[key].histories
        paths = trial.metrics_path, trial.log_path
        follower = self._followed.pop(key[:2], None)
        follower = follower or self._reader.follow(*paths, self._query, None)
        if result.status.ended:
            self._reader.finish(follower)
        else:
            self._followed[key[:2]] = follower
            self._reader.ask(follower)
        self._reader.wait(follower)
        self._known[key] = follower.metrics
        return self._known[key].histories


def _drawn(
    histories: Mapping[str, Sequence[Point]],
) -> list[tuple[str, list[list[float | None]]]]:
    """Steps and values of what makes a line: it has at least two points."""
    lines = [(name, points) for name, points in histories.items() if len(points) > 1]
    return [(name, _thinned(points)) for name, points in lines[:_METRICS]]


def _thinned(points: Sequence[Point]) -> list[list[float | None]]:
    chosen = [points[at] for at in thinned(len(points), _POINTS, [len(points) - 1])]
    return [[step for step, _ in chosen], [finite(value) for _, value in chosen]]

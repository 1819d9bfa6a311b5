"""The learning curves of a few trials, also while they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ksweep.measures import finite
from ksweep.metrics import Follower, LogReader, Metrics, Point, read
from ksweep.model import MetricQuery, Result
from ksweep.report.page.columns import thinned
from ksweep.store import TrialDir

_POINTS = 300
_METRICS = 12


class Curves:
    """Reads histories, each only when there is something new in it."""

    def __init__(self, query: MetricQuery) -> None:
        """`query` is what the sweep asks its logs."""
        self._query = query
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

    def _histories(self, result: Result, trial: TrialDir) -> Mapping[str, tuple[Point, ...]]:
        key = result.name, result.attempt, result.finished_at
        if result.status.ended:
            self._followed.pop(key[:2], None)
            if key not in self._known:
                log = LogReader(trial.log_path, self._query)
                self._known[key] = read(trial.metrics_path, log)
        else:
            follower = self._followed.setdefault(
                key[:2], Follower(trial.metrics_path, trial.log_path, self._query)
            )
            self._known[key] = follower.update() or self._known.get(key, Metrics())
        return self._known[key].histories


def _drawn(
    histories: Mapping[str, tuple[Point, ...]],
) -> list[tuple[str, list[list[float | None]]]]:
    """Steps and values of what makes a line: it has at least two points."""
    lines = [(name, points) for name, points in histories.items() if len(points) > 1]
    return [(name, _thinned(points)) for name, points in lines[:_METRICS]]


def _thinned(points: tuple[Point, ...]) -> list[list[float | None]]:
    chosen = [points[at] for at in thinned(len(points), _POINTS, [len(points) - 1])]
    return [[step for step, _ in chosen], [finite(value) for _, value in chosen]]

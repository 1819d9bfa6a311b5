"""Reading what a trial says of itself, at its end or while it runs."""

from __future__ import annotations

import os
from typing import TypeAlias

from ksweep.metrics.log import LogReader
from ksweep.metrics.metricfile import read_file
from ksweep.metrics.series import Metrics, Source, merged
from ksweep.model import MetricQuery

_State: TypeAlias = tuple[int, int, int] | None


def read(metrics_path: str, log: LogReader) -> Metrics:
    """What a trial that has ended said: in its metric file, else in its log.

    Neither file has to be there, or to be what it should be.

    Args:
        metrics_path: of `training_metrics.json`.
        log: what reads the log, and may have followed it.
    """
    log.finish()
    return merged([read_file(metrics_path), *log.sources()])


class Follower:
    """Follows one attempt at a trial from outside; files that did not change are not opened."""

    def __init__(self, metrics_path: str, log_path: str, query: MetricQuery) -> None:
        """Begin before anything was said; neither file need be there yet.

        Raises:
            InputError: the query's regular expression is wrong.
        """
        self._metrics_path = metrics_path
        self._log_path = log_path
        self._log = LogReader(log_path, query)
        self._file: Source = {}
        self._seen: tuple[_State, _State] = (None, None)  # of metric file and log

    def update(self) -> Metrics | None:
        """What the trial has said so far; None where neither file has changed since the last time.

        A metric file that is being written, or is gone, still says what it said before.
        """
        states = _state(self._metrics_path), _state(self._log_path)
        if states == self._seen:
            return None
        if states[0] != self._seen[0]:
            self._file = read_file(self._metrics_path) or self._file
        if states[1] != self._seen[1]:
            self._log.update()
        self._seen = states
        return merged([self._file, *self._log.sources()])

    def finish(self) -> Metrics:
        """What the trial, which has ended, said in all."""
        return read(self._metrics_path, self._log)


def _state(path: str) -> _State:
    """What changes whenever a file's content does."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns

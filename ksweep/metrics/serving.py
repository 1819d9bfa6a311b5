"""The process that reads what trials said: requests on standard input, answers back on it.

A request is `["read", number, metrics path, log path, names, regex, wanted, last]` or
`["cut", number]`; a number stands for one attempt at a trial. While it reads,
`["clear", number, source]` and `["points", number, source, name, steps, values]` come back, then
`["done", number, finals, incomplete]`; `["recycle"]` before it ends to give its memory back.
"""

from __future__ import annotations

import gc
import os
import select
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ksweep.metrics.attempt import Attempt
from ksweep.metrics.bounds import (
    LARGE_BYTES,
    catch_timer,
    held_bytes,
    limit_memory,
    processor_limit,
)
from ksweep.metrics.series import Source
from ksweep.metrics.wire import LIMIT_BYTES, Lines, line
from ksweep.model import MetricQuery

INTERRUPTED = "reading it was interrupted"

_POINTS = 5000  # in one message
_NICE = 5


@dataclass
class _Task:
    """An attempt that is read, from time to time."""

    number: int
    attempt: Attempt
    told: Sequence[Source]  # from which points were handed over
    work: Iterator[None]
    last: bool = False


class Server:
    """Reads all attempts that it was asked about in turns, a piece of each."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._lines = Lines()
        self._tasks: dict[int, _Task] = {}
        self._turns: deque[_Task] = deque()

    def serve(self) -> None:
        """Until the owner is gone."""
        while self._listen():
            if self._turns:
                self._work(self._turns.popleft())
            if not self._turns and held_bytes(resident=True) > LARGE_BYTES:
                self._channel.sendall(line(["recycle"]))
                return

    def _listen(self) -> bool:
        """Take in requests; waits for one where there is nothing to do. False at the end."""
        while not self._turns or select.select([self._channel], [], [], 0)[0]:
            data = self._channel.recv(LIMIT_BYTES)
            if not data:
                return False
            for request in self._lines.take(data):
                self._accept(*request)
        return True

    def _accept(self, kind: str, number: int, *what: Any) -> None:
        if kind == "read":
            self._read(number, *what)
        elif (task := self._tasks.get(number)) is not None:
            if task in self._turns:
                self._turns.remove(task)
                task.attempt.give_up("", INTERRUPTED)
            task.last = True
            self._finish(task)

    def _read(
        self,
        number: int,
        metrics_path: str,
        log_path: str,
        names: list[str],
        regex: str,
        wanted: list[str] | None,
        last: bool,
    ) -> None:
        task = self._tasks.get(number)
        if task is None:
            query = MetricQuery(tuple(names), regex)
            made = Attempt(metrics_path, log_path, query, wanted, processor_limit)
            task = self._tasks[number] = _Task(number, made, made.sources, iter(()))
        task.work, task.last = task.attempt.pieces(last=last), last
        self._turns.append(task)

    def _work(self, task: _Task) -> None:
        more = next(task.work, task) is None
        self._tell(task)
        if more:
            self._turns.append(task)
        else:
            self._finish(task)

    def _tell(self, task: _Task) -> None:
        """Hand over the points that were found; from the first on where a source began anew."""
        sources = task.attempt.sources
        for at, source in enumerate(sources):
            if source is not task.told[at]:
                self._channel.sendall(line(["clear", task.number, at]))
            for name, series in source.items():
                if series.history:
                    self._tell_points(task, at, name, series.take())
        task.told = sources

    def _tell_points(
        self, task: _Task, source: int, name: str, points: list[tuple[float, float]]
    ) -> None:
        del points[task.attempt.allowed(len(points)) :]
        for begin in range(0, len(points), _POINTS):
            steps, values = zip(*points[begin : begin + _POINTS], strict=True)
            self._channel.sendall(line(["points", task.number, source, name, steps, values]))

    def _finish(self, task: _Task) -> None:
        attempt = task.attempt
        self._channel.sendall(line(["done", task.number, attempt.finals, attempt.incomplete]))
        if task.last:
            del self._tasks[task.number]


def main() -> None:
    """Serve on standard input, which is a socket."""
    os.nice(_NICE)
    gc.disable()  # nothing here refers to itself, and looking for that takes most of the time
    catch_timer()
    limit_memory()
    with socket.socket(fileno=0) as channel:
        try:
            Server(channel).serve()
        except (BrokenPipeError, ConnectionResetError):
            return

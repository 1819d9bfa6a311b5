"""Telling a trial that does nothing from one that works (pure)."""

from __future__ import annotations

import math

_LITTLE = 0.01  # of a core


class Stall:
    """Notices when a trial has done nothing for a while. Times are in seconds."""

    def __init__(self, limit_s: float, now: float) -> None:
        """`limit_s` is 0 for a trial that may do nothing for ever."""
        self._limit_s = limit_s or math.inf
        self._since = now
        self._cpu_s = 0.0
        self._written: object = None

    def lasts(self, written: object, cpu_s: float, busy_gpu: bool, now: float) -> bool:
        """Whether nothing has happened for too long.

        Args:
            written: what changes when the trial writes something.
            cpu_s: processor time of its living processes. It falls when one of them ends, which
                is something that happens too.
            busy_gpu: it uses a GPU.
            now: the time.
        """
        worked = abs(cpu_s - self._cpu_s) > _LITTLE * (now - self._since)
        if worked or busy_gpu or written != self._written:
            self._since, self._cpu_s, self._written = now, cpu_s, written
        return now - self._since >= self._limit_s

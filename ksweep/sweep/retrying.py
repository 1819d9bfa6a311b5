"""The trials that failed and are tried again, each after a pause."""

from __future__ import annotations

import heapq

from ksweep.model import Result, Settings
from ksweep.store import Entry
from ksweep.sweep.selection import RETRIED, last_attempt, pause_s


class Retries:
    """Keeps what waits for a further attempt. Times are in seconds of one clock."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: list[tuple[float, int, Entry]] = []  # when, which, what
        self._last_attempt: dict[str, int] = {}
        self._failed: dict[str, int] = {}  # failed attempts by trial
        self._given_up = 0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def tried(self) -> int:
        """How many trials were begun."""
        return len(self._last_attempt)

    @property
    def failed(self) -> int:
        """How many trials have failed for good, after their retries."""
        return self._given_up

    def begin(self, entry: Entry, attempt: int) -> None:
        """Note that an attempt is begun; the first one says how many there may be."""
        limit = last_attempt(attempt, self._settings.retries)
        self._last_attempt.setdefault(entry.name, limit)

    def take(self, entry: Entry, result: Result, now: float) -> float | None:
        """Note a failed attempt; the pause before the next one, None where there is none."""
        self._failed[entry.name] = self._failed.get(entry.name, 0) + 1
        if result.status not in RETRIED or result.attempt >= self._last_attempt[entry.name]:
            self._given_up += 1
            return None
        pause = pause_s(self._failed[entry.name])
        heapq.heappush(self._waiting, (now + pause, entry.number, entry))
        return pause

    def give_up(self) -> None:
        """Note a trial that has failed for good without an attempt."""
        self._given_up += 1

    def next(self, now: float) -> Entry | None:
        """A trial whose pause is over."""
        return heapq.heappop(self._waiting)[2] if self._waiting and self.wait_s(now) <= 0 else None

    def wait_s(self, now: float) -> float:
        """How long until one of those that wait is due; there has to be one."""
        return self._waiting[0][0] - now

"""One attempt at a trial, as its reader tells what it has said so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ksweep.metrics.files import State, state
from ksweep.metrics.series import Metrics, Point, histories, same_name
from ksweep.model import MetricQuery

_SOURCES = 4


class Follower:
    """What a `Reader` knows of one attempt; it is told the rest in answers.

    Attributes:
        number: what the reading process knows it by; 0 where it does not.
        generation: the reading process that does.
        busy: an answer is outstanding.
        last: it was asked for all of it, as nothing more comes.
        ended: all of it is known.
        cut: it was asked for what is known already.
    """

    def __init__(
        self,
        metrics_path: str,
        log_path: str,
        query: MetricQuery,
        wanted: Sequence[str] | None,
    ) -> None:
        """Begin before anything was said. See `Reader.follow`."""
        self._paths = metrics_path, log_path
        self._query = query
        self._wanted = wanted
        self._seen: tuple[State, State] = (None, None)
        self._final: Mapping[str, float] = {}
        self._incomplete: str | None = None
        self._points: list[dict[str, list[Point]]] = []
        self.number, self.generation = 0, 0
        self.busy = self.last = self.ended = self.cut = False
        self.begin(0, 0)

    @property
    def metrics(self) -> Metrics:
        """What is known so far, with the histories that are wanted."""
        found = histories(self._points, self._query.names)
        return Metrics(self._final, found, self._incomplete)

    @property
    def incomplete(self) -> str | None:
        return self._incomplete

    def history(self, name: str) -> Sequence[Point]:
        """The points of a metric that are known so far; not to be changed."""
        found = same_name(name, self._points)
        return found[0][found[1]] if found is not None else ()

    # -- for its reader ------------------------------------------------------------------------

    def changed(self, least_bytes: int) -> bool:
        """Whether there is anything new to read, in the log as much as that."""
        now = state(self._paths[0]), state(self._paths[1])
        if now == self._seen:
            return False
        grown = (now[1] or (0, 0, 0))[1] - (self._seen[1] or (0, 0, 0))[1]
        if now[0] == self._seen[0] and 0 <= grown < least_bytes:
            return False
        self._seen = now
        return True

    @property
    def silent(self) -> bool:
        """It has said nothing at all, and nobody has to be asked."""
        metrics, log = (state(path) for path in self._paths)
        return not self.number and metrics is None and (log is None or not log[1])

    def begin(self, number: int, generation: int) -> None:
        """Forget what was told, as another process will tell all of it again."""
        self.number, self.generation = number, generation
        self._points = [{} for _ in range(_SOURCES)]

    def request(self) -> list[Any]:
        """What its reading process is told to read."""
        names, regex = self._query.names, self._query.regex
        return ["read", self.number, *self._paths, names, regex, self._wanted, self.last]

    def clear(self, source: int) -> None:
        self._points[source] = {}

    def add(self, source: int, name: str, steps: list[float], values: list[float]) -> None:
        points = self._points[source].setdefault(name, [])
        points.extend(zip(steps, values, strict=True))

    def done(self, final: Mapping[str, float], incomplete: str | None, *, ended: bool) -> None:
        """Take the answer to a request."""
        self._final, self._incomplete = final, incomplete
        self.busy, self.ended = False, ended

    def give_up(self, why: str) -> None:
        """There is no more to be had than is known."""
        self.last = True
        self.done(self._final, why, ended=True)

"""Reading what one attempt at a trial said: piece by piece, each of bounded size."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, nullcontext

from ksweep.metrics.bounds import ATTEMPT_S, LOG_BYTES, PIECE_S, POINTS, OutOfTimeError
from ksweep.metrics.files import State, state
from ksweep.metrics.log import LogReader
from ksweep.metrics.metricfile import TooLargeError, UnreadableError, read_file
from ksweep.metrics.series import NAMES_LIMIT, Metrics, Source, finals, merged
from ksweep.model import MetricQuery

_SOURCES_OF_LOG = 3
_LEAST_S = 0.001  # a timer of 0 is none

_Limit = Callable[[float], AbstractContextManager[None]]


class Attempt:
    """What an attempt has said so far, read as often as there may be more of it.

    The first bound that reading one of its files meets ends the reading of that file for good, and
    is what `incomplete` says: what was read until then counts.
    """

    def __init__(
        self,
        metrics_path: str,
        log_path: str,
        query: MetricQuery,
        wanted: Collection[str] | None = None,
        limit: _Limit = lambda seconds: nullcontext(),
    ) -> None:
        """Begin before anything was said; neither file need be there yet.

        Args:
            metrics_path: of `training_metrics.json`.
            log_path: of `output.log`.
            query: what is looked for in the log.
            wanted: the metrics whose histories are kept, None for all.
            limit: what ends a piece that takes too many seconds of a processor.

        Raises:
            InputError: the query's regular expression is wrong.
        """
        self._metrics_path = metrics_path
        self._log_path = log_path
        self._wanted = wanted
        self._limit = limit
        self._asked = query.names
        self._file = Source(wanted)
        self._file_state: State = None
        self._log = LogReader(log_path, query, wanted)
        self._given_up: set[str] = set()  # files
        self._used_s = 0.0
        self._points = 0
        self._incomplete: str | None = None

    def pieces(self, *, last: bool) -> Iterator[None]:
        """Read what is new; each step is a piece. `last`: nothing more will come."""
        yield from self._bounded(self._metrics_path, self._read_file(last=last), ATTEMPT_S)
        yield from self._bounded(self._log_path, self._read_log(last=last), PIECE_S)

    def read(self) -> Metrics:
        """All that an attempt which has ended said."""
        for _ in self.pieces(last=True):
            pass
        found = merged(self.sources, self._asked)
        return Metrics(found.final, found.histories, self.incomplete)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The ways to give metrics, the first of which counts; see `finals`."""
        return self._file, *self._log.sources()

    @property
    def finals(self) -> dict[str, float]:
        return dict(list(finals(self.sources, self._asked).items())[:NAMES_LIMIT])

    @property
    def incomplete(self) -> str | None:
        """Why some of it was not read."""
        if self._incomplete is None and any(source.full for source in self.sources):
            return f"it has more than {NAMES_LIMIT:,} metrics"
        return self._incomplete

    def allowed(self, points: int) -> int:
        """How many more points of histories somebody may keep, of that many."""
        allowed = min(points, POINTS - self._points)
        self._points += allowed
        if allowed < points:
            self.give_up(self._log_path, f"its histories have more than {POINTS:,} points")
        return allowed

    def give_up(self, path: str, why: str) -> None:
        """Read no more of one of the files."""
        self._given_up.add(path)
        self._incomplete = self._incomplete or why

    def _bounded(self, path: str, work: Iterator[None], piece_s: float) -> Iterator[None]:
        """The steps of `work`, until it is done or a bound is met."""
        name = os.path.basename(path)
        while path not in self._given_up:
            before_s = time.process_time()
            limit_s = min(piece_s, max(ATTEMPT_S - self._used_s, _LEAST_S))
            try:
                with self._limit(limit_s):
                    next(work)
            except StopIteration:
                return
            except OutOfTimeError:
                self.give_up(path, _too_slow(name, is_line=limit_s == PIECE_S))
            except MemoryError:
                self.give_up(path, f"{name} takes too much memory to be read")
            except TooLargeError as error:
                self.give_up(path, str(error))
            self._used_s += time.process_time() - before_s
            yield

    def _read_file(self, *, last: bool) -> Iterator[None]:
        """One that is being written, or is gone, still says what it said, until the end."""
        now = state(self._metrics_path)
        if now != self._file_state or last:
            self._file_state = now
            try:
                found = read_file(self._metrics_path, self._wanted)
            except TooLargeError:
                raise
            except UnreadableError as error:
                found = Source(self._wanted)
                self._incomplete = self._incomplete or (str(error) if last else None)
            self._file = found if found or last else self._file
        yield

    def _read_log(self, *, last: bool) -> Iterator[None]:
        for _ in self._log.pieces():
            if self._log.position > LOG_BYTES:
                self.give_up(self._log_path, f"only {LOG_BYTES >> 30} GiB of its log are read")
            yield
        if last:
            self._log.finish()
            self._incomplete = self._incomplete or self._numberless()

    def _numberless(self) -> str | None:
        """Where a metric that is asked for was seen, if it was only without a number."""
        known = finals(self.sources, self._asked)
        names = (self._metrics_path, *[self._log_path] * _SOURCES_OF_LOG)
        for name in self._asked:
            for path, source in zip(names, self.sources, strict=True):
                text = source.numberless.get(name)
                if text is not None and name not in known:
                    return f"no number is read from `{text}` in {os.path.basename(path)}"
        return None


def _too_slow(name: str, *, is_line: bool) -> str:
    if is_line:
        found = f"a line of {name} takes more than {PIECE_S:g} s to be searched"
        return f"{found}: see CONFIG_SWEEP_METRIC_REGEX"
    return f"{name} takes more than {ATTEMPT_S:g} s of a processor to be read"

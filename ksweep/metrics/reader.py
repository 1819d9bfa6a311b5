"""Reading what trials said, in a process of its own: whatever it meets there, the owner goes on."""

from __future__ import annotations

import math
import os
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from ksweep.metrics.finders import finder
from ksweep.metrics.follower import Follower
from ksweep.metrics.series import Metrics
from ksweep.metrics.serving import INTERRUPTED
from ksweep.metrics.wire import LIMIT_BYTES, Lines, line
from ksweep.model import MetricQuery

_ANSWER_S = 60.0  # of silence, while it has something to do
_CUT_S = 0.3
_START_S = 30.0  # for trying to start it
_RETRY_S = 0.25
_AT_ONCE = 64  # attempts that it is asked about
_ROOT = str(Path(__file__).parents[2])
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); from ksweep.metrics.serving import main; main()"
)


class Reader:
    """The owner's side of the reading process, which is started when it is needed.

    It is in the owner's session, where it is left alone by what looks for trials' orphans, and in
    a group of its own, where no Ctrl-C of a terminal reaches it. It ends with its owner, whose end
    of the channel it sees closed. One that dies or does not answer is replaced by another, which
    is asked about one attempt at a time: the one with which that happens again is given up.
    """

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        """`selector`: where to register the channel, without data; its owner calls `poll` then."""
        self._selector = selector or selectors.DefaultSelector()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._lines = Lines()
        self._unsent = b""
        self._generation = 0
        self._recycles = False  # the process ends to give its memory back
        self._numbers = count(1)
        self._waiting: deque[Follower] = deque()
        self._asked: dict[int, tuple[Follower, bool]] = {}  # by number, and whether for all of it
        self._suspects: set[Follower] = set()  # asked about when a process died
        self._answer_by = math.inf
        self._start_at = 0.0
        self._start_until = math.inf

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def follow(
        self,
        metrics_path: str,
        log_path: str,
        query: MetricQuery,
        wanted: Sequence[str] | None = (),
    ) -> Follower:
        """Begin to follow an attempt at a trial that may have said nothing yet.

        Args:
            metrics_path: of `training_metrics.json`.
            log_path: of `output.log`.
            query: what is looked for in the log.
            wanted: the metrics whose histories are wanted, None for all.

        Raises:
            InputError: the query's regular expression is wrong.
        """
        finder(query)
        return Follower(os.path.abspath(metrics_path), os.path.abspath(log_path), query, wanted)

    def ask(self, follower: Follower, least_bytes: int = 1) -> None:
        """Have what is new read, where the log has grown by that much or the metric file changed.

        Without effect while an answer is outstanding.
        """
        if not follower.busy and not follower.last and follower.changed(least_bytes):
            self._enqueue(follower)

    def finish(self, follower: Follower) -> None:
        """Have the rest read: nothing more will come. It has `ended` when that is known."""
        if follower.last:
            return
        follower.last = True
        if follower.silent:
            follower.done({}, None, ended=True)
        elif not follower.busy:
            self._enqueue(follower)

    def cut(self, follower: Follower) -> None:
        """Have it answered with what is known already."""
        if not follower.busy or follower.cut:
            return
        follower.cut = True
        if follower in self._waiting:
            self._waiting.remove(follower)
            follower.give_up(INTERRUPTED)
        else:
            self._unsent += line(["cut", follower.number])
            self._answer_by = time.monotonic() + _CUT_S
            self._flush()

    def forget(self, follower: Follower) -> None:
        """Nobody wants to know any more."""
        if follower.generation == self._generation and follower.number and not follower.ended:
            self._unsent += line(["cut", follower.number])
        self._asked.pop(follower.number, None)
        self._suspects.discard(follower)
        if follower in self._waiting:
            self._waiting.remove(follower)
        follower.give_up(INTERRUPTED)

    def wait(self, follower: Follower, until: float = math.inf) -> None:
        """Have the outstanding answer, if it comes until then, a time of `time.monotonic`."""
        self.poll()
        while follower.busy and (now := time.monotonic()) < until:
            self._selector.select(max(min(self.due, until) - now, 0))
            self.poll()

    def read(
        self,
        metrics_path: str,
        log_path: str,
        query: MetricQuery,
        wanted: Sequence[str] | None = None,
    ) -> Metrics:
        """All that an attempt which has ended said. Arguments and errors are those of `follow`."""
        follower = self.follow(metrics_path, log_path, query, wanted)
        self.finish(follower)
        self.wait(follower)
        return follower.metrics

    @property
    def due(self) -> float:
        """When `poll` has something to do though the channel does not say so."""
        times = [self._answer_by] if self._asked else []
        if self._unsent or (self._waiting and self._channel is None):
            times.append(max(self._start_at, time.monotonic() + _RETRY_S))
        return min(times, default=math.inf)

    def poll(self) -> None:
        """Take in what was answered, and ask for what is still to be asked for; never waits."""
        self._receive()
        if self._asked and time.monotonic() >= self._answer_by:
            self._replace(f"the process that reads it did not answer for {_ANSWER_S:g} s")
        room = 1 if self._suspects else _AT_ONCE
        while self._waiting and len(self._asked) < room and self._started():
            self._request(self._waiting.popleft())
        self._flush()

    def close(self) -> None:
        """End the process; what is outstanding stays so."""
        if self._channel is not None:
            self._selector.unregister(self._channel)
            self._channel.close()
            self._channel = None
        if self._process is not None:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_RETRY_S)
            self._process = None

    # -- the process ---------------------------------------------------------------------------

    def _started(self) -> bool:
        """Whether the process is there; what waits is given up where it cannot be started."""
        now = time.monotonic()
        if self._channel is not None or now < self._start_at:
            return self._channel is not None
        try:
            self._start()
        except OSError as error:
            self._start_at = now + _RETRY_S
            self._start_until = min(self._start_until, now + _START_S)
            if now >= self._start_until:
                why = f"the process that reads it cannot be started: {error.strerror}"
                while self._waiting:
                    self._waiting.popleft().give_up(why)
            return False
        self._start_until = math.inf
        return True

    def _start(self) -> None:
        ours, its = socket.socketpair()
        with its:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _PROGRAM, _ROOT],
                    cwd="/",
                    stdin=its.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    process_group=0,
                )
            except OSError:
                ours.close()
                raise
        self._channel, self._lines, self._unsent = ours, Lines(), b""
        self._generation += 1
        self._recycles = False
        self._selector.register(ours, selectors.EVENT_READ)

    def _replace(self, why: str) -> None:
        """The process is gone, or has to go: another one is asked again what it did not answer."""
        sound = self._recycles
        self.close()
        asked = [follower for follower, _ in self._asked.values()]
        self._asked = {}
        for follower in reversed(asked):
            if follower.cut:
                follower.give_up(INTERRUPTED)
            elif not sound and len(asked) == 1 and follower in self._suspects:
                self._suspects.discard(follower)
                follower.give_up(why)
            else:
                self._waiting.appendleft(follower)
        if not sound:
            self._suspects.update(follower for follower in asked if follower.busy)

    # -- talking to it -------------------------------------------------------------------------

    def _enqueue(self, follower: Follower) -> None:
        follower.busy = True
        self._waiting.append(follower)

    def _request(self, follower: Follower) -> None:
        if follower.generation != self._generation:
            follower.begin(next(self._numbers), self._generation)
        if not self._asked:
            self._answer_by = time.monotonic() + _ANSWER_S
        self._asked[follower.number] = follower, follower.last
        self._unsent += line(follower.request())

    def _flush(self) -> None:
        if self._unsent and self._channel is not None:
            with suppress(OSError):  # it is busy, or gone, which is noticed at the next reading
                sent = self._channel.send(self._unsent, socket.MSG_DONTWAIT)
                self._unsent = self._unsent[sent:]

    def _receive(self) -> None:
        if self._channel is None:
            return
        try:
            data = self._channel.recv(LIMIT_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._replace("the process that reads it was ended")
            return
        cut = any(follower.cut for follower, _ in self._asked.values())
        self._answer_by = time.monotonic() + (_CUT_S if cut else _ANSWER_S)
        for kind, *what in self._lines.take(data):
            self._take(kind, *what)

    def _take(self, kind: str, number: int = 0, *what: Any) -> None:
        if kind == "recycle":
            self._recycles = True
        elif number not in self._asked:  # somebody does not want to know any more
            return
        elif kind == "clear":
            self._asked[number][0].clear(*what)
        elif kind == "points":
            self._asked[number][0].add(*what)
        else:
            self._done(*self._asked.pop(number), *what)

    def _done(
        self, follower: Follower, last: bool, final: Mapping[str, float], incomplete: str | None
    ) -> None:
        self._suspects.discard(follower)
        follower.done(final, incomplete, ended=last or follower.cut)
        if follower.last and not follower.ended:
            self._enqueue(follower)

"""One trial's process from its start to the end of its last descendant."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ksweep.model import Cause
from ksweep.process.signals import watch
from ksweep.process.supervisor import Supervisor
from ksweep.process.tree import Tree
from ksweep.process.usage import Usage, own_peak_bytes, total, usage
from ksweep.proctable import ProcessRow, descendants

_FIRST_CHECK_S = 0.01
_LAST_CHECK_S = 0.25
_GIVE_UP_S = 30.0
_COUNT_S = 1.0  # how old the kernel's count may be at a start


class Phase(Enum):
    RUNNING = auto()
    TERMINATING = auto()  # everything was asked to end
    KILLING = auto()  # nothing was given a choice
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended.

    `code` is negative for a signal. `reason` is why it was stopped, None where it ended by itself;
    `starved` says that it was the kernel who ended it, or part of it, for want of memory;
    `limited` that it was the kernel who saw to the limit of its memory.
    """

    code: int
    reason: Cause | None
    wall_s: float
    usage: Usage
    starved: bool = False
    limited: bool = False


class Process:
    """A process that ends as a whole; `advance` does what is due and never waits.

    Times are those of `time.monotonic()`.
    """

    def __init__(
        self, supervisor: Supervisor, tree: Tree, now: float, timeout_s: float, grace_s: float
    ) -> None:
        """`timeout_s` is 0 for none; `grace_s` lies between SIGTERM and SIGKILL."""
        self._supervisor = supervisor
        self.tree = tree
        self._pid = tree.main.pid
        self._floor_bytes = own_peak_bytes()
        self._oom_kills = supervisor.oom_kills(now - _COUNT_S)
        self.phase = Phase.RUNNING
        self.started = now
        self._timeout_at = now + timeout_s if timeout_s else math.inf
        self._grace_s = grace_s
        self._kill_at = math.inf
        self._pause_s = _FIRST_CHECK_S
        self._check_at = math.inf
        self._reason: Cause | None = None
        self._ended_at: float | None = None
        self._reaped: tuple[int, Usage] | None = None
        self.descriptor = watch(self._pid)
        if self.descriptor is None:
            self._check_later(now)

    @property
    def main_ended(self) -> bool:
        """The main process has ended; there may be descendants yet."""
        return self._ended_at is not None

    @property
    def due(self) -> float:
        """When `advance` has something to do though no descriptor says so."""
        if self.phase is Phase.RUNNING:
            return min(self._timeout_at, self._check_at)
        if self.phase is Phase.TERMINATING:
            return min(self._kill_at, self._check_at)
        return self._check_at

    def look(self) -> Sequence[ProcessRow]:
        """The living processes that hang below the main one."""
        return descendants(self._supervisor.table, self._pid)

    def memory_bytes(self, rows: Iterable[ProcessRow]) -> int:
        """The memory of processes; what they share counts once, where the system can tell."""
        share_of = self._supervisor.table.share_bytes
        shares = ((row, share_of(row.pid)) for row in rows)
        return sum(row.rss_bytes if share is None else share for row, share in shares)

    def stop(self, reason: Cause, now: float, grace_s: float | None = None) -> None:
        """Begin to end it; without effect on one that has ended or is being stopped.

        `grace_s` is for what cannot wait for as long as usual.
        """
        if self.phase is not Phase.RUNNING:
            return
        self._supervisor.survey(now)  # which takes a moment: what ends in it has ended by itself
        self._notice_end(now)
        if not self.main_ended:
            self._reason = reason
            self._terminate(now, self._grace_s if grace_s is None else grace_s)

    def advance(self, now: float) -> bool:
        """Do what is due at `now`; True when nothing of it is left."""
        self._notice_end(now)
        if self.main_ended and self._supervisor.gone(self.tree, now):
            self.phase = Phase.ENDED
        elif self.phase is Phase.RUNNING:
            self._advance_running(now)
        else:
            self._advance_ending(now)
        return self.phase is Phase.ENDED

    def finish(self) -> Exit:
        """Reap the main process of what has ended; to be called once.

        Raises:
            ValueError: it has not ended.
        """
        if self._ended_at is None or (main := self._reap()) is None:
            raise ValueError("a process that runs cannot be finished")
        code, use = main
        starved = self._starved(code)
        self._supervisor.release(self.tree)
        self.close()
        wall_s = self._ended_at - self.started
        use = total([use, *self.tree.orphans])
        return Exit(code, self._reason, wall_s, use, starved, self.tree.limited)

    def _starved(self, code: int) -> bool:
        """Whether the kernel ended it for want of memory.

        A limited group counts its own. Else the kernel tells how many it has ended in all: one
        while this process was there, and a SIGKILL that nobody here has sent.
        """
        if self.tree.limited and self.tree.cgroup is not None and self.tree.cgroup.oom_kills():
            return True
        killed = self._reason is None and code in (-signal.SIGKILL, 128 + signal.SIGKILL)
        return killed and self._supervisor.oom_kills(math.inf) > self._oom_kills

    def close(self) -> None:
        """Stop watching the main process."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def _advance_running(self, now: float) -> None:
        if self.main_ended:  # and has left something behind
            self._terminate(now, self._grace_s)
        elif now >= self._timeout_at:
            self.stop(Cause.TIMEOUT, now)
        elif now >= self._check_at:
            self._check_later(now)

    def _advance_ending(self, now: float) -> None:
        if now >= self._kill_at + _GIVE_UP_S and self.main_ended:
            self.phase = Phase.ENDED  # what is left may not be signalled, or hangs in the kernel
            return
        self._supervisor.survey(now)
        if now < self._kill_at:
            self.tree.terminate()
        else:
            self.phase = Phase.KILLING
            self.tree.kill()
        self._check_later(now)

    def _terminate(self, now: float, grace_s: float) -> None:
        self.phase = Phase.TERMINATING
        self._kill_at = now + grace_s
        self._pause_s = _FIRST_CHECK_S
        self._advance_ending(now)

    def _check_later(self, now: float) -> None:
        self._check_at = now + self._pause_s
        self._pause_s = min(self._pause_s * 1.5, _LAST_CHECK_S)

    def _notice_end(self, now: float) -> None:
        if self.main_ended:
            return
        if hasattr(os, "waitid"):
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            ended = os.waitid(os.P_PID, self._pid, flags) is not None
        else:
            ended = self._reap() is not None
        if ended:
            self._ended_at = now
            self._pause_s = _FIRST_CHECK_S

    def _reap(self) -> tuple[int, Usage] | None:
        """The exit code and the use of the main process; None while it runs."""
        if self._reaped is None:
            storage = self._supervisor.table.storage(self._pid) if self.main_ended else None
            pid, status, rusage = os.wait4(self._pid, os.WNOHANG)
            if pid:
                use = usage(rusage, storage, self._floor_bytes)
                self._reaped = os.waitstatus_to_exitcode(status), use
        return self._reaped

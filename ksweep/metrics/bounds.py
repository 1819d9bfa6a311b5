"""What reading one trial may take. It is far more than sound metrics need."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

PIECE_S = 1.0  # of a processor for one piece; a line on which an expression hangs is in one
ATTEMPT_S = 60.0  # of a processor for one attempt at a trial
LOG_BYTES = 4 << 30
POINTS = 5_000_000  # of all histories of an attempt
MEMORY_BYTES = 512 << 20  # of the process that reads, beyond what it begins with
LARGE_BYTES = 128 << 20  # above which another process takes its place


class OutOfTimeError(Exception):
    """A piece took more of a processor than it may."""


@contextmanager
def processor_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTimeError` in the block when it has used that much of a processor.

    On the main thread only, after `catch_timer`. Python's `re` looks for signals while it matches.
    A machine that is busy with other things does not matter: it is not the time of a clock.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def catch_timer() -> None:
    """Let the timer of `processor_limit` raise."""
    signal.signal(signal.SIGPROF, _raise)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTimeError


def held_bytes(*, resident: bool) -> int:
    """The memory of this process, that which is resident or all of it; 0 where nobody can tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[resident]) * resource.getpagesize()
    except OSError:
        return 0


def limit_memory() -> None:
    """Let this process have `MEMORY_BYTES` more, where the system can see to that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = held_bytes(resident=False) + MEMORY_BYTES
    if soft == resource.RLIM_INFINITY or soft > wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))

"""What every reader owes to any bytes: a value or a `KsweepError`, in bounded time and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

from ksweep.errors import KsweepError

SECONDS = 6.0  # three times what the slowest takes while its coverage is measured
MEGABYTES = 256


class UnboundedError(Exception):
    """An example took longer, or more memory, than any input of its size may."""


def check(read: Callable[[bytes], None], data: bytes) -> None:
    """Read the data; what is wrong with them may be said, in words.

    Time is the processor's, so that other work on the machine does not count; what never ends is
    ended by whoever calls this. Memory is what the process has never needed before.

    Raises:
        UnboundedError: it took too long, or too much memory.
        Exception: the finding, whatever it is.
    """
    started, before = time.process_time(), _peak_mb()
    try:
        read(data)
    except KsweepError as error:
        if not str(error).strip():
            raise AssertionError("an error without a word") from error
    seconds, grown = time.process_time() - started, _peak_mb() - before
    if seconds > SECONDS:
        raise UnboundedError(f"{seconds:.1f} s for {len(data)} bytes")
    if grown > MEGABYTES:
        raise UnboundedError(f"{grown:.0f} MB for {len(data)} bytes")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

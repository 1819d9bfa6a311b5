"""Work that a copy of this process does, on another core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def forked(work: Callable[[], None]) -> Iterator[None]:
    """Have `work` done beside the block, in a copy of this process that has all it knows so far.

    What the copy could not do is done here after the block: so it raises what it would raise
    without one. The process may have no other threads, and `work` may only leave files.
    """
    try:
        child = os.fork()
    except OSError:  # no room for another process
        yield
        work()
        return
    if not child:
        _do_and_end(work)
    try:
        yield
    finally:
        _, status = os.waitpid(child, 0)
    if status:
        work()


def _do_and_end(work: Callable[[], None]) -> None:
    """Nothing of what the original process has still to do happens here too."""
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)

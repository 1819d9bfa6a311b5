"""Opening what a program may have put in a file's place, without harm."""

from __future__ import annotations

import errno
import os
from typing import TypeAlias

from ksweep import exposed

State: TypeAlias = tuple[int, int, int] | None


def open_regular(path: str) -> tuple[int, int] | None:
    """A descriptor and the size in bytes of a regular file; None for anything else.

    See `exposed` for what else there may be.
    """
    try:
        descriptor = exposed.open_regular(path)
    except OSError:
        return None
    return descriptor, os.fstat(descriptor).st_size


def next_data(descriptor: int, position: int, size: int) -> int:
    """Where something was written, from a position below `size` on; `size` where nothing was."""
    try:
        return os.lseek(descriptor, position, os.SEEK_DATA)
    except AttributeError:  # a system without holes
        return position
    except OSError as error:
        return size if error.errno == errno.ENXIO else position


def state(path: str) -> State:
    """What changes whenever a file's content does: inode, size and time; None where it is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns

"""Opening what a program may have put in a file's place, without harm."""

from __future__ import annotations

import errno
import os
import stat


def open_regular(path: str) -> tuple[int, int] | None:
    """A descriptor and the size in bytes of a regular file; None for anything else.

    A symbolic link could lead out of the trial, and a pipe would block.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    return descriptor, status.st_size


def next_data(descriptor: int, position: int, size: int) -> int:
    """Where something was written, from a position below `size` on; `size` where nothing was."""
    try:
        return os.lseek(descriptor, position, os.SEEK_DATA)
    except AttributeError:  # a system without holes
        return position
    except OSError as error:
        return size if error.errno == errno.ENXIO else position

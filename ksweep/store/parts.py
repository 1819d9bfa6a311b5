"""A file in the making, in an open directory: what its name and its lock tell others.

It is locked while it is written, so that it is known from what a killed writer has left.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

SUFFIX = ".ksweep-new"


def create(path: str, mode: int = 0o666, directory: int | None = None) -> int:
    """A new file, opened to write to; through no symbolic link.

    Raises:
        OSError: it cannot be made, or something has the name.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.open(path, flags, mode, dir_fd=directory)


def begin(directory: int, name: str, mode: int) -> tuple[str, int]:
    """A new file beside `name`: what it is called, and itself, opened to write to.

    Where somebody writes one just now, it gets a name of its own.

    Raises:
        OSError: it cannot be made.
    """
    part = name + SUFFIX
    while True:
        try:
            descriptor = create(part, mode, directory)
        except FileExistsError:
            if not remove_abandoned(directory, part):
                part += "~"
            continue
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _has_name(descriptor, directory, part):
            return part, descriptor
        os.close(descriptor)


def remove_abandoned(directory: int, part: str) -> bool:
    """Remove what a killed writer, or a program, left under a name; False where its writer lives.

    Raises:
        OSError: it cannot be removed.
    """
    try:
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(part, flags, dir_fd=directory)
    except FileNotFoundError:
        return True
    except OSError:  # a link, a socket, another user's
        _remove(directory, part)
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    except OSError:  # a file system without locks: nobody can tell
        pass
    try:
        if _has_name(descriptor, directory, part):
            _remove(directory, part)
    finally:
        os.close(descriptor)
    return True


def _remove(directory: int, part: str) -> None:
    """Remove a file or a link; another thing is moved aside."""
    try:
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=directory)
    except (IsADirectoryError, PermissionError):  # the latter on macOS
        taken = set(os.listdir(directory))
        aside = part
        while aside in taken:
            aside += "~"
        os.rename(part, aside, src_dir_fd=directory, dst_dir_fd=directory)


def _has_name(descriptor: int, directory: int, name: str) -> bool:
    """Whether an open file is still the one that has a name."""
    try:
        now = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), now)

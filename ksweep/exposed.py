"""Files in directories that others may have filled: a received sweep, or what a program left.

Anything may be in a file's place. A symbolic link leads out of the directory, a pipe blocks, a
device has no end, and a second name lets writing change something else. None of them is used:
neither the file nor its directory may be a link, and nothing but a regular file is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITING = os.O_WRONLY | os.O_RDWR
_SMALL_BYTES = 1 << 20
_HOLLOW = 64  # times as large as what it has on the disk: nothing that was written, but holes


def open_regular(path: str, flags: int = os.O_RDONLY, mode: int = 0o666) -> int:
    """Open a file that is what it seems to be.

    Args:
        path: of the file; what is above its directory may be links.
        flags: as for `os.open`; without `O_TRUNC`.
        mode: of a file that is made.

    Raises:
        OSError: it cannot be opened, or is no regular file, or is a link or in one, or is to be
            written and has another name as well.
    """
    return _opened(path, flags, mode)[0]


def _opened(path: str, flags: int, mode: int = 0o666) -> tuple[int, os.stat_result]:
    """A descriptor as `open_regular` gives it, and what the file is."""
    parent, name = os.path.split(path)
    directory = open_directory(parent or ".")
    try:
        descriptor = os.open(name, flags | _FILE, mode, dir_fd=directory)
    except OSError as error:
        raise _refused(error, path) from None
    finally:
        os.close(directory)
    status = os.fstat(descriptor)
    try:
        _check(status, bool(flags & _WRITING), path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, status


@contextmanager
def directory_of(path: str) -> Iterator[tuple[int, str]]:
    """The directory of a file, open, and the file's name in it.

    Raises:
        OSError: there is no such directory, or it is a link.
    """
    parent, name = os.path.split(path)
    directory = open_directory(parent or ".")
    try:
        yield directory, name
    finally:
        os.close(directory)


def open_directory(path: str) -> int:
    """Open a directory that is no link.

    Raises:
        OSError: there is none.
    """
    return os.open(path, _DIRECTORY)  # of a link the system says that it is no directory


def read(path: str, limit: int) -> bytes:
    """The content of a file of at most `limit` bytes.

    Raises:
        OSError: it cannot be read; `EFBIG` where it is larger, or little but holes.
    """
    descriptor, status = _opened(path, os.O_RDONLY)
    try:
        if status.st_size > limit or is_hollow(status):
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return _read_all(descriptor, status.st_size)
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, size: int) -> bytes:
    """What a file has of this size; the system gives at most 2 GiB at once."""
    parts = [os.read(descriptor, size)]
    while parts[-1] and sum(map(len, parts)) < size:
        parts.append(os.read(descriptor, size - sum(map(len, parts))))
    return parts[0] if len(parts) == 1 else b"".join(parts)


def written(descriptor: int) -> Iterator[tuple[int, int]]:
    """Where a file begins and ends to have something in it, as often as there are holes."""
    position, size = 0, os.fstat(descriptor).st_size
    while position < size:
        try:
            position = os.lseek(descriptor, position, os.SEEK_DATA)
            end = os.lseek(descriptor, position, os.SEEK_HOLE)
        except AttributeError:  # a system without holes
            end = size
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing any more
                return
            raise
        yield position, end
        position = end


def is_hollow(status: os.stat_result) -> bool:
    """Whether a large file has next to nothing in it but holes, which would fill the memory."""
    return status.st_size > _SMALL_BYTES and status.st_blocks * 512 * _HOLLOW < status.st_size


def _check(status: os.stat_result, writing: bool, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", path)
    if writing and status.st_nlink > 1:
        raise OSError(errno.EMLINK, "it is a hard link, and its other name would change too", path)


def _refused(error: OSError, path: str) -> OSError:
    """The error with the whole path, and in words that say what is there."""
    if error.errno == errno.ELOOP:
        return OSError(errno.ELOOP, "it is a symbolic link", path)
    if error.errno == errno.ENXIO:  # a pipe that nobody reads, a socket
        return OSError(errno.EINVAL, "it is no regular file", path)
    return OSError(error.errno, error.strerror, path)


def may(path: str, mode: int) -> bool:
    """Whether this process may use a path, as `os.access` takes its `mode`.

    By the rights that it has, which are not those of its real user where it was given others.
    """
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)

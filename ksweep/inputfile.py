"""Files that a user names, read whole: what is no file, or has no end, is refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 16 * 1024 * 1024
"""The largest tree of today has 200 KB in its largest Kconfig file, and as much in a `.config`."""

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read(path: str | Path) -> bytes:
    """The content of a regular file, also behind symbolic links; `/dev/null` is an empty one.

    Raises:
        OSError: it cannot be read, is none, or is too large; `strerror` says which.
        ValueError: a path cannot be this text.
    """
    require_regular(path)  # before it is opened: of some devices that alone has effects
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        _check(os.fstat(file.fileno()), path)
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it has more than {MOST_BYTES:,} bytes", str(path))
    return data


def require_regular(path: str | Path) -> None:
    """See that what is there, if anything is, is a file.

    Raises:
        OSError: it is something else, or is not there.
    """
    _check(os.stat(path), path)


def _check(status: os.stat_result, path: str | Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    kind = _KINDS.get(stat.S_IFMT(status.st_mode))
    if kind is not None and status.st_rdev != os.stat(os.devnull).st_rdev:
        raise OSError(errno.EINVAL, f"it is {kind}, and no file", str(path))

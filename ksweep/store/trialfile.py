"""Single files of a trial's directory, where a program may have put anything in their place."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Mapping

from ksweep import exposed
from ksweep.store import atomic
from ksweep.store.trouble import ITS_OWN

_LARGE_BYTES = 64 << 20
_HOLLOW = 64  # times as large as what it has on the disk


def names(path: str) -> list[str]:
    """What is in a directory; nothing where that cannot be told."""
    try:
        directory = exposed.open_directory(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    try:
        return os.listdir(directory)
    finally:
        os.close(directory)


def put(path: str, data: bytes) -> None:
    """Write a file; a directory that the program has in its place is moved aside."""
    try:
        atomic.write(path, data)
    except IsADirectoryError:
        os.rename(path, atomic.free_name(path))
        atomic.write(path, data)


def content(path: str) -> bytes | None:
    """The content of a file; None where there is none that ksweep can have written, or may read.

    Raises:
        SurroundingsError: it cannot be read.
    """
    try:
        return exposed.read(path, atomic.LIMIT_BYTES)
    except OSError as error:
        if error.errno in ITS_OWN:
            return None
        raise atomic.failure(path, "read", error) from error


def is_regular(path: str) -> bool:
    """Whether it is a plain file, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def copy(source: str, target: str) -> None:
    """Copy a file, but not the holes of a huge one: they would become real."""
    status = os.lstat(source)
    if status.st_size <= _LARGE_BYTES or status.st_blocks * 512 * _HOLLOW >= status.st_size:
        shutil.copyfile(source, target, follow_symlinks=False)


def line(document: Mapping[str, object]) -> bytes:
    """A JSON document as one line of ASCII."""
    return (json.dumps(document, separators=(",", ":")) + "\n").encode("ascii")


def encode(text: str) -> bytes:
    """The bytes of a configuration's text."""
    return text.encode("utf-8", "surrogateescape")


def stamp(path: str) -> tuple[int, int] | None:
    """Bytes and time of a file; None where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns

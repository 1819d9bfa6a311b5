"""A directory that is made beside its place and gets its name when it is whole."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ksweep.store import atomic

_SUFFIX = "ksweep-new"


@contextmanager
def staged(parent: str, base: str) -> Iterator[str]:
    """A new directory in `parent`; what is left of it at the end is removed.

    It is locked while its maker lives, so that others know it from what a killed maker left.

    Raises:
        OSError: it cannot be made.
    """
    os.makedirs(parent, exist_ok=True)
    path = os.path.join(parent, f".{base}.{os.urandom(4).hex()}.{_SUFFIX}")
    os.mkdir(path)
    descriptor = _lock(path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def remove_leftovers(parent: str, base_pattern: str) -> None:
    """Remove what killed makers left; `base_pattern` is a regular expression."""
    ours = re.compile(rf"\.{base_pattern}\.[0-9a-f]{{8}}\.{_SUFFIX}(-old)?")
    with suppress(OSError):
        for name in filter(ours.fullmatch, os.listdir(parent)):
            path = os.path.join(parent, name)
            if not os.path.islink(path) and (descriptor := _lock(path)) is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)


def replace(staged_path: str, path: str) -> None:
    """Let the staged directory have the name `path`; what had it is then at the staged name.

    Raises:
        OSError: the names cannot be changed; then what had the name has it still.
    """
    if not os.path.lexists(path) or not os.listdir(path):
        os.rename(staged_path, path)
    elif not atomic.exchange(staged_path, path):
        _rename_around(staged_path, path)


def _rename_around(staged_path: str, path: str) -> None:
    """Exchange two directories in three steps, for file systems that have no exchange."""
    aside = f"{staged_path}-old"
    os.rename(path, aside)
    try:
        os.rename(staged_path, path)
    except OSError:
        os.rename(aside, path)
        raise
    os.rename(aside, staged_path)


def _lock(path: str) -> int | None:
    """An open directory under an exclusive lock; None where another has it or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.EWOULDBLOCK:
            os.close(descriptor)
            return None
        # A file system without locks on directories: nobody can tell, so nobody holds it.
    return descriptor

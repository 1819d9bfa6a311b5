"""A directory that is made beside its place and gets its name when it is whole.

Who makes, reads or replaces one holds a lock on the directory itself, which stays with it whatever
its name becomes. A file system without locks has none, and then nothing of others is removed.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum

from ksweep.errors import SurroundingsError, Where
from ksweep.store import atomic

NEWER, OLDER = ".ksweep-new", ".ksweep-old"  # beside a name that cannot be exchanged in one step

_PATIENCE_S = 60.0
_LOOK_S = 0.02


class Hold(IntEnum):
    """What a lock on a directory keeps others from."""

    READING = fcntl.LOCK_SH  # replacing it
    REPLACING = fcntl.LOCK_EX  # reading and replacing it


@contextmanager
def staged(parent: str, base: str) -> Iterator[str]:
    """A new directory in `parent`; what is left of it at the end is removed.

    It is locked while its maker lives, so that others know it from what a killed maker left.

    Raises:
        OSError: it cannot be made.
    """
    os.makedirs(parent, exist_ok=True)
    path, descriptor = _made(parent, base)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def remove_leftovers(parent: str, base_pattern: str) -> None:
    """Remove what killed makers left; `base_pattern` is a regular expression."""
    ours = re.compile(rf"\.{base_pattern}\.[0-9a-f]{{8}}{re.escape(NEWER)}")
    with suppress(OSError):
        for name in filter(ours.fullmatch, os.listdir(parent)):
            path = os.path.join(parent, name)
            if (descriptor := _lock(path)) is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)


def is_abandoned(path: str) -> bool:
    """Whether a directory is one that nobody makes or holds, as far as can be seen."""
    descriptor = _lock(path)
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


@contextmanager
def held(path: str, hold: Hold) -> Iterator[None]:
    """Hold the directory that has this name; waits for those who have it.

    Raises:
        OSError: there is none.
        SurroundingsError: others have it for too long.
    """
    descriptor = _acquire(path, hold)
    try:
        yield
    finally:
        os.close(descriptor)


def replace(staged_path: str, path: str, check: Callable[[], None]) -> None:
    """Let the staged directory have the name `path`; what had it is then at the staged name.

    `check` raises where what has the name by now is to keep it.

    Raises:
        OSError: the names cannot be changed; then what had the name has it still.
        SurroundingsError: others read it for too long.
    """
    while not _renamed(staged_path, path):
        with suppress(FileNotFoundError), held(path, Hold.REPLACING):
            check()
            if not atomic.exchange(staged_path, path):
                _exchange_in_steps(staged_path, path)
            return


def mend(path: str, ours: Callable[[str], bool]) -> None:
    """Finish an exchange in steps that was cut off; `ours` tells the copies from other things.

    Raises:
        OSError: the names cannot be changed.
        SurroundingsError: others have a copy for too long.
    """
    for copy in (path + NEWER, path + OLDER):
        if ours(copy):
            with suppress(FileNotFoundError), held(copy, Hold.REPLACING):
                if os.path.lexists(path):
                    shutil.rmtree(copy)
                else:
                    os.rename(copy, path)


def _made(parent: str, base: str) -> tuple[str, int]:
    """A new directory, and itself under a lock: before that it may be taken for a leftover."""
    while True:
        path = os.path.join(parent, f".{base}.{os.urandom(4).hex()}{NEWER}")
        os.mkdir(path)
        with suppress(FileNotFoundError):
            return path, _acquire(path, Hold.REPLACING)


def _renamed(staged_path: str, path: str) -> bool:
    """Rename a directory where the name is free, or that of an empty one."""
    try:
        os.rename(staged_path, path)
    except OSError:
        if os.path.isdir(path) and os.path.isdir(staged_path):
            return False
        raise
    return True


def _exchange_in_steps(staged_path: str, path: str) -> None:
    """Exchange two directories, for file systems that cannot; `mend` goes on where it is cut off.

    Raises:
        OSError: a name cannot be changed; the others are as they were.
    """
    steps = (
        (staged_path, path + NEWER),
        (path, path + OLDER),
        (path + NEWER, path),
        (path + OLDER, staged_path),
    )
    for number, step in enumerate(steps):
        try:
            os.rename(*step)
        except OSError:
            for source, target in reversed(steps[:number]):
                os.rename(target, source)
            raise


def _acquire(path: str, hold: Hold) -> int:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, hold | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            time.sleep(_LOOK_S)
            continue
        except OSError:  # a file system without locks
            return descriptor
        if _has_name(descriptor, path):
            return descriptor
        os.close(descriptor)
    raise SurroundingsError(
        f"another command has been at work here for {_PATIENCE_S:.0f} s",
        "wait until it has ended, then try again",
        Where(path),
    )


def _has_name(descriptor: int, path: str) -> bool:
    """Whether an open directory is still the one with this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _lock(path: str) -> int | None:
    """An open directory that nobody else holds; None where somebody may, or there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor

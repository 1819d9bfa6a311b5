"""One runner at a time on a results directory."""

from __future__ import annotations

import fcntl
import json
import math
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from ksweep import exposed
from ksweep.errors import InputError, SurroundingsError, Where
from ksweep.store import atomic

_PATIENCE_S = 0.5  # a runner that was just killed may still be on its way out
_MODE = 0o600
_LONGEST_BYTES = 4096
_SOMEBODY = "another process"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs a sweep, as it has written itself down.

    Attributes:
        since: ISO 8601 in UTC.
        jobs: trials at once; None before that is known.
        expected_s: how long a trial takes, by what was known beforehand.
    """

    pid: int
    host: str
    since: str
    jobs: int | None = None
    expected_s: float | None = None

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host} since {self.since}" if self.pid else _SOMEBODY


HIDDEN = Holder(0, "", "")
"""Perhaps somebody: only the owner of the lock can see."""

_FIELDS = {"pid": int, "host": str, "since": str}


def holder(path: str) -> Holder | None:
    """Who holds the lock file at `path`; None where nobody does, `HIDDEN` where that is not to see.

    The lock itself is asked, as what is written in the file stays there when its writer is killed.

    Raises:
        SurroundingsError: the file cannot be opened.
    """
    try:
        descriptor = exposed.open_regular(path)
    except PermissionError:
        return HIDDEN
    except OSError as error:
        if error.errno in atomic.MISSING:  # what is there can be held by nobody
            return None
        raise atomic.failure(path, "read", error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _named(os.pread(descriptor, _LONGEST_BYTES, 0))
    except OSError:  # a file system without locks, on which nobody runs a sweep
        return None
    finally:
        os.close(descriptor)
    return None


def _named(content: bytes) -> Holder:
    found = atomic.parse(content)
    found = found if isinstance(found, dict) else {}
    known = {name: found.get(name) for name in _FIELDS}
    if {name: type(value) for name, value in known.items()} != _FIELDS:
        return Holder(0, "", "")
    jobs, expected_s = found.get("jobs"), found.get("expected_s")
    return Holder(
        **known,  # type: ignore[arg-type]
        jobs=jobs if type(jobs) is int and jobs > 0 else None,
        expected_s=expected_s if type(expected_s) is float and 0 <= expected_s < math.inf else None,
    )


@contextmanager
def hold(path: str, doing: str = "run") -> Iterator[None]:
    """Hold the lock file at `path`; `doing` is what the holder does with the sweep.

    Whoever can open the file could hold it for ever, so nobody but its owner can.

    Raises:
        InputError: another process holds it.
        SurroundingsError: the file cannot be made, or cannot be locked.
    """
    with atomic.surroundings(path, "write"):
        descriptor = exposed.open_regular(path, os.O_RDWR | os.O_CREAT, _MODE)
    try:
        _acquire(descriptor, path, doing)
        with atomic.surroundings(path, "write"):
            _close_to_others(descriptor)
            _inscribe(descriptor)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def note(path: str, jobs: int, expected_s: float | None) -> None:
    """Write down how trials run; to be called by who holds the lock file at `path`.

    Raises:
        SurroundingsError: the file cannot be written.
    """
    with atomic.surroundings(path, "write"):
        descriptor = exposed.open_regular(path, os.O_RDWR)
        try:
            me = _named(os.pread(descriptor, _LONGEST_BYTES, 0))
            _write(descriptor, replace(me, jobs=jobs, expected_s=expected_s))
        finally:
            os.close(descriptor)


def _acquire(descriptor: int, path: str, doing: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not _try(descriptor, path):
        if time.monotonic() > deadline:
            first = _named(os.pread(descriptor, _LONGEST_BYTES, 0))
            raise InputError(
                f"this sweep is being {doing} already, by {first}",
                "wait for it to end, or end it",
                Where(os.path.dirname(path)),
            )
        time.sleep(0.02)


def _try(descriptor: int, path: str) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise SurroundingsError(
            f"the file system takes no lock on this: {error.strerror}",
            "without one, two runners could write one sweep; put the results on a local disk, or "
            "have the file system mounted with locks (flock)",
            Where(path),
        ) from error
    return True


def _close_to_others(descriptor: int) -> None:
    """Take from others what an earlier ksweep, or a copy, has left them."""
    status = os.fstat(descriptor)
    if status.st_mode & 0o777 != _MODE and status.st_uid == os.geteuid():
        os.fchmod(descriptor, _MODE)


def _inscribe(descriptor: int) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    _write(descriptor, Holder(os.getpid(), socket.gethostname(), now))


def _write(descriptor: int, holder: Holder) -> None:
    known = {name: value for name, value in asdict(holder).items() if value is not None}
    content = json.dumps(known).encode("ascii")
    os.pwrite(descriptor, content, 0)  # at one stroke: somebody may be reading
    os.ftruncate(descriptor, len(content))

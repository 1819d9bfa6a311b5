"""One runner at a time on a results directory."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from ksweep import proctable
from ksweep.errors import InputError, Where
from ksweep.store import atomic

_PATIENCE_S = 0.5  # a runner that was just killed may still be on its way out


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs a sweep; `since` is ISO 8601 in UTC, `start_ticks` is the process table's."""

    pid: int
    host: str
    since: str
    start_ticks: int

    @property
    def alive(self) -> bool:
        """Whether it still runs; on another host it is taken to."""
        if self.host != socket.gethostname():
            return True
        row = proctable.here().row(self.pid)
        return row is not None and row.alive and row.start_ticks == self.start_ticks


_FIELDS = {"pid": int, "host": str, "since": str, "start_ticks": int}


def holder(path: str) -> Holder | None:
    """Who wrote itself into the lock file last and has not left it; None where nobody has."""
    try:
        found = json.loads(atomic.read(path) or b"")
    except (ValueError, RecursionError):
        return None
    known = isinstance(found, dict) and {name: type(value) for name, value in found.items()}
    return Holder(**found) if known == _FIELDS else None


@contextmanager
def hold(path: str, doing: str = "run") -> Iterator[None]:
    """Hold the lock file at `path`; `doing` is what the holder does with the sweep.

    Raises:
        InputError: another process holds it.
        SurroundingsError: the file cannot be made.
    """
    with atomic.surroundings(path, "write"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _acquire(descriptor, path, doing)
        with atomic.surroundings(path, "write"):
            _inscribe(descriptor)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: str, doing: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not _try(descriptor):
        if time.monotonic() > deadline:
            first = holder(path)
            who = (
                f"pid {first.pid} on {first.host} since {first.since}"
                if first
                else "another process"
            )
            raise InputError(
                f"this sweep is being {doing} already, by {who}",
                "wait for it to end, or end it",
                Where(os.path.dirname(path)),
            )
        time.sleep(0.02)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _inscribe(descriptor: int) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = proctable.here().row(os.getpid())
    me = Holder(os.getpid(), socket.gethostname(), now, row.start_ticks if row else 0)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(asdict(me)).encode("ascii"), 0)

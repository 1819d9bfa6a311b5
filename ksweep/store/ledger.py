"""`results.jsonl`: every result of a sweep, one a line, in the order of their ends.

It is the second copy of each `result.json`, and the one that is synced while a sweep runs.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable, Iterator
from types import MappingProxyType, TracebackType

from ksweep import exposed
from ksweep.errors import SurroundingsError, Where
from ksweep.model import Result
from ksweep.store import atomic, record
from ksweep.store.document import Entry
from ksweep.store.record import Thought

_SYNC_S = 1.0
_AT_ONCE = 100  # lines
_AT_ONCE_BYTES = 4 << 20


def read(path: str, thought: Thought = MappingProxyType({})) -> tuple[list[Result], bool]:
    """The results of a ledger, and whether every byte of it belongs to one.

    Args:
        path: of the file; where there is none there are no results.
        thought: what parameters are thought to be, as `record.from_line` takes it.

    Raises:
        InputError: another ksweep wrote one of them.
        SurroundingsError: the file cannot be read.
    """
    sound, seen = _is_ours(path), 0
    results: list[Result] = []
    for some in _together(atomic.read_lines(path)):
        sound = sound and all(line.endswith(b"\n") and b"\0" not in line for line in some)
        # A power cut leaves zeros where the file had grown already and the text had not arrived.
        found = record.from_lines([line.strip(b"\0") for line in some], path, thought)
        sound = sound and None not in found
        results += (result for result in found if result is not None)
        seen += sum(map(len, some))
    return results, sound and seen == os.path.getsize(path)  # else there are holes in it


def _is_ours(path: str) -> bool:
    """Whether it may be appended to: a file, which is nothing else as well."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _together(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """As many lines as are best decoded at once; a very long one by itself."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        if some and (len(some) == _AT_ONCE or size + len(line) > _AT_ONCE_BYTES):
            yield some
            some, size = [], 0
        some.append(line)
        size += len(line)
    if some:
        yield some


def rewrite(path: str, results: Iterable[Result]) -> None:
    """Replace a ledger as a whole.

    Raises:
        SurroundingsError: it cannot be written; the old one stays.
    """
    with atomic.surroundings(path, "write"):
        atomic.write(path, b"".join(record.to_line(result) for result in results))


class Logged:
    """What the lines of a ledger say of each trial."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._attempts: dict[tuple[str, str], dict[int, Result]] = {}
        for result in results:
            attempts = self._attempts.setdefault((result.name, result.id), {})
            attempts.pop(result.attempt, None)
            attempts[result.attempt] = result

    def of(self, entry: Entry, attempt: int) -> Result | None:
        """The last line of an attempt."""
        return self._attempts.get((entry.name, entry.id), {}).get(attempt)

    def last(self, entry: Entry) -> Result | None:
        """The last line of any attempt."""
        attempts = self._attempts.get((entry.name, entry.id))
        return [*attempts.values()][-1] if attempts else None


class Ledger:
    """An open ledger that grows; entering starts the syncing, once a second."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_synced, name="ledger", daemon=True)
        self._dirty = False
        self._error: OSError | None = None

    def __enter__(self) -> Ledger:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with atomic.surroundings(self.path, "write"):
            self._descriptor = exposed.open_regular(self.path, flags)
        try:
            self._thread.start()
        except RuntimeError as error:  # what Python makes of a system that has no thread to give
            os.close(self._descriptor)
            what, fix = "cannot start a thread to sync this", "raise the limit on processes"
            raise SurroundingsError(what, fix, Where(self.path)) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._descriptor)
        if error is None and self._error is not None:
            raise atomic.failure(self.path, "sync", self._error)

    def append(self, result: Result) -> None:
        """Add one line, or nothing.

        Raises:
            SurroundingsError: the line, or an earlier one, cannot be put on the disk.
        """
        line = record.to_line(result)
        with atomic.surroundings(self.path, "write"):
            if self._error is not None:
                raise self._error
            written = os.write(self._descriptor, line)
            if written < len(line):
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
                raise OSError("no room for a whole line")
        self._dirty = True

    def _keep_synced(self) -> None:
        while not self._stop.wait(_SYNC_S):
            self._sync()
        self._sync()

    def _sync(self) -> None:
        if not self._dirty:
            return
        self._dirty = False
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            self._error = error

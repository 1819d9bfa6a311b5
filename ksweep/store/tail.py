"""Following a ledger that another process appends to."""

from __future__ import annotations

import os

from ksweep import exposed
from ksweep.model import Result
from ksweep.store import atomic, record

_AT_ONCE_BYTES = 64 << 20


class LedgerTail:
    """Hands out each line of a ledger once; of one that was written anew, all of them again."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = 0  # its number
        self._position = 0

    def read(self) -> list[Result]:
        """The results that were added since the last time; a line that is being written waits.

        Raises:
            InputError: a newer ksweep wrote one of them.
            SurroundingsError: the ledger cannot be read.
        """
        with atomic.surroundings(self._path, "read"):
            data = self._added()
        found = (record.from_line(line.strip(b"\0"), self._path) for line in data.split(b"\n"))
        return [result for result in found if result is not None]

    def _added(self) -> bytes:
        """Whole lines."""
        try:
            descriptor = exposed.open_regular(self._path)
        except FileNotFoundError:
            return b""
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if status.st_ino != self._file or status.st_size < self._position:
                self._file, self._position = status.st_ino, 0
            file.seek(self._position)
            data = file.read(_AT_ONCE_BYTES)
        whole = data[: data.rfind(b"\n") + 1]
        if len(data) == _AT_ONCE_BYTES and not whole:  # no record is so long
            whole = data
        self._position += len(whole)
        return whole

"""A new SQLite database that is whole as soon as it is there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PREFIX = "sqlite:///"


def make_whole(uri: str, make: Callable[[str], object]) -> None:
    """Make a database somewhere else, and put it where it belongs when it is whole.

    Whoever is ended while a library changes the tables step by step leaves tables that no library
    goes on with; whoever makes one at the same moment would do each step a second time.

    Args:
        uri: of the database; nothing is done about one that is there, or that is no file.
        make: makes one with the URI that it is given.

    Raises:
        OSError: there is no room for it.
    """
    file = uri.removeprefix(_PREFIX)
    if not uri.startswith(_PREFIX) or file in ("", ":memory:") or "?" in file:
        return
    if os.path.exists(file) or not os.path.isdir(os.path.dirname(os.path.abspath(file))):
        return
    with tempfile.TemporaryDirectory(prefix="ksweep-") as directory:
        made = Path(directory, "new.db")
        make(f"{_PREFIX}{made}")
        _place(made.read_bytes(), file)


def _place(content: bytes, file: str) -> None:
    """A new file, all of it at once; one that is there by now stays."""
    temporary = f"{file}.{os.getpid()}"
    try:
        with open(temporary, "xb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(temporary, file)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            os.rename(temporary, file)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)

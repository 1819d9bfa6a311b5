"""Whole files or none: writing, exchanging and syncing what must survive a crash."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from ksweep import exposed
from ksweep.errors import SurroundingsError, Where
from ksweep.store import parts

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_NO_PLACE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EBUSY}
_NOT_OURS = {errno.ELOOP, errno.EINVAL, errno.EMLINK}  # as `exposed.open_regular` has them
MISSING = frozenset(  # a missing file; a directory, a link, a pipe or socket, a huge file
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EFBIG, errno.ENAMETOOLONG, *_NOT_OURS}
)
_BUFFER = 1 << 20
LIMIT_BYTES = 256 << 20  # a record with all the metrics of the largest metric file is smaller
_SMALL_BYTES = 1 << 16
_PARTS, _BYTES_A_PART = 10_000, 16  # lists and objects: what ksweep writes has fewer
_encode = json.JSONEncoder(allow_nan=False).encode


@contextmanager
def surroundings(path: str, doing: str) -> Iterator[None]:
    """Turn an `OSError` into the error that names the path, or the file that the system names."""
    try:
        yield
    except OSError as error:
        raise failure(path, doing, error) from error


def failure(path: str, doing: str, error: OSError) -> SurroundingsError:
    """What to tell a user when the system refuses `doing` (a verb: "write", "read", ...)."""
    fix = "free space or mend the permissions there, then go on"
    if error.errno in _NO_PLACE:
        fix = "it has to be a file in a directory that is there"
    elif error.errno in _NOT_OURS:
        fix = "remove it: ksweep uses none but files of its own here"
    return SurroundingsError(f"cannot {doing} this: {error.strerror or error}", fix, Where(path))


def write(path: str, data: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part.

    Not synced: after a power cut the file may be empty.

    Raises:
        OSError: nothing is left behind then.
    """
    with _replacing(path) as descriptor:
        write_all(descriptor, data)


def write_side_by_side(paths: Sequence[str], pieces: Iterable[Sequence[bytes]]) -> None:
    """Write several files as `write` does, whose content need not be in memory at once.

    Args:
        paths: of the files.
        pieces: their parts, one for each file at a time.

    Raises:
        OSError: nothing is left behind then.
    """
    with ExitStack() as stack:
        files = []
        for path in paths:
            descriptor = stack.enter_context(_replacing(path))
            files.append(stack.enter_context(open(descriptor, "wb", _BUFFER, closefd=False)))
        for each in pieces:
            for file, data in zip(files, each, strict=True):
                file.write(data)


def write_synced(path: str, data: bytes) -> None:
    """Write a file so that also after a power cut it has the old content or the new.

    Raises:
        OSError: nothing is left behind then.
    """
    with _replacing(path) as descriptor:
        write_all(descriptor, data)
        os.fsync(descriptor)


def write_private(path: str, data: bytes) -> None:
    """Write a file as `write` does, that nobody but its owner can read at any moment.

    Raises:
        OSError: nothing is left behind then.
    """
    with _replacing(path, 0o600) as descriptor:
        write_all(descriptor, data)


def remove_part(path: str) -> None:
    """Remove what a killed writer of a file has left of it.

    Raises:
        OSError: it cannot be removed.
    """
    with exposed.directory_of(path) as (directory, name):
        parts.remove_abandoned(directory, name + parts.SUFFIX)


@contextmanager
def _replacing(path: str, mode: int = 0o666) -> Iterator[int]:
    """A new file to write to, which takes its place where the block does not raise.

    The directory that it is in is no link: see `exposed`.
    """
    with exposed.directory_of(path) as (directory, name):
        temporary, descriptor = parts.begin(directory, name, mode)
        try:
            yield descriptor
            os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=directory)
            raise
        finally:
            os.close(descriptor)


def resolved(path: str) -> str:
    """A path that a user named, without the links that may be in its directory."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def free_name(path: str) -> str:
    """A name like this one that nothing has."""
    while os.path.lexists(path):
        path += "~"
    return path


def write_new(path: str, data: bytes) -> None:
    """Write a file that nobody reads before it is whole.

    Raises:
        OSError: the file cannot be made, or exists.
    """
    descriptor = parts.create(path)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def write_absent(path: str, data: bytes) -> bool:
    """Write a whole file where there is nothing; False where there is something, which stays.

    Raises:
        OSError: nothing is left behind then.
    """
    temporary = f"{path}{parts.SUFFIX}-{os.getpid()}"
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = parts.create(temporary)
    try:
        try:
            write_all(descriptor, data)
        finally:
            os.close(descriptor)
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            os.unlink(temporary)
    return True


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, though the system may take it in parts."""
    done = os.write(descriptor, data)
    while done < len(data):
        done += os.write(descriptor, data[done:])


def read(path: str, limit: int = LIMIT_BYTES) -> bytes | None:
    """The content of a file of ours; None where there is none, or what ksweep does not write.

    Raises:
        SurroundingsError: it cannot be read.
    """
    try:
        return exposed.read(path, limit)
    except OSError as error:
        if error.errno in MISSING:
            return None
        raise failure(path, "read", error) from error


def read_lines(path: str) -> Iterator[bytes]:
    """The lines of a file of ours, one by one, each with its line feed if it has one.

    Holes are left out, and a line that is longer than any record comes in parts. There are none
    where there is no such file.

    Raises:
        SurroundingsError: it cannot be read.
    """
    try:
        with open(exposed.open_regular(path), "rb", _BUFFER) as file:
            for position, end in exposed.written(file.fileno()):
                file.seek(position)
                left = end - position
                while left > 0 and (line := file.readline(min(left, LIMIT_BYTES))):
                    left -= len(line)
                    yield line
    except OSError as error:
        if error.errno not in MISSING:
            raise failure(path, "read", error) from error


def parse(data: bytes, **options: Any) -> object:
    """What a JSON document says; None where it is none, or has more in it than ksweep writes.

    Empty lists take twenty times the memory that they take on the disk.

    Args:
        data: the document in UTF-8.
        options: of `json.loads`.
    """
    if len(data) > _SMALL_BYTES:
        parts = data.count(b"[") + data.count(b"{")
        if parts > _PARTS + len(data) // _BYTES_A_PART:
            return None
    try:
        return json.loads(data.decode("utf-8-sig"), **options)
    except (ValueError, RecursionError, MemoryError):
        return None


def dump(document: Mapping[str, object]) -> bytes:
    """A JSON document that people can read: one line a key, and one for each item of a list."""
    lines = [f"{json.dumps(key)}: {_value(value)}" for key, value in document.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("ascii")


def _value(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _encode(value)
    return "[\n " + ",\n ".join(map(_encode, value)) + "\n]"


def encode(text: str) -> bytes:
    """The bytes that a text was read from; `?` for half a character, which no file has whole."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def exchange(first: str, second: str) -> bool:
    """Exchange two names in one step; False where system or file system cannot.

    Raises:
        OSError: it can, and refuses.
    """
    import ctypes
    import errno

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    paths = os.fsencode(first), os.fsencode(second)
    if renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), first)


def sync_file(path: str) -> None:
    """Put a file onto its disk.

    Raises:
        OSError: it cannot be put there.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_filesystem(path: str) -> None:
    """Put everything written so far to the file system that holds `path` onto its disk."""
    import ctypes

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        syncfs(descriptor)
    finally:
        os.close(descriptor)

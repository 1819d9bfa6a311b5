"""Whole files or none: writing, exchanging and syncing what must survive a crash."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress

from ksweep.errors import SurroundingsError, Where

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_NO_PLACE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EBUSY}
_TEMPORARY = ".ksweep-new"
_BUFFER = 1 << 20
LIMIT_BYTES = 256 << 20  # a record with all the metrics of the largest metric file is smaller
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


@contextmanager
def _replacing(path: str, mode: int = 0o666) -> Iterator[int]:
    """A new file to write to, which takes its place where the block does not raise."""
    temporary = path + _TEMPORARY
    descriptor = _exclusive(temporary, mode)
    try:
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        os.rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _exclusive(temporary: str, mode: int) -> int:
    """A new file, opened to write to, whatever a killed writer or a program left in its place."""
    try:
        return _create(temporary, mode)
    except FileExistsError:
        try:
            os.unlink(temporary)
        except (IsADirectoryError, PermissionError):  # the latter on macOS
            os.rename(temporary, free_name(temporary))
        return _create(temporary, mode)


def _create(path: str, mode: int = 0o666) -> int:
    """A new file, opened to write to; through no symbolic link."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


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
    descriptor = _create(path)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def write_absent(path: str, data: bytes) -> bool:
    """Write a whole file where there is nothing; False where there is something, which stays.

    Raises:
        OSError: nothing is left behind then.
    """
    temporary = f"{path}{_TEMPORARY}-{os.getpid()}"
    descriptor = _exclusive(temporary, 0o666)
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


def read(path: str) -> bytes | None:
    """The content of a file, or None where there is none.

    Raises:
        SurroundingsError: it cannot be read.
    """
    try:
        with open(path, "rb", buffering=0, opener=_open_at_once) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise failure(path, "read", error) from error


def read_lines(path: str) -> Iterator[bytes]:
    """The lines of a file, one by one, each with its line feed if it has one; none without a file.

    Raises:
        SurroundingsError: it cannot be read.
    """
    try:
        with open(path, "rb", _BUFFER, opener=_open_at_once) as file:
            yield from file
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return
    except OSError as error:
        raise failure(path, "read", error) from error


def read_exposed(path: str) -> bytes:
    """The content of a file where a program may have put anything in its place.

    A pipe would block, a symbolic link may lead anywhere, and a huge file would take all memory.

    Raises:
        OSError: it cannot be read, or is no regular file of at most 256 MiB.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        if status.st_size > LIMIT_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return os.read(descriptor, status.st_size)
    finally:
        os.close(descriptor)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


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


def replace_link(link: str, target: str) -> None:
    """Let a symbolic link point to `target`, with no moment at which it is missing."""
    temporary = f"{link}{_TEMPORARY}-{os.getpid()}"
    with suppress(FileNotFoundError):
        os.unlink(temporary)
    os.symlink(target, temporary)
    try:
        os.rename(temporary, link)
    except BaseException:
        os.unlink(temporary)
        raise


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

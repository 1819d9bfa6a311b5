"""What keeps one trial's directory from being used, while those of the others can be."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from ksweep import exposed
from ksweep.errors import SurroundingsError, Where
from ksweep.model import Cause
from ksweep.store import atomic

ITS_OWN = frozenset(  # what a program may have done to its directory, and no disk does by itself
    {
        errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EINVAL, errno.ENXIO,
        errno.ENODEV, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTEMPTY,
        errno.EBUSY, errno.EXDEV, errno.ETXTBSY, errno.EMLINK, errno.ENAMETOOLONG,
    }
)  # fmt: skip
_CHANGE = os.R_OK | os.W_OK | os.X_OK
_BY_PROGRAM = "see CONFIG_SWEEP_CONFIG_COPY for a program that changes it"


class TrialDirError(SurroundingsError):
    """One trial's directory cannot be used; nothing is wrong with those of the others.

    Attributes:
        cause: what the trial has failed for.
    """

    def __init__(self, what: str, where: Where, cause: Cause = Cause.DIRECTORY_GONE) -> None:
        super().__init__(what, "put it back, or let the trial run again", where)
        self.cause = cause


def trouble_of(directory: str, config: str) -> TrialDirError | None:
    """What keeps a trial from running in its directory with its configuration, if anything."""
    where = Where(directory)
    if not os.path.lexists(directory):
        return TrialDirError("its directory is gone", where)
    if not is_directory(directory):
        return TrialDirError("something else is in the place of its directory", where)
    if not exposed.may(directory, _CHANGE):
        return TrialDirError("its directory cannot be used: Permission denied", where)
    if not _is_config(config):
        return no_config(config, "its config.txt is gone")
    return None


def no_config(config: str, what: str) -> TrialDirError:
    """The configuration of a trial is none that it could run with; `what` says why."""
    return TrialDirError(f"{what}: {_BY_PROGRAM}", Where(config), Cause.CONFIG_GONE)


def is_directory(path: str) -> bool:
    """Whether it is one, and no link to one."""
    return os.path.isdir(path) and not os.path.islink(path)


def _is_config(path: str) -> bool:
    """Whether there is a file that can be read: a program may have removed or replaced it."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    regular = stat.S_ISREG(status.st_mode) and status.st_size <= atomic.LIMIT_BYTES
    return regular and exposed.may(path, os.R_OK)


@contextmanager
def telling(directory: str, path: str, doing: str) -> Iterator[None]:
    """Tell an `OSError` that concerns one trial's directory alone from one of the disk.

    Args:
        directory: of the trial.
        path: to name where the system names none.
        doing: a verb, as `atomic.failure` takes it.

    Raises:
        TrialDirError: it concerns this directory alone.
        SurroundingsError: it is of the disk, or of the directory of all trials.
    """
    try:
        yield
    except OSError as error:
        told = atomic.failure(path, doing, error)
        alone = error.errno in ITS_OWN and exposed.may(os.path.dirname(directory), _CHANGE)
        raise (TrialDirError(told.what, Where(path)) if alone else told) from error

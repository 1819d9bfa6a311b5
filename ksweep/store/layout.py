"""Laying out a new results directory: whole, or not at all."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from ksweep.errors import InputError, Where
from ksweep.store import atomic, document, staging
from ksweep.store.document import Document, Entry, Kind
from ksweep.store.trialdir import TrialDir

LATEST = "latest"

LOCK = ".lock"
LEDGER = "results.jsonl"

_BASE = "sweep"
_NAME = re.compile(r"sweep_[0-9]{8}_[0-9]{6}")
_UNLINKED = re.compile(rf"\.{_BASE}\.[0-9a-f]{{8}}{re.escape(staging.NEWER)}-{LATEST}")
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


def lay_out(
    output_dir: str, sweep: Mapping[str, object], configurations: Iterable[tuple[Entry, str]]
) -> str:
    """Make a results directory with every configuration, and let `latest` be it.

    Returns:
        Its path.

    Raises:
        InputError: `output_dir` is no directory, or its `latest` is no symbolic link.
        SurroundingsError: it cannot be written; nothing is left behind then.
    """
    parent = _checked(output_dir)
    tidy(parent)
    with (
        atomic.surroundings(output_dir, "write"),
        staging.staged(parent, _BASE) as staged,
    ):
        entries = [_make_trial(staged, entry, text) for entry, text in configurations]
        write_sweep(staged, sweep, entries)
        path = _name(staged, parent)
        atomic.sync_filesystem(path)
    return path


def tidy(parent: str) -> None:
    """Remove what killed commands left in a directory of results directories.

    Of a sweep that has its name, but is not yet the latest one, a link like `latest` tells, which
    has the name of the directory that it was made in.
    """
    with suppress(OSError):
        for name in filter(_UNLINKED.fullmatch, os.listdir(parent)):
            with suppress(OSError):
                _remove_unlinked(parent, os.path.join(parent, name))
    staging.remove_leftovers(parent, _BASE)


def write_sweep(directory: str, sweep: Mapping[str, object], entries: Sequence[Entry]) -> Document:
    """Write the `sweep.json` of a results directory, and its copy.

    Returns:
        What is in it beside the trials.

    The copy is not synced: nothing damages both at once.

    Raises:
        OSError: it cannot be written; the old one stays.
    """
    head = {"version": document.VERSION, "kind": Kind.RESULTS}
    written = {**head, **sweep, **head}
    data = atomic.dump({**written, document.LISTED: document.listing(entries)})
    atomic.write(f"{directory}/{document.COPY}", data)
    atomic.write_synced(f"{directory}/{document.NAME}", data)
    return written


def mend_sweep(directory: str, sweep: Mapping[str, object], entries: Sequence[Entry]) -> None:
    """Write the `sweep.json` of a results directory again where it and its copy are not the same.

    Raises:
        OSError: it cannot be written.
        SurroundingsError: it cannot be read.
    """
    file, copy = (
        document.content(f"{directory}/{name}") for name in (document.NAME, document.COPY)
    )
    if file is None or file != copy:
        write_sweep(directory, sweep, entries)


def _checked(path: str) -> str:
    absolute = os.path.abspath(path)
    latest = os.path.join(absolute, LATEST)
    if os.path.lexists(absolute) and not os.path.isdir(absolute):
        raise InputError("this is not a directory", "name another one", Where(path))
    if os.path.lexists(latest) and not os.path.islink(latest):
        raise InputError(
            "this is where the link to the latest sweep goes, and it is none",
            "move it away",
            Where(os.path.join(path, LATEST)),
        )
    return absolute


def _make_trial(directory: str, entry: Entry, text: str) -> Entry:
    TrialDir.create(f"{directory}/{entry.directory}", text)
    return entry


def _name(staged: str, parent: str) -> str:
    """Give a staged directory its name after the time, and let `latest` be it.

    Waits where another sweep has that name.
    """
    link = _link_of(staged)
    while True:
        name = time.strftime("sweep_%Y%m%d_%H%M%S")
        path = os.path.join(parent, name)
        os.symlink(name, link)
        try:
            os.rename(staged, path)
            os.rename(link, os.path.join(parent, LATEST))
            return path
        except OSError as error:
            os.unlink(link)
            if not os.path.lexists(staged):
                os.rename(path, staged)
                raise
            if error.errno not in _TAKEN:
                raise
        time.sleep(0.02)


def _link_of(staged: str) -> str:
    """What becomes `latest`, beside a staged directory."""
    return f"{staged}-{LATEST}"


def _remove_unlinked(parent: str, link: str) -> None:
    """Remove a link that is not `latest` yet, and the sweep that it leads to, if nobody has them.

    The directory is looked for under the name that it has first: its maker may be about to rename
    it. One that somebody has run since stays.
    """
    name = os.readlink(link)
    if not _NAME.fullmatch(name):  # nobody's
        return
    staged, path = link.removesuffix(f"-{LATEST}"), os.path.join(parent, name)
    now = staged if os.path.lexists(staged) else path
    if os.path.lexists(now) and not staging.is_abandoned(now):
        return
    ran = any(os.path.lexists(f"{path}/{file}") for file in (LOCK, LEDGER))
    if now == path and not ran:
        with suppress(FileNotFoundError):
            os.rename(path, staged)
    os.unlink(link)

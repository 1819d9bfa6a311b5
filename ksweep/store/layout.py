"""Laying out a new results directory: whole, or not at all."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterable, Mapping, Sequence

from ksweep.errors import InputError, Where
from ksweep.store import atomic, document, staging
from ksweep.store.document import Document, Entry, Kind
from ksweep.store.trialdir import TrialDir

LATEST = "latest"

_BASE = "sweep"
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
    staging.remove_leftovers(parent, _BASE)
    with (
        atomic.surroundings(output_dir, "write"),
        staging.staged(parent, _BASE) as staged,
    ):
        entries = [_make_trial(staged, entry, text) for entry, text in configurations]
        write_sweep(staged, sweep, entries)
        path = _name(staged, parent)
        atomic.sync_filesystem(path)
        atomic.replace_link(os.path.join(parent, LATEST), os.path.basename(path))
    return path


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
    """Give a staged directory its name after the time; waits where another sweep has that."""
    while True:
        path = os.path.join(parent, time.strftime("sweep_%Y%m%d_%H%M%S"))
        try:
            os.rename(staged, path)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        else:
            return path
        time.sleep(0.02)

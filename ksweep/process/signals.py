"""Sending a signal to the process that is meant, and to no other."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from ksweep.proctable import ProcessRow, Table


def watch(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where there is no such."""
    if not hasattr(os, "pidfd_open"):
        return None
    with suppress(OSError):
        return os.pidfd_open(pid)
    return None


def send(table: Table, row: ProcessRow, number: signal.Signals) -> None:
    """Signal a process, unless it has ended and its id is another's by now.

    A descriptor is taken first and the identity compared after: whatever ends in between, the
    signal reaches that process or nobody. Without descriptors a moment remains between the two.
    """
    descriptor = watch(row.pid)
    try:
        now = table.row(row.pid)
        if now is None or now.identity != row.identity:
            return
        with suppress(ProcessLookupError, PermissionError):
            if descriptor is None:
                os.kill(row.pid, number)
            else:
                signal.pidfd_send_signal(descriptor, number)
    finally:
        if descriptor is not None:
            os.close(descriptor)

"""What ended processes have used, as the kernel tells it when they are reaped."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable
from dataclasses import dataclass

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
_DRIFT_BYTES = 1 << 20  # the kernel counts memory a little late on each core


@dataclass(frozen=True, slots=True)
class Usage:
    """Use of one process and of its children that it waited for.

    `peak_rss_bytes` is the largest single process'. It, and the bytes read and written, are None
    where the system cannot tell.
    """

    cpu_s: float
    peak_rss_bytes: int | None
    storage: tuple[int, int] | None


def usage(
    rusage: resource.struct_rusage, storage: tuple[int, int] | None, floor_bytes: int = 0
) -> Usage:
    """Make a usage from what reaping gave.

    Args:
        rusage: of the process.
        storage: bytes that it read and wrote, taken before it was reaped.
        floor_bytes: the memory that the starting process had had. A kernel counts it for the
            process that it starts, so a maximum that is not above says nothing.
    """
    peak = rusage.ru_maxrss * _MAXRSS_UNIT
    trusted = peak > floor_bytes + _DRIFT_BYTES if floor_bytes else True
    return Usage(rusage.ru_utime + rusage.ru_stime, peak if trusted else None, storage)


def own_peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT


def total(parts: Iterable[Usage]) -> Usage:
    """The use of a tree: the first part is its main process, whose unknown bytes stay unknown."""
    main, *others = parts
    peaks = [part.peak_rss_bytes for part in (main, *others) if part.peak_rss_bytes is not None]
    storage = main.storage
    if storage is not None:
        known = [part.storage for part in (main, *others) if part.storage is not None]
        storage = sum(read for read, _ in known), sum(written for _, written in known)
    cpu_s = sum(part.cpu_s for part in (main, *others))
    return Usage(cpu_s, max(peaks, default=None), storage)

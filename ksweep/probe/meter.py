"""What a trial's process tree uses, from samples of it and from what the kernel says at its end."""

from __future__ import annotations

from collections.abc import Iterable

from ksweep.model import Resources
from ksweep.proctable import ProcessRow

MB = 1 << 20

_FIRST_S = 0.05
_SHARED_S = 1.0


class Meter:
    """Keeps the peak of one tree's memory. Memory that processes share counts for each of them."""

    def __init__(self) -> None:
        self._peak_bytes: int | None = None
        self._samples = 0
        self.now_bytes = 0  # at the last sample

    def sample(self, rows: Iterable[ProcessRow]) -> None:
        """Take in the living processes of the tree at one moment."""
        self.now_bytes = sum(row.rss_bytes for row in rows)
        if self.now_bytes:
            self._samples += 1
            self._peak_bytes = max(self._peak_bytes or 0, self.now_bytes)

    def resources(
        self,
        wall_s: float,
        cpu_s: float,
        kernel_peak_bytes: int | None,
        storage: tuple[int, int] | None,
    ) -> Resources:
        """Sum up; bytes are those that really came from storage, or will go there.

        A single sample says nothing by itself: it may be of a process that has just been started.
        """
        sampled = self._peak_bytes if self._samples > 1 or kernel_peak_bytes is not None else None
        peaks = [peak for peak in (sampled, kernel_peak_bytes) if peak is not None]
        read, written = storage or (None, None)
        return Resources(
            wall_s=round(wall_s, 6),
            cpu_s=round(cpu_s, 6),
            peak_rss_mb=_mb(max(peaks, default=None)),
            read_mb=_mb(read),
            write_mb=_mb(written),
        )


def next_sample_age(age_s: float) -> float | None:
    """When a young trial is to be looked at again, in seconds after its start.

    None from one second on: then it is in the scan that all trials share.
    """
    following = max(_FIRST_S, 2 * age_s)
    return following if following < _SHARED_S else None


def _mb(size_bytes: int | None) -> float | None:
    return None if size_bytes is None else round(size_bytes / MB, 3)

"""What a back-end can do. It knows nothing of search, of files' meaning or of analysis."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ksweep.model import Job, TrialState


class Backend(Protocol):
    """Starts, watches and ends trials.

    By the time a trial is told to have ended, its `result.json` is written, unless it was lost.
    """

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take jobs, whose directories are there, and start them as soon as may be.

        Raises:
            SurroundingsError: one could not be started for a reason that is not the program's.
        """
        ...

    def poll(self, timeout: float = 0) -> Mapping[str, TrialState]:
        """The states of all trials, by name; one that has ended is told so once.

        One that has not been started yet is pending. One whose processes have ended, and whose
        result is still to be read from what it left, is not among them until that is written.

        Returns at the first end of a trial or of its processes, or after `timeout` seconds.

        Raises:
            SurroundingsError: a result cannot be written.
        """
        ...

    def cancel(self, names: Collection[str], reason: TrialState) -> None:
        """Begin to end trials; `reason` becomes the state of those that have not ended.

        One that has ended and is still read is recorded soon where `reason` is `CANCELLED`.

        One that has not been started yet is forgotten, without a result.
        """
        ...

    def close(self) -> None:
        """End whatever is left, at once."""
        ...

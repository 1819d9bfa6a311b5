"""Results of trials that left none."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

from ksweep.model import Cause, Job, Result
from ksweep.store import Entry, TrialDir

_GONE = "the trial is gone and left no result"


def without_record(trial: TrialDir, entry: Entry, job: Job) -> Result:
    """What is to be recorded of a trial that has ended and left no result."""
    trouble = trial.trouble
    if trouble is not None:
        return unrun(entry, job.attempt, trouble.cause, trouble.what)
    return unrun(entry, job.attempt, Cause.NO_RESULT, _GONE)


def unrun(entry: Entry, attempt: int, cause: Cause, error: str) -> Result:
    """The result of an attempt of which nothing but its end is known."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Result(
        name=entry.name,
        id=entry.id,
        repeat=entry.repeat,
        status=cause.state,
        exit_code=None,
        attempt=attempt,
        started_at="",
        finished_at=now,
        host=socket.gethostname(),
        params=entry.params,
        cause=cause,
        error=error,
    )

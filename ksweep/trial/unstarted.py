"""The record of a trial whose program was never started."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import UTC, datetime

from ksweep.model import Cause, Job, Result
from ksweep.store import TrialDir, TrialDirError


def record_unstarted(job: Job, error: OSError) -> Result:
    """Record that a job's program could not be started.

    Raises:
        SurroundingsError: the result cannot be written.
    """
    return _record(job, Cause.NOT_STARTED, f"{_culprit(job, error)}: {error.strerror or error}")


def record_unusable(job: Job, error: TrialDirError) -> Result:
    """Record that a job's directory could not be used, in a new one where that is possible.

    Raises:
        SurroundingsError: the disk cannot be written.
    """
    return _record(job, error.cause, error.what)


def record_hopeless(job: Job, memory_mb: float) -> Result:
    """Record that a job needs more memory than trials may use in all.

    Raises:
        SurroundingsError: the result cannot be written.
    """
    needs = f"by the formula it needs {job.needs.memory_mb or 0:,.0f} MB"
    return _record(job, Cause.MEMORY_NEEDS, f"not started: {needs} of {memory_mb:,.0f} MB")


def _record(job: Job, cause: Cause, error: str) -> Result:
    directory = TrialDir(job.directory)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    result = Result(
        name=job.name,
        id=job.id,
        repeat=job.repeat,
        status=cause.state,
        exit_code=None,
        attempt=job.attempt,
        started_at=now,
        finished_at=now,
        host=socket.gethostname(),
        params=job.params,
        cause=cause,
        error=error,
    )
    with suppress(TrialDirError), directory.using(directory.result_path, "write"):
        if directory.trouble is not None:
            directory.mend(job.config)
        directory.write_result(result)
    return result


def _culprit(job: Job, error: OSError) -> str:
    if error.filename == job.cwd:
        return f"{job.cwd} cannot be the directory to run in"
    return f"{job.argv[0]} cannot be started"

"""One attempt at one trial: its process, its log, its metrics, and in the end its `result.json`.

The same code on every machine and under every scheduler.
"""

from __future__ import annotations

import os
import signal
import socket
from datetime import UTC, datetime

from ksweep import metrics
from ksweep.model import Job, Pruning, Result, TrialState
from ksweep.probe import Meter, next_sample_age
from ksweep.process import Exit, Process, Supervisor
from ksweep.proctable import boot_id
from ksweep.store import TrialDir, surroundings

_HOST = socket.gethostname()


class Trial:
    """A trial that runs. Times are those of `time.monotonic()`, in seconds."""

    def __init__(self, job: Job, supervisor: Supervisor, grace_s: float, now: float) -> None:
        """Starts the job's program.

        Raises:
            OSError: the program cannot be started.
            SurroundingsError: its directory cannot be written.
        """
        self._job = job
        self._directory = TrialDir(job.directory)
        self._started_at = _now()
        self._meter = Meter()
        self._log = metrics.LogReader(self._directory.log_path, job.query)
        with surroundings(self._directory.log_path, "write"):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
            log = os.open(self._directory.log_path, flags, 0o666)
        try:
            tree, row = supervisor.start(job.argv, job.cwd, job.env, log)
        finally:
            os.close(log)
        self.process = Process(supervisor, tree, now, job.timeout, grace_s)
        self._meter.sample([row])
        self.sample_at: float | None = self.process.started + (next_sample_age(0) or 0)
        started = {
            "attempt": job.attempt,
            "started_at": self._started_at,
            "host": _HOST,
            "boot_id": boot_id(),
            "pid": row.pid,
            "start_ticks": row.start_ticks,
            "cgroup": tree.cgroup.path if tree.cgroup is not None else None,
        }
        with surroundings(job.directory, "write"):
            self._directory.write_started(started)

    def sample(self, now: float) -> None:
        """Take in what the young trial uses; `sample_at` becomes None when it is young no more."""
        self._meter.sample(self.process.look())
        age = next_sample_age(now - self.process.started)
        self.sample_at = None if age is None else self.process.started + age

    def sample_surveyed(self) -> None:
        """Take in what the last survey found of it, and what it has printed since the one before.

        So that the end of a trial that prints much does not hold up the others.
        """
        self._meter.sample(self.process.tree.living)
        self._log.update()

    def finish(self) -> Result:
        """Record what came of a process that has ended as a whole.

        Raises:
            SurroundingsError: the result cannot be written.
        """
        ended = self.process.finish()
        use = ended.usage
        said = metrics.read(self._directory.metrics_path, self._log)
        status = _status(ended)
        failed = status is not TrialState.SUCCESS
        pruned = self._directory.pruning() if status is TrialState.PRUNED else None
        result = Result(
            name=self._job.name,
            id=self._job.id,
            repeat=self._job.repeat,
            status=status,
            exit_code=ended.code,
            attempt=self._job.attempt,
            started_at=self._started_at,
            finished_at=_now(),
            host=_HOST,
            params=self._job.params,
            metrics=said.final,
            resources=self._meter.resources(
                ended.wall_s, use.cpu_s, use.peak_rss_bytes, use.storage
            ),
            pruned=pruned,
            error=_cause(status, ended, self._job, pruned) if failed else None,
            log_tail=metrics.tail(self._directory.log_path) if failed else None,
        )
        with surroundings(self._directory.result_path, "write"):
            self._directory.write_result(result)
        return result


def record_unstarted(job: Job, error: OSError) -> Result:
    """Record that a job's program could not be started.

    Raises:
        SurroundingsError: the result cannot be written.
    """
    directory = TrialDir(job.directory)
    result = Result(
        name=job.name,
        id=job.id,
        repeat=job.repeat,
        status=TrialState.FAILED,
        exit_code=None,
        attempt=job.attempt,
        started_at=_now(),
        finished_at=_now(),
        host=_HOST,
        params=job.params,
        error=f"{_culprit(job, error)}: {error.strerror or error}",
    )
    with surroundings(directory.result_path, "write"):
        directory.write_result(result)
    return result


def _culprit(job: Job, error: OSError) -> str:
    if error.filename == job.cwd:
        return f"{job.cwd} cannot be the directory to run in"
    return f"{job.argv[0]} cannot be started"


def _status(ended: Exit) -> TrialState:
    if ended.reason is not None:
        return ended.reason
    return TrialState.SUCCESS if ended.code == 0 else TrialState.FAILED


def _cause(status: TrialState, ended: Exit, job: Job, pruned: Pruning | None) -> str:
    """Why it did not succeed, in one line."""
    if pruned is not None:
        return pruned.rule
    if status is TrialState.TIMEOUT:
        return f"no end after {job.timeout:g} s"
    if status is not TrialState.FAILED:
        return status.value
    if ended.code >= 0:
        return f"exit code {ended.code}"
    try:
        return f"killed by {signal.Signals(-ended.code).name}"
    except ValueError:
        return f"killed by signal {-ended.code}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

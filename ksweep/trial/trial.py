"""A trial that runs: its process, what it uses and says, and in the end its `result.json`."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ksweep import exposed
from ksweep.metrics import INTERRUPTED, Reader, tail_of
from ksweep.model import Allotment, Cause, Job, Resources, Result, TrialState
from ksweep.probe import MB, GpuMeter, GpuUse, Meter, next_sample_age
from ksweep.process import Exit, Process, Supervisor
from ksweep.proctable import ProcessRow, boot_id
from ksweep.store import TrialDir, TrialDirError
from ksweep.trial.cause import cause_of, cause_text
from ksweep.trial.instruments import Instruments
from ksweep.trial.rewritten import changes_of
from ksweep.trial.stall import Stall

_HOST = socket.gethostname()
_MUCH_BYTES = 1 << 20
_NOTHING = Allotment()
_BLIND = Instruments()


class Trial:
    """A trial that runs, has ended, and is read. Times are those of `time.monotonic()`, in seconds.

    Attributes:
        overlapped: another one ran meanwhile, so nobody knows whose the energy was.
    """

    def __init__(
        self,
        job: Job,
        supervisor: Supervisor,
        grace_s: float,
        now: float,
        reader: Reader,
        allotment: Allotment = _NOTHING,
        instruments: Instruments = _BLIND,
    ) -> None:
        """Starts the job's program.

        Raises:
            OSError: the program cannot be started.
            TrialDirError: its directory cannot be used.
            SurroundingsError: the disk cannot be written.
        """
        self.job = job
        self.allotment = allotment
        self.overlapped = False
        self._directory = TrialDir(job.directory)
        self._started_at = datetime.now(UTC)
        self._meter = Meter()
        self._gpus = GpuMeter()
        self._instruments = instruments
        self._reader = reader
        paths = self._directory.metrics_path, self._directory.log_path
        self._said = reader.follow(*paths, job.query)
        self._stall = Stall(job.stall_timeout, now)
        energy = instruments.energy
        self._mark = energy.mark(allotment.gpus) if energy is not None else None
        row = self._start(supervisor, grace_s, now)
        self._meter.sample([row])
        self.sample_at: float | None = now + (next_sample_age(0) or 0)
        self._note = self._started(row)
        with suppress(TrialDirError), self._directory.using(job.directory, "write"):
            self._directory.write_started(self._note)

    def _start(self, supervisor: Supervisor, grace_s: float, now: float) -> ProcessRow:
        job, log_path = self.job, self._directory.log_path
        with self._directory.using(log_path, "write"):
            log = exposed.open_regular(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.ftruncate(log, 0)
            os.set_blocking(log, True)  # as a program expects it
        try:
            limit_bytes = job.needs.memory_limit_mb * MB
            cores = self.allotment.cores
            tree, row = supervisor.start(job.argv, job.cwd, job.env, log, cores, limit_bytes)
        finally:
            os.close(log)
        self._watched_bytes = 0 if tree.limited else limit_bytes
        self.process = Process(supervisor, tree, now, job.timeout, grace_s)
        return row

    def _started(self, row: ProcessRow) -> dict[str, object]:
        cgroup = self.process.tree.cgroup
        return {
            "attempt": self.job.attempt,
            "started_at": _text(self._started_at),
            "host": _HOST,
            "boot_id": boot_id(),
            "pid": row.pid,
            "start_ticks": row.start_ticks,
            "cgroup": cgroup.path if cgroup is not None else None,
            **_given(self.allotment),
        }

    @property
    def watched(self) -> bool:
        """It has a limit of memory that nobody else sees to."""
        return self._watched_bytes > 0

    @property
    def memory_mb(self) -> float:
        """What it used when it was last looked at."""
        return self._meter.now_bytes / MB

    def sample(self, now: float) -> None:
        """Take in what the young trial uses; `sample_at` becomes None when it is young no more."""
        rows = self.process.look()
        self._meter.sample(rows)
        self._see_to_limit(rows, now)
        age = next_sample_age(now - self.process.started)
        self.sample_at = None if age is None else self.process.started + age

    def sample_surveyed(self, uses: Mapping[int, GpuUse], now: float) -> None:
        """Take in what the last survey found of it.

        What it prints is read from time to time if it is much, so that its result need not wait.

        Args:
            uses: what happens on each GPU that was given out.
            now: the time.
        """
        rows = self.process.tree.living
        self._meter.sample(rows)
        self._reader.ask(self._said, _MUCH_BYTES)
        pids = {row.pid for row in rows}
        busy = False
        if self.allotment.gpus and uses:
            mine = [uses[index] for index in self.allotment.gpus]
            self._gpus.sample(mine, pids)
            busy = any((use.percent_of(pids) or 0.0) > 0 for use in mine)
        self._see_to_limit(rows, now)
        cpu_s = sum(row.cpu_s for row in rows)
        if self._stall.lasts(self._directory.written(), cpu_s, busy, now):
            self.process.stop(Cause.STALL, now)

    def _see_to_limit(self, rows: Sequence[ProcessRow], now: float) -> None:
        """End it where it takes more than it may; what processes share counts once."""
        limit = self._watched_bytes
        if limit and self._meter.now_bytes > limit and self.process.memory_bytes(rows) > limit:
            self.process.stop(Cause.MEMORY_LIMIT, now, grace_s=0)

    def end(self) -> Result:
        """What came of a process that has ended as a whole, without its metrics.

        They are asked for: when `is_read` says so, `finish` can be called.
        """
        ended = self.process.finish()
        self._reader.finish(self._said)
        failed = ended.code != 0 or ended.reason is not None
        tail = tail_of(self._directory.log_path) if failed else None
        cause = cause_of(ended, tail)
        trouble = self._directory.trouble if ended.reason is None else None
        if trouble is not None:
            cause = trouble.cause
        pruned = self._directory.pruning() if cause is Cause.PRUNED else None
        self._result = Result(
            name=self.job.name,
            id=self.job.id,
            repeat=self.job.repeat,
            status=cause.state if cause is not None else TrialState.SUCCESS,
            exit_code=ended.code,
            attempt=self.job.attempt,
            started_at=_text(self._started_at),
            finished_at=_text(self._started_at + timedelta(seconds=ended.wall_s)),
            host=_HOST,
            params=self.job.params,
            resources=self._resources(ended),
            cores=self.allotment.cores,
            gpus=self.allotment.gpus,
            pruned=pruned,
            cause=cause,
            error=trouble.what
            if trouble is not None
            else cause_text(cause, ended.code, self.job, tail, pruned)
            if cause is not None
            else None,
            log_tail=tail,
            changes=changes_of(self.job),
            code=self.job.code,
        )
        return self._result

    @property
    def is_read(self) -> bool:
        """What it said is known."""
        return self._said.ended

    def hurry(self) -> None:
        """Let what has been read of a trial that has ended be enough."""
        self._reader.cut(self._said)

    def finish(self) -> Result:
        """Record a trial that has ended and is read; one that was not to be read has no record yet.

        Raises:
            SurroundingsError: the result cannot be written.
        """
        said = self._said.metrics
        if said.incomplete == INTERRUPTED:
            self._leave(self._directory.write_ended, self._result)
            return self._result
        result = replace(self._result, metrics=said.final, incomplete=said.incomplete)
        self._leave(self._directory.write_result, result)
        return result

    def _leave(self, write: Callable[[Result], None], result: Result) -> None:
        """Leave the result in the trial's directory, where one can be made."""
        directory = self._directory
        with suppress(TrialDirError), directory.using(directory.result_path, "write"):
            if directory.trouble is not None:
                directory.mend(self.job.config)
            if directory.started() != self._note:
                directory.write_started(self._note)
            write(result)

    def _resources(self, ended: Exit) -> Resources:
        use = ended.usage
        measured = self._meter.resources(ended.wall_s, use.cpu_s, use.peak_rss_bytes, use.storage)
        return replace(
            measured,
            gpu_util_avg=self._gpus.util_avg,
            gpu_peak_mb=self._gpus.peak_mb,
            energy_kwh=self._energy_kwh(),
        )

    def _energy_kwh(self) -> float | None:
        energy = self._instruments.energy
        if energy is None or self._mark is None or self.overlapped:
            return None
        return energy.kwh_since(self._mark)


def _given(allotment: Allotment) -> dict[str, object]:
    """What a record says of the cores and GPUs that a trial has of its own."""
    given = {"cores": list(allotment.cores), "gpus": list(allotment.gpus)}
    return {name: numbers for name, numbers in given.items() if numbers}


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")

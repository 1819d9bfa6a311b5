"""Trials as processes of this machine, watched by the runner itself."""

from __future__ import annotations

import errno
import math
import selectors
import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ksweep import environment, machine
from ksweep.admission import Admission, Peaks, Site
from ksweep.errors import SurroundingsError, Where
from ksweep.metrics import Reader
from ksweep.model import Allotment, Cause, Job, TrialState
from ksweep.process import Supervisor
from ksweep.store import TrialDirError
from ksweep.trial import (
    Instruments,
    Trial,
    record_hopeless,
    record_unstarted,
    record_unusable,
)

_GRACE_S = 10.0
_SCAN_S = 1.0
_WATCHING_SCAN_S = 0.25  # where a limit of memory is seen to by looking
_MEMORY_S = 0.2  # how long a look at the machine's memory is good for
_CAUSES = {TrialState.CANCELLED: Cause.CANCELLED, TrialState.PRUNED: Cause.PRUNED}
_EXHAUSTED = frozenset([errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE])


class LocalBackend:
    """Starts jobs in their order, each as soon as the machine has what it needs.

    How many there are at once is otherwise the caller's business.
    """

    def __init__(
        self,
        grace_s: float = _GRACE_S,
        site: Site | None = None,
        instruments: Instruments | None = None,
        peaks: Peaks | None = None,
    ) -> None:
        """Makes the best of this machine.

        Args:
            grace_s: the time that a trial has between SIGTERM and SIGKILL.
            site: what trials may use; by default there is nothing to give out, and no limit.
            instruments: what GPUs and energy are measured with.
            peaks: what is known of the memory that trials need.
        """
        self._grace_s = grace_s
        self._site = site or Site(())
        self._instruments = instruments or Instruments()
        self._admission = Admission(self._site, peaks)
        self._supervisor = Supervisor.here()
        self._selector = selectors.DefaultSelector()
        self._reader = Reader(self._selector)
        self._waiting: deque[Job] = deque()
        self._trials: dict[str, Trial] = {}
        self._unread: dict[str, Trial] = {}  # have ended, and what they said is being read
        self._unstarted: dict[str, TrialState] = {}
        self._most = math.inf  # trials that the system's limits allow at once, by the last attempt
        self._scan_at = time.monotonic() + _SCAN_S
        self._available = (0.0, 0.0)  # MB, and until when that is good enough

    def submit(self, jobs: Sequence[Job]) -> None:
        self._waiting.extend(jobs)
        self._start_waiting(time.monotonic())

    def poll(self, timeout: float = 0) -> Mapping[str, TrialState]:
        deadline = time.monotonic() + timeout
        ready = self._ready(0)
        while True:
            now = time.monotonic()
            running = len(self._trials)
            ended = self._advance(ready, now)
            if ended or len(self._trials) < running or now >= deadline:
                return {**self._states(), **ended}
            self._sample(now)
            self._start_waiting(now)
            wait = (
                0 if self._unstarted else max(min(deadline, self._due(now)) - time.monotonic(), 0)
            )
            ready = self._ready(wait)

    def cancel(self, names: Collection[str], reason: TrialState) -> None:
        now = time.monotonic()
        self._waiting = deque(job for job in self._waiting if job.name not in names)
        for name in names:
            if name in self._trials:
                self._trials[name].process.stop(_CAUSES[reason], now)
            elif name in self._unread and reason is TrialState.CANCELLED:
                self._unread[name].hurry()

    def close(self) -> None:
        self._reader.close()
        self._supervisor.close()  # last, as the reader may be in a group that is removed
        self._selector.close()
        for trial in self._trials.values():
            trial.process.close()

    def _states(self) -> dict[str, TrialState]:
        waiting = {job.name: TrialState.PENDING for job in self._waiting}
        return {**waiting, **dict.fromkeys(self._trials, TrialState.RUNNING)}

    # -- starting ------------------------------------------------------------------------------

    def _start_waiting(self, now: float) -> None:
        """Start what may start, in order: nothing that needs little gets ahead for ever."""
        while self._waiting and len(self._trials) < self._most:
            job = self._waiting[0]
            if self._admission.hopeless(job):
                self._waiting.popleft()
                self._unstarted[job.name] = record_hopeless(job, self._site.memory_mb).status
                continue
            allotment = self._admission.admit(job, self._available_mb(now), now)
            if allotment is None:
                return
            self._waiting.popleft()
            self._start(job, allotment)

    def _start(self, job: Job, allotment: Allotment) -> None:
        said = environment.devices(allotment.gpus, allotment.cores, job.env)
        try:
            trial = Trial(
                replace(job, env={**job.env, **said}),
                self._supervisor,
                self._grace_s,
                time.monotonic(),
                self._reader,
                allotment,
                self._instruments,
            )
        except TrialDirError as error:
            self._admission.end(job.name, None)
            self._unstarted[job.name] = record_unusable(job, error).status
            return
        except OSError as error:
            self._admission.end(job.name, None)
            if error.errno in _EXHAUSTED:
                self._wait_for_an_end(job, error)
                return
            self._unstarted[job.name] = record_unstarted(job, error).status
            return
        self._trials[job.name] = trial
        self._most = math.inf
        if trial.process.descriptor is not None:
            self._selector.register(trial.process.descriptor, selectors.EVENT_READ, job.name)
        if len(self._trials) > 1:
            for one in self._trials.values():
                one.overlapped = True

    def _wait_for_an_end(self, job: Job, error: OSError) -> None:
        """Hold back what the system has no process, memory or descriptor for beside what runs.

        Raises:
            SurroundingsError: nothing runs whose end would help.
        """
        if not self._trials:
            raise SurroundingsError(
                f"cannot start {job.argv[0]}: {error.strerror}",
                "the limits on processes, open files or memory are reached: lower the jobs at once",
                Where(job.directory),
            ) from error
        self._waiting.appendleft(job)
        self._most = len(self._trials)

    def _available_mb(self, now: float) -> float:
        memory_mb, good_until = self._available
        if now >= good_until:
            memory_mb = machine.memory().available_mb
            self._available = memory_mb, now + _MEMORY_S
        return memory_mb

    # -- watching ------------------------------------------------------------------------------

    def _ready(self, wait_s: float) -> set[str]:
        """The trials whose main process has ended; waits for the first so long."""
        return {key.data for key, _ in self._selector.select(wait_s) if key.data is not None}

    def _advance(self, ready: Collection[str], now: float) -> dict[str, TrialState]:
        """Do what is due; returns the trials that have ended."""
        ended, self._unstarted = self._unstarted, {}
        for name, trial in list(self._trials.items()):
            process = trial.process
            if name not in ready and process.due > now:
                continue
            gone = process.advance(now)
            if process.main_ended and process.descriptor is not None:
                self._unwatch(process.descriptor)
            if gone:
                del self._trials[name]
                self._admission.end(name, trial.end())
                self._unread[name] = trial
        return ended | self._read()

    def _read(self) -> dict[str, TrialState]:
        """Record the trials that have ended and are read by now."""
        self._reader.poll()
        read = [name for name, trial in self._unread.items() if trial.is_read]
        return {name: self._unread.pop(name).finish().status for name in read}

    def _unwatch(self, descriptor: int) -> None:
        """A process that has ended would be ready for ever while its descendants are ended."""
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def _sample(self, now: float) -> None:
        for name, trial in self._trials.items():
            if trial.sample_at is not None and trial.sample_at <= now:
                trial.sample(now)
                self._admission.use(name, trial.memory_mb, now)
        if now < self._scan_at:
            return
        watched = any(trial.watched for trial in self._trials.values())
        self._scan_at = now + (_WATCHING_SCAN_S if watched else _SCAN_S)
        self._scan(now)

    def _scan(self, now: float) -> None:
        """Look at all grown trials at once."""
        grown = {name: one for name, one in self._trials.items() if one.sample_at is None}
        given = {gpu for trial in self._trials.values() for gpu in trial.allotment.gpus}
        uses = self._instruments.look(given)
        if grown:
            self._supervisor.survey(now)
        for name, trial in grown.items():
            trial.sample_surveyed(uses, now)
            self._admission.use(name, trial.memory_mb, now)

    def _due(self, now: float) -> float:
        """When something is to be done though no process ends."""
        times = [self._scan_at, self._reader.due]
        if self._waiting:
            times.append(now + _MEMORY_S)
        for trial in self._trials.values():
            times.append(trial.process.due)
            if trial.sample_at is not None:
                times.append(trial.sample_at)
        return min(times)

"""Trials as processes of this machine, watched by the runner itself."""

from __future__ import annotations

import errno
import selectors
import time
from collections.abc import Collection, Mapping, Sequence

from ksweep.errors import SurroundingsError, Where
from ksweep.model import Job, TrialState
from ksweep.process import Supervisor
from ksweep.trial import Trial, record_unstarted

_GRACE_S = 10.0
_SCAN_S = 1.0
_EXHAUSTED = frozenset([errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE])


class LocalBackend:
    """Starts every job that it is given at once: how many those are is the caller's business."""

    def __init__(self, grace_s: float = _GRACE_S) -> None:
        """`grace_s` is the time that a trial has between SIGTERM and SIGKILL."""
        self._grace_s = grace_s
        self._supervisor = Supervisor.here()
        self._selector = selectors.DefaultSelector()
        self._trials: dict[str, Trial] = {}
        self._unstarted: dict[str, TrialState] = {}
        self._scan_at = time.monotonic() + _SCAN_S

    def submit(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            try:
                trial = Trial(job, self._supervisor, self._grace_s, time.monotonic())
            except OSError as error:
                _check_surroundings(job, error)
                self._unstarted[job.name] = record_unstarted(job, error).status
                continue
            self._trials[job.name] = trial
            if trial.process.descriptor is not None:
                self._selector.register(trial.process.descriptor, selectors.EVENT_READ, job.name)

    def poll(self, timeout: float = 0) -> Mapping[str, TrialState]:
        deadline = time.monotonic() + timeout
        ready: set[str] = set()
        while True:
            now = time.monotonic()
            ended = self._advance(ready, now)
            if ended or now >= deadline:
                return {**dict.fromkeys(self._trials, TrialState.RUNNING), **ended}
            self._sample(now)
            wait = max(min(deadline, self._next_due()) - time.monotonic(), 0)
            ready = {key.data for key, _ in self._selector.select(wait)}

    def cancel(self, names: Collection[str], reason: TrialState) -> None:
        now = time.monotonic()
        for name in names:
            if name in self._trials:
                self._trials[name].process.stop(reason, now)

    def close(self) -> None:
        self._supervisor.close()
        self._selector.close()
        for trial in self._trials.values():
            trial.process.close()

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
                ended[name] = trial.finish().status
        return ended

    def _unwatch(self, descriptor: int) -> None:
        """A process that has ended would be ready for ever while its descendants are ended."""
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def _sample(self, now: float) -> None:
        for trial in self._trials.values():
            if trial.sample_at is not None and trial.sample_at <= now:
                trial.sample(now)
        if now < self._scan_at:
            return
        self._scan_at = now + _SCAN_S
        grown = [trial for trial in self._trials.values() if trial.sample_at is None]
        if grown:
            self._supervisor.survey(now)
        for trial in grown:
            trial.sample_surveyed()

    def _next_due(self) -> float:
        """When something is to be done though no process ends."""
        times = [self._scan_at]
        for trial in self._trials.values():
            times.append(trial.process.due)
            if trial.sample_at is not None:
                times.append(trial.sample_at)
        return min(times)


def _check_surroundings(job: Job, error: OSError) -> None:
    """Tell what keeps any program from being started from what is wrong with this one.

    Raises:
        SurroundingsError: it is the first.
    """
    if error.errno in _EXHAUSTED:
        raise SurroundingsError(
            f"cannot start {job.argv[0]}: {error.strerror}",
            "the limits on processes, open files or memory are reached: lower the jobs at once",
            Where(job.directory),
        ) from error

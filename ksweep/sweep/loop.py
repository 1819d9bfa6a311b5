"""The loop: start what may start, see what ended, record it, tell."""

from __future__ import annotations

import math
import socket
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

from ksweep import stopping
from ksweep.backends.base import Backend
from ksweep.errors import KsweepError
from ksweep.model import Job, Result, Settings, TrialState
from ksweep.process import end_survivors
from ksweep.search import Search
from ksweep.store import Entry, Ledger, Results, TrialDirError
from ksweep.sweep.events import (
    Event,
    Finished,
    Interrupt,
    Noticed,
    RunOptions,
    StopReason,
    TrialEnded,
    TrialStarted,
    Waiting,
)
from ksweep.sweep.jobs import JobMaker
from ksweep.sweep.limits import Limits, Patience
from ksweep.sweep.rereading import read_unread
from ksweep.sweep.retrying import Retries
from ksweep.sweep.selection import FAILURES, select
from ksweep.sweep.supply import Listed, Searched, Supply
from ksweep.sweep.unrun import unrun, without_record
from ksweep.sweep.watching import Watch

_LOOK_S = 0.3  # how soon an interrupt is noticed
_ABANDON_S = 10.0
_FULL_STOPS = (StopReason.FAILURE, StopReason.MAX_FAILURES)


def run(
    results: Results,
    backend: Backend,
    options: RunOptions,
    interrupt: Interrupt,
    search: Search | None = None,
) -> Iterator[Event]:
    """Run what is due of a sweep; the caller holds `results.lock()` and closes the back-end.

    A caller that stops listening early ends the running trials; they are `cancelled` then.

    Args:
        results: of the sweep.
        backend: where trials run.
        options: what is asked for.
        interrupt: what the person in front of it wants.
        search: a new one, where configurations are chosen while results come in.

    Raises:
        InputError: there is nothing to run with: no command, no program, no such trial.
        SurroundingsError: disk or back-end failed; the running trials have been ended, and what
            was recorded is valid.
    """
    recorded = {result.name: result for result in results.recover()}
    recorded |= read_unread(results, recorded, options.settings.query, interrupt)
    chosen = select(results.entries, recorded, options)
    maker = JobMaker(results, options.settings, code=options.code)
    maker.check_programs(chosen)
    _end_survivors(results, recorded)
    supply: Supply = Listed(chosen)
    if search is not None and not options.only:
        supply = Searched(results, search, options.settings, recorded, chosen)
    with results.ledger() as ledger, _watch(results, options.settings, recorded, chosen) as watch:
        loop = _Loop(results, backend, options, interrupt, maker, ledger, supply, watch, recorded)
        loop.any_success = any(r.status is TrialState.SUCCESS for r in recorded.values())
        try:
            yield from loop.events()
        except BaseException:
            loop.abandon()
            raise


@contextmanager
def _watch(
    results: Results,
    settings: Settings,
    recorded: Mapping[str, Result],
    due: Sequence[Entry],
) -> Iterator[Watch | None]:
    rule = stopping.make(settings)
    if rule is None:
        yield None
        return
    with closing(Watch(rule, settings)) as watch:
        watch.recall(results, recorded, due)
        yield watch


def _end_survivors(results: Results, recorded: dict[str, Result]) -> None:
    """End what a killed runner left behind, before any of its trials runs again."""
    unrecorded = [entry for entry in results.entries if not recorded[entry.name].finished_at]
    trials = [results.trial(entry) for entry in unrecorded]
    records = [(trial.log_path, started) for trial in trials if (started := trial.started())]
    end_survivors(results.path, records, socket.gethostname())


class _Loop:
    """One invocation's run over the trials that it has chosen."""

    def __init__(
        self,
        results: Results,
        backend: Backend,
        options: RunOptions,
        interrupt: Interrupt,
        maker: JobMaker,
        ledger: Ledger,
        supply: Supply,
        watch: Watch | None,
        recorded: Mapping[str, Result],
    ) -> None:
        self._results = results
        self._backend = backend
        self._options = options
        self._settings = options.settings
        self._interrupt = interrupt
        self._maker = maker
        self._ledger = ledger
        self._jobs = max(self._settings.jobs, 1)
        self._ends_at = time.monotonic() + (self._settings.budget or math.inf)
        self._supply = supply
        self._watch = watch
        self._recorded = recorded  # before this run
        self._retries = Retries(self._settings)
        self._limits = Limits(self._settings)
        self._patience = Patience()
        self._running: dict[str, tuple[Entry, Job]] = {}  # also those that wait to be started
        self._waiting: dict[str, None] = {}  # of those, in their order
        self._unread = 0  # of those, that have ended and have no result yet
        self._troubled: deque[tuple[Entry, TrialDirError]] = deque()  # cannot be started
        self._ended: deque[str] = deque()  # told by the back-end, and not looked at yet
        self._cancelled = 0
        self._unstarted = 0  # handed over and taken back
        self._halt: StopReason | None = None
        self.any_success = False

    def events(self) -> Iterator[Event]:
        while self._running or self._troubled or self._may_start():
            self._start()
            yield from map(Noticed, self._maker.complaints())
            if self._troubled:
                yield from self._record_troubled()
                continue
            yield from self._collect()
            if self._watch is not None:
                yield from map(Noticed, self._watch.notices())
        if self._watch is not None and not self._interrupt.soft:
            yield from map(Noticed, self._watch.last_notices())
        if self._supply.notice:
            yield Noticed(self._supply.notice)
        left = self._supply.left + len(self._retries) + self._cancelled + self._unstarted
        yield Finished(self._reason(left), left)

    def abandon(self) -> None:
        """End what runs as well as it can be done: something is wrong already."""
        deadline = time.monotonic() + _ABANDON_S
        running = self._running.keys() - set(self._ended)
        with suppress(KsweepError):
            self._backend.cancel(running, TrialState.CANCELLED)
        while running and time.monotonic() < deadline:
            try:
                polled = self._backend.poll(_LOOK_S)
            except KsweepError:
                time.sleep(_LOOK_S)
            else:
                running -= {name for name, state in polled.items() if state.ended}

    def _may_start(self) -> bool:
        """Whether a trial is to be started, now or after a pause."""
        if self._stopping:
            return False
        return bool(self._retries) or (self._supply.left > 0 and self._halt is None)

    @property
    def _stopping(self) -> bool:
        """Nothing more is to be started, not even what waits for a second attempt."""
        return self._interrupt.soft or self._over or self._halt in _FULL_STOPS

    @property
    def _over(self) -> bool:
        """The time for the whole run has passed."""
        return time.monotonic() >= self._ends_at

    @property
    def _has_room(self) -> bool:
        """One more may run at once, and the machine is not full already."""
        taken = len(self._running) - (0 if self._must_know else self._unread)
        return taken < self._jobs and not self._waiting

    @property
    def _must_know(self) -> bool:
        """What trials came to that have ended decides whether another starts, and which one."""
        failed = self._retries.failed + self._unread
        limited = bool(self._settings.max_failures) and not self.any_success
        all_failed = limited and failed >= self._settings.max_failures
        return all_failed or self._options.stop_on_failure or self._supply.learns

    def _reason(self, left: int) -> StopReason:
        if not left:
            return StopReason.DONE
        if self._interrupt.soft:
            return StopReason.INTERRUPTED
        return self._halt or (StopReason.BUDGET if self._over else StopReason.DONE)

    # -- starting ------------------------------------------------------------------------------

    def _start(self) -> None:
        """Hand over as many as may run at once, unless the machine is full already."""
        jobs = []
        while self._has_room and self._may_start():
            entry = self._next()
            if entry is None:
                break
            try:
                job = self._prepare(entry)
            except TrialDirError as error:
                self._troubled.append((entry, error))
                break
            self._running[entry.name] = entry, job
            jobs.append(job)
        if jobs:
            self._waiting.update(dict.fromkeys(job.name for job in jobs))
            self._backend.submit(jobs)

    def _record_troubled(self) -> Iterator[Event]:
        """Trials that have no directory to run in have failed, unless they have a result."""
        while self._troubled:
            entry, error = self._troubled.popleft()
            known = self._recorded.get(entry.name)
            if known is not None and known.status.final:
                self._supply.tell(known)
                yield Noticed(f"{entry.name} cannot run again, and keeps its result: {error.what}")
                continue
            trial = self._results.trial(entry)
            attempt = known.attempt if known is not None else trial.attempt
            result = unrun(entry, attempt, error.cause, error.what)
            with suppress(TrialDirError), trial.using(trial.result_path, "write"):
                trial.write_result(result)
            self._ledger.append(result)
            self._supply.tell(result)
            self._retries.give_up()
            self._heed(None)
            yield TrialEnded(result)

    def _take_back(self) -> None:
        """What waits to be started is not started any more."""
        self._backend.cancel(self._waiting, TrialState.CANCELLED)
        self._unstarted += len(self._waiting)
        for name in self._waiting:
            del self._running[name]
        self._waiting.clear()

    def _next(self) -> Entry | None:
        """The next trial whose time has come; one that is tried again goes first."""
        again = self._retries.next(time.monotonic())
        if again is not None or not self._supply.left or self._halt is not None:
            return again
        if self._retries.tried == self._options.max_runs:
            self._halt = StopReason.MAX_RUNS
            return None
        return self._supply.next()

    def _prepare(self, entry: Entry) -> Job:
        """The job of a trial's next attempt, in a directory that has nothing of an earlier one.

        Raises:
            TrialDirError: its directory cannot be used.
            SurroundingsError: the disk cannot be used.
        """
        text = self._results.mended_config(entry, self._recorded.get(entry.name))
        trial = self._results.trial(entry)
        with trial.using(trial.path, "write"):
            attempt = trial.archive_attempt()
            self._retries.begin(entry, attempt)
            return self._maker.make(entry, attempt, text)

    # -- collecting ----------------------------------------------------------------------------

    def _collect(self) -> Iterator[Event]:
        if self._interrupt.hard and self._running:
            self._backend.cancel(list(self._running), TrialState.CANCELLED)
        self._stop_early()
        polled = self._poll()
        self._unread = len(self._running.keys() - polled.keys())
        yield from self._started(polled)
        if self._stopping and self._waiting:
            self._take_back()
        self._ended.extend(n for n, state in polled.items() if state.ended and n in self._running)
        stuck = self._patience.look(self._waiting, len(self._running), time.monotonic())
        yield from map(Noticed, stuck)
        if not self._ended:
            yield Waiting()
        while self._ended:
            yield from self._end(*self._running.pop(self._ended.popleft()))

    def _started(self, polled: Mapping[str, TrialState]) -> Iterator[Event]:
        """What waits no longer."""
        begun = [name for name in self._waiting if polled.get(name) is not TrialState.PENDING]
        for name in begun:
            del self._waiting[name]
            entry, job = self._running[name]
            yield TrialStarted(name, job.attempt, entry.params)

    def _stop_early(self) -> None:
        """End the trials that a stopping rule gives up, and leave why in their directories."""
        if self._watch is None or self._interrupt.hard:
            return
        running = [
            (entry, self._results.trial(entry))
            for name, (entry, _) in self._running.items()
            if name not in self._waiting
        ]
        for name, pruning in self._watch.look(running, time.monotonic()).items():
            trial = self._results.trial(self._running[name][0])
            with suppress(TrialDirError), trial.using(trial.pruned_path, "write"):
                trial.write_pruning(pruning)
            self._backend.cancel([name], TrialState.PRUNED)

    def _poll(self) -> dict[str, TrialState]:
        timeout = _LOOK_S
        if self._watch is not None:
            timeout = min(self._watch.wait_s(time.monotonic()), timeout)
        if self._retries and self._has_room and self._may_start():
            timeout = min(max(self._retries.wait_s(time.monotonic()), 0), timeout)
        if self._running:
            return dict(self._backend.poll(timeout))
        time.sleep(timeout)
        return {}

    def _end(self, entry: Entry, job: Job) -> Iterator[Event]:
        trial = self._results.trial(entry)
        result = trial.result()
        if result is None and (unread := trial.ended()) is not None:
            self._cancelled += 1
            yield TrialEnded(replace(unread, status=TrialState.CANCELLED))
            return
        if result is None:
            result = without_record(trial, entry, job)
            with suppress(TrialDirError), trial.using(trial.result_path, "write"):
                if trial.trouble is not None:
                    trial.mend(job.config)
                trial.write_result(result)
        self._ledger.append(result)
        pause = self._judge(entry, result)
        yield TrialEnded(result, pause)
        yield from map(Noticed, self._limits.look(result, job))
        if self._watch is not None:
            self._watch.end(result, trial)
        if pause is None and result.status.final:
            self._supply.tell(result)

    def _judge(self, entry: Entry, result: Result) -> float | None:
        """What a result means for what comes; the seconds until the trial is tried again."""
        if result.status is TrialState.CANCELLED:
            self._cancelled += 1
        if result.status is TrialState.SUCCESS:
            self.any_success = True
        if result.status not in FAILURES:
            return None
        pause = self._retries.take(entry, result, time.monotonic())
        self._heed(pause)
        return pause if self._may_start() else None

    def _heed(self, pause: float | None) -> None:
        """What a failure means for the sweep; `pause` is None for one that is for good."""
        limit = self._settings.max_failures
        if limit and self._retries.failed >= limit and not self.any_success:
            self._halt = StopReason.MAX_FAILURES
        elif pause is None and self._options.stop_on_failure:
            self._halt = StopReason.FAILURE

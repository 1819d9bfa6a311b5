"""A running sweep in front of a person: its events summed up, drawn, and interrupted."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from ksweep.analysis.counting import count_states
from ksweep.analysis.estimate import remaining_seconds
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.cli import signals
from ksweep.cli.output import tell
from ksweep.model import Result, Settings, TrialState
from ksweep.report.progress import Progress, best_texts, progress_line
from ksweep.sweep import Event, Finished, Interrupt, TrialEnded, TrialStarted

_DRAW_S = 0.25
_LINE_S = 30.0
_LINE_STEPS = 10


class Tracker:
    """Sums up what a sweep tells.

    Args:
        results: of all its trials, as they are before the run.
        settings: the sweep's.
        jobs: trials at once.
        seconds: how long a trial takes, if that is known beforehand.
        total: how many trials there will be, where a search has still to choose some.
    """

    def __init__(
        self,
        results: Sequence[Result],
        settings: Settings,
        jobs: int,
        seconds: float | None,
        total: int = 0,
    ) -> None:
        self._settings = settings
        self._jobs = jobs
        self._expected_s = seconds
        self._begun = time.monotonic()
        self._states = {result.name: result.status for result in results}
        self._total = total
        self._ended = sum(state.ended for state in self._states.values())
        self._started: dict[str, float] = {}
        self._candidates = list(results)
        self._times: list[float] = []

    def take(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, TrialStarted):
            self._set(event.name, TrialState.RUNNING)
            self._started[event.name] = time.monotonic()
        elif isinstance(event, TrialEnded):
            result = event.result
            self._set(result.name, result.status)
            self._started.pop(result.name, None)
            self._candidates.append(result)
            if result.status.final and result.resources.wall_s is not None:
                self._times.append(result.resources.wall_s)
        elif isinstance(event, Finished) and self._total > len(self._states):  # a search's end
            open_ = sum(not state.final for state in self._states.values())
            self._total = len(self._states) + max(event.left - open_, 0)

    @property
    def ended(self) -> int:
        """How many trials have ended."""
        return self._ended

    @property
    def total(self) -> int:
        return max(self._total, len(self._states))

    def _set(self, name: str, state: TrialState) -> None:
        self._ended += state.ended - self._states.get(name, TrialState.PENDING).ended
        self._states[name] = state

    def progress(self) -> Progress:
        """The sweep at this moment."""
        now = time.monotonic()
        basis = choose_basis(self._candidates, self._settings)
        ranking = rank(self._candidates, basis)
        if not basis.several:  # several are weighed by the worst and the best of all
            self._candidates = list(ranking.ranked[:1])
        each = self._expected_s
        if each is None and self._times:
            each = sum(self._times) / len(self._times)
        return Progress(
            total=self.total,
            counts=count_states(self._states.values()),
            elapsed_s=now - self._begun,
            remaining_s=remaining_seconds(self.total - self.ended, self._jobs, each),
            running=tuple((name, now - since) for name, since in self._started.items()),
            best=best_texts(ranking),
        )


class Source(Protocol):
    """What a screen shows: counts that are quick to get, and all of it when it is drawn."""

    @property
    def ended(self) -> int: ...

    @property
    def total(self) -> int: ...

    def progress(self) -> Progress: ...


Show = Callable[[Source], None]


@contextmanager
def screen() -> Iterator[Show]:
    """Something to call again and again: it draws on a terminal and prints lines elsewhere."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from ksweep.cli.drawing import live

    with live() as draw:
        yield _throttled(draw)


def _throttled(draw: Callable[[Progress], None]) -> Show:
    last = 0.0

    def show(source: Source) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _DRAW_S:
            last = now
            draw(source.progress())

    return show


def _lines() -> Show:
    """A line at the start, every tenth of the trials or 30 seconds, and at the end."""
    said = (-1, time.monotonic())

    def show(source: Source) -> None:
        nonlocal said
        step = _LINE_STEPS * source.ended // max(source.total, 1)
        now = time.monotonic()
        if step != said[0] or now - said[1] >= _LINE_S:
            said = step, now
            tell(progress_line(source.progress()))

    return show


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Signals become wishes: Ctrl-C is asking, a second one and every other signal demand.

    Nothing is printed from a handler: it may have interrupted a print, which cannot be entered
    twice. See `announced`.
    """
    interrupt = Interrupt()

    def wish(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            interrupt.ask()
        else:
            interrupt.demand()

    with signals.handled(wish):
        yield interrupt


def announced(events: Iterable[Event], interrupt: Interrupt) -> Iterator[Event]:
    """The events; says once what a first Ctrl-C did and what a second one will."""
    told = False
    for event in events:
        if interrupt.soft and not interrupt.hard and not told:
            told = True
            tell("no new trials are started; Ctrl-C again ends those that run")
        yield event

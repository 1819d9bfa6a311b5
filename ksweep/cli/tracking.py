"""A running sweep in front of a person: its events summed up, drawn, and interrupted."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Protocol

from ksweep.analysis.axes import axes
from ksweep.analysis.counting import count_states
from ksweep.analysis.estimate import Forecast
from ksweep.analysis.runs import repeats
from ksweep.analysis.standing import leading
from ksweep.analysis.view import View
from ksweep.cli import signals
from ksweep.cli.output import tell
from ksweep.model import Resources, Result, TrialState
from ksweep.report.parameters import parameters_text
from ksweep.report.progress import Progress, best_texts, progress_line
from ksweep.sweep import Event, Finished, Interrupt, TrialEnded, TrialStarted

_DRAW_S = 0.25
_LINE_S = 30.0
_LINE_STEPS = 10
_QUICK_S = 0.02  # a look at all trials that takes longer is followed by a rest
_REST_TIMES = 20  # times what it took


class Tracker:
    """Sums up what a sweep tells.

    Args:
        view: the sweep as it is before the run, with what is known beforehand.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._begun = time.monotonic()
        self._results = {result.name: result for result in view.results}
        self._total = view.planned
        self._ended = sum(result.status.ended for result in view.results)
        self._started: dict[str, float] = {}
        self._candidates = {result.name: result for result in view.results}
        self._forecast = Forecast(view)
        self._changed = True
        self._best: tuple[str, ...] = ()
        self._rests_until = 0.0

    def take(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, TrialStarted):
            self._set(_started(event))
            self._started[event.name] = time.monotonic()
        elif isinstance(event, TrialEnded):
            self._set(_slim(event.result))
            self._started.pop(event.result.name, None)
            self._candidates[event.result.name] = replace(event.result, log_tail=None)
        elif isinstance(event, Finished) and self._total > len(self._results):  # a search's end
            open_ = sum(not result.status.final for result in self._results.values())
            self._total = len(self._results) + max(event.left - open_, 0)

    @property
    def ended(self) -> int:
        """How many trials have ended."""
        return self._ended

    @property
    def total(self) -> int:
        return max(self._total, len(self._results))

    def _set(self, result: Result) -> None:
        before = self._results.get(result.name)
        self._ended += result.status.ended - (before is not None and before.status.ended)
        self._results[result.name] = result
        self._changed = True

    def progress(self) -> Progress:
        """The sweep at this moment."""
        now = time.monotonic()
        ages = {name: now - since for name, since in self._started.items()}
        forecast, titled = self._renewed(now), axes(self._view)
        return Progress(
            total=self.total,
            counts=count_states(result.status for result in self._results.values()),
            elapsed_s=now - self._begun,
            remaining_s=forecast.remaining_s(ages),
            unseen=forecast.unseen,
            running=tuple(ages.items()),
            best=self._best,
            values={name: parameters_text(self._results[name], titled) for name in ages},
        )

    def _renewed(self, now: float) -> Forecast:
        """A forecast from what is known; of very many trials it is made anew now and then."""
        if self._changed and (now >= self._rests_until or self.ended == self.total):
            self._changed = False
            self._forecast = Forecast(
                replace(self._view, results=tuple(self._results.values()), planned=self.total)
            )
            self._best = self._led()
            took_s = time.monotonic() - now
            self._rests_until = now + _REST_TIMES * took_s if took_s > _QUICK_S else now
        return self._forecast

    def _led(self) -> tuple[str, ...]:
        """The best configuration so far; what can never be it is forgotten."""
        ranking, runs = leading(replace(self._view, results=tuple(self._candidates.values())))
        if not ranking.basis.several and not repeats(self._view):
            self._candidates = {one.name: one for one in ranking.ranked[:1]}
        return best_texts(ranking, axes(self._view), runs=runs)


def _started(event: TrialStarted) -> Result:
    return Result(
        name=event.name,
        id="",
        status=TrialState.RUNNING,
        exit_code=None,
        attempt=event.attempt,
        started_at="",
        finished_at="",
        host="",
        params=event.params,
    )


def _slim(result: Result) -> Result:
    """What counts and times need of it: a runner keeps little of each trial."""
    resources = Resources(wall_s=result.resources.wall_s)
    return replace(result, metrics={}, resources=resources, error=None, log_tail=None)


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

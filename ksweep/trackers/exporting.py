"""Writing a sweep into a tracker: what there is now, or also what comes."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from ksweep.errors import InputError, KsweepError, SurroundingsError, Where
from ksweep.metrics import Reader
from ksweep.model import Result
from ksweep.store import HIDDEN, LedgerTail, Results
from ksweep.trackers.base import Tracker
from ksweep.trackers.kinds import Kind, make
from ksweep.trackers.reading import read_sweep, read_trial, record_of

_LOOK_S = 0.3
_WORDS = 300


@dataclass(frozen=True, slots=True)
class Request:
    """What is written where.

    Attributes:
        kind: the tracker.
        where: as the tracker understands it; None for its own choice.
        with_files: with the files of the trials too.
        held: takes a line of each trial that the tracker has, once it is whole there.
    """

    kind: Kind
    where: str | None = None
    with_files: bool = False
    held: Callable[[bytes], object] | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many trials were written, and how many were there; then how to look at them."""

    written: int
    known: int
    how_to_look: str


def export(results: Results, request: Request) -> Tally:
    """Write the trials that have ended and are not there yet.

    Raises:
        InputError: no trial has ended, the library is not installed, or this is being done already.
        SurroundingsError: the tracker failed; what it holds is a part, which another try completes.
    """
    found = results.results()
    if not any(has_ended(result) for result in found):
        raise InputError("no trial has ended yet", "export it when one has", Where(results.path))
    with _writer(results, request) as writer:
        writer.take_all(found)
        return writer.finish(found)


def follow(results: Results, request: Request) -> Tally:
    """Write each trial when it has ended, until nobody runs the sweep any more; then all of it.

    Raises:
        InputError: the library is not installed, or this is being done already.
        SurroundingsError: as for `export`.
    """
    tail = LedgerTail(results.ledger_path)
    with _writer(results, request) as writer:
        while results.holder() not in (None, HIDDEN):
            writer.take_all(tail.read())
            time.sleep(_LOOK_S)
        results = Results.open(results.path, "")  # a search, or who resumed it, may have added some
        found = results.results()
        writer.take_all(found)
        return writer.finish(found)


class _Writer:
    """Writes what is not there yet."""

    def __init__(
        self, results: Results, request: Request, tracker: Tracker, reader: Reader
    ) -> None:
        self._results = results
        self._query = read_sweep(results).settings.query
        self._with_files = request.with_files
        self._held = request.held
        self._tracker = tracker
        self._reader = reader
        self._written: set[str] = set()
        self._known: set[str] = set()

    def take_all(self, results: Iterable[Result]) -> None:
        for result in results:
            if has_ended(result):
                self._take(result)

    def _take(self, result: Result) -> None:
        held = self._tracker.recorded(result.name)
        if held in (record_of(result, self._with_files), record_of(result, True)):
            if result.name not in self._written and result.name not in self._known:
                self._note(result, self._known)
            return
        trial = read_trial(self._results, self._query, result, self._with_files, self._reader)
        if trial is not None:
            self._tracker.add(trial)
            self._note(result, self._written)

    def _note(self, result: Result, names: set[str]) -> None:
        names.add(result.name)
        if self._held is not None:
            self._held(line_of(result) + b"\n")

    def finish(self, found: Iterable[Result]) -> Tally:
        self._tracker.close(all(result.status.final for result in found))
        known = len(self._known - self._written)
        return Tally(len(self._written), known, self._tracker.how_to_look)


@contextmanager
def _writer(results: Results, request: Request) -> Iterator[_Writer]:
    """Only one at a time writes a sweep into one kind of tracker, where that can be seen to."""
    needed_by = f"ksweep export {request.kind}"
    with ExitStack() as stack:
        with suppress(SurroundingsError):  # a results directory that is not ours to write
            stack.enter_context(results.exporting(request.kind))
        stack.enter_context(_guarded(request))
        tracker = make(request.kind, read_sweep(results), request.where, needed_by)
        yield _Writer(results, request, tracker, stack.enter_context(Reader()))


@contextmanager
def _guarded(request: Request) -> Iterator[None]:
    """Whatever a library raises is an error of its own, and what it logs and warns of is nobody's.

    Raises:
        SurroundingsError: it raised something.
    """
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except KsweepError:
        raise
    except Exception as error:
        words = " ".join(f"{error}".split())[:_WORDS] or type(error).__name__
        fix = "mend that and export it again"
        raise SurroundingsError(f"it failed: {words}", fix, Where(request.kind)) from error
    finally:
        logging.disable(before)


def line_of(result: Result) -> bytes:
    """What says in a line that a trial came to this."""
    return f"{result.name} {record_of(result, False)}".encode(errors="surrogatepass")


def has_ended(result: Result) -> bool:
    """Whether there is something of a trial to write."""
    return result.status.ended and bool(result.finished_at)

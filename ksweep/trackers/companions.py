"""The processes beside a runner, one for each tracker."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from types import TracebackType
from typing import TypeVar

from ksweep.errors import KsweepError
from ksweep.model import Result
from ksweep.store import Results
from ksweep.trackers.companion import Companion
from ksweep.trackers.exporting import has_ended
from ksweep.trackers.kinds import Kind

_PATIENCE_S = 60.0  # when a run has ended, with one that neither writes a trial nor computes
_LONGEST_S = 600.0  # with one that computes, and writes none
_COMPUTED_S = 0.5  # of a core, that count as a sign of life
_HURRIED_S = 5.0  # for all of them, when somebody wants it to end
_QUIET_S = 2.0  # until it is told what is waited for
_LOOK_S = 0.05

_Event = TypeVar("_Event")


class Companions:
    """One process for each tracker; a context that ends them all.

    They are no part of the run: they read the results directory as `ksweep export --follow` does,
    so whatever a library does, or an unreachable server, delays and fails nothing here. In the
    runner's session they are left alone by what looks for trials' orphans, and in a group of
    their own no Ctrl-C of a terminal reaches them.
    """

    def __init__(
        self,
        kinds: Sequence[Kind],
        results: Results,
        shown: str,
        with_files: bool,
        tell: Callable[[str], None],
    ) -> None:
        """Start them.

        Args:
            kinds: the trackers.
            results: the sweep.
            shown: the results directory as a person in front of it names it.
            with_files: let trackers have the files of the trials too.
            tell: what takes a line for that person.
        """
        self._results = results
        self._tell = tell
        self._all = [Companion(kind, shown, with_files) for kind in kinds]
        self._again = set(kinds)  # those that may be started once more
        self._told: set[Kind] = set()
        for one in self._all:
            one.start()

    def __enter__(self) -> Companions:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._all and isinstance(error, KsweepError):
                with suppress(KsweepError):
                    self.finish(self._results.results(), hurried=True)
        finally:
            for one in self._all:
                one.close()

    def watched(self, events: Iterable[_Event]) -> Iterator[_Event]:
        """The events of a run; tells between them of each companion that has failed, once."""
        for event in events:
            for one in self._all:
                if one.failure and one.kind not in self._told:
                    self._told.add(one.kind)
                    again = "the sweep goes on, and it is tried once more at the end"
                    self._tell(f"{one.failure}; {again}")
            yield event

    def finish(self, found: Sequence[Result], *, hurried: bool) -> None:
        """Wait for what is left to write, when the run has ended, and tell what is missing then.

        Where it is hurried that takes seconds; otherwise as long as they get on, and one that has
        failed is started once more. Ctrl-C ends the waiting alone: what the sweep came to has still
        to be told.
        """
        with suppress(KeyboardInterrupt):
            if hurried:
                self._wait(_HURRIED_S)
            else:
                self._wait_patiently(found)
        while self._all:
            with closing(self._all.pop(0)) as one:
                self._conclude(one, found)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(one.runs for one in self._all):
            time.sleep(_LOOK_S)

    def _wait_patiently(self, found: Sequence[Result]) -> None:
        begun = lived = wrote = time.monotonic()
        written, computed, told = self._written(), self._computed(), False
        while self._awaited(found):
            now = time.monotonic()
            if (more := self._written()) != written:
                written, wrote = more, now
            if (more := self._computed()) != computed:
                computed, lived = more, now
            if now - max(lived, wrote) > _PATIENCE_S or now - wrote > _LONGEST_S:
                return
            if not told and now - begun > _QUIET_S:
                told = True
                self._tell_waiting(found)
            time.sleep(_LOOK_S)

    def _written(self) -> int:
        """What changes with each trial that is written, and with each that is started again."""
        return sum(one.told_bytes for one in self._all) - len(self._again)

    def _computed(self) -> int:
        return sum(int(one.cpu_s / _COMPUTED_S) for one in self._all)

    def _awaited(self, found: Sequence[Result]) -> bool:
        """Whether one is at work, also one that has ended too early and now tries once more."""
        for one in self._all:
            if one.kind in self._again and not one.runs:
                self._again.remove(one.kind)
                if one.failure or one.missing(found):
                    one.start()
        return any(one.runs for one in self._all)

    def _tell_waiting(self, found: Sequence[Result]) -> None:
        for one in self._all:
            if one.runs:
                left = one.missing(found)
                what = f"{left:,} of {_ended(found)} are still to be written"
                self._tell(f"{one.kind}: {what}; Ctrl-C ends the waiting")

    def _conclude(self, one: Companion, found: Sequence[Result]) -> None:
        """See it ended, and tell what it has not done."""
        late = f"{one.kind}: it has not taken everything yet" if one.runs else ""
        one.end()
        why, missing = late or one.failure, one.missing(found)
        command = f"`ksweep {shlex.join(one.arguments)}`"
        if missing:
            why = why or f"{one.kind}: it has left something out"
            self._tell(
                f"{why}; {missing:,} of {_ended(found)} are missing there; {command} adds them"
            )
        elif why:
            self._tell(f"{why}; {_ended(found)} are there, and {command} completes it")


def _ended(found: Sequence[Result]) -> str:
    return f"{sum(map(has_ended, found)):,} trials"

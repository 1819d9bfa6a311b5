"""Processes beside a runner that write what its trials come to into trackers."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

from ksweep.trackers.kinds import Kind

_PATIENCE_S = 30.0  # for what is left to write when a run has ended
_HURRIED_S = 5.0  # when somebody wants it to end
_GRACE_S = 2.0
_LOOK_S = 0.05
_WORDS_BYTES = 1 << 12

# A package of the current directory must not stand in for a library, so the directory is not
# looked in; where ksweep itself was found is looked in last. Trials go first. A library that hangs
# must not outlive a runner that was killed, so the system ends it with that (PR_SET_PDEATHSIG).
_PROGRAM = """\
import ctypes, os, signal, sys
root, runner = sys.argv.pop(1), int(sys.argv.pop(1))
system = ctypes.CDLL(None)
if hasattr(system, "prctl"):
    system.prctl(1, signal.SIGKILL, 0, 0, 0)
if os.getppid() != runner:
    sys.exit()
sys.path.append(root)
os.nice(5)
from ksweep.cli import main
sys.exit(main())
"""
_ROOT = str(Path(__file__).parents[2])
_Event = TypeVar("_Event")


@dataclass(frozen=True, slots=True)
class _Companion:
    kind: Kind
    process: subprocess.Popen[bytes]
    words: IO[bytes]  # what it says, which only matters where it fails


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
        results: str,
        with_files: bool,
        tell: Callable[[str], None],
    ) -> None:
        """Start them.

        Args:
            kinds: the trackers.
            results: the results directory.
            with_files: let trackers have the files of the trials too.
            tell: what takes a line for the person in front of it.
        """
        self._results = results
        self._tell = tell
        self._running: list[_Companion] = []
        for kind in kinds:
            try:
                self._running.append(_start(kind, results, with_files))
            except OSError as error:
                why = f"it cannot be started ({error.strerror})"
                tell(f"{kind}: {why}; the sweep goes on without it")

    def __enter__(self) -> Companions:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for one in self._running:
            _end(one.process)
            one.words.close()
        self._running = []

    def watched(self, events: Iterable[_Event]) -> Iterator[_Event]:
        """The events of a run; tells between them of each companion that has failed, once."""
        for event in events:
            self._look()
            yield event

    def _look(self) -> None:
        for one in list(self._running):
            if one.process.poll() is not None:
                self._running.remove(one)
                self._tell_end(one)

    def finish(self, *, hurried: bool) -> None:
        """Wait for what is left to write, when the run has ended, but not for long.

        Ctrl-C ends the waiting alone: what the sweep came to has still to be told.
        """
        deadline = time.monotonic() + (_HURRIED_S if hurried else _PATIENCE_S)
        with suppress(KeyboardInterrupt):
            while self._running and time.monotonic() < deadline:
                self._look()
                time.sleep(_LOOK_S if self._running else 0)
        for one in self._running:
            self._tell(f"{one.kind}: it has not taken everything yet; {self._completing(one)}")

    def _tell_end(self, one: _Companion) -> None:
        """Its last line says why it failed."""
        with one.words as words:
            if one.process.returncode == 0:
                return
            size = words.seek(0, os.SEEK_END)
            words.seek(max(size - _WORDS_BYTES, 0))
            lines = words.read().decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        why = last or f"{one.kind}: it ended with {one.process.returncode}"
        self._tell(f"{why}; the sweep goes on without it, and {self._completing(one)}")

    def _completing(self, one: _Companion) -> str:
        command = f"ksweep export {one.kind} {shlex.quote(self._results)}"
        return f"`{command}` completes it afterwards"


def _start(kind: Kind, results: str, with_files: bool) -> _Companion:
    arguments = ["export", kind.value, results, "--follow", *["--files"] * with_files]
    with ExitStack() as opened:
        words = opened.enter_context(tempfile.TemporaryFile())
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, _ROOT, str(os.getpid()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            process_group=0,
        )
        opened.pop_all()  # it outlives this
    return _Companion(kind, process, words)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with what it has started, at once or a little later."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
            return

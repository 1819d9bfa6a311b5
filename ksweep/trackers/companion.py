"""A process beside a runner that writes what its trials come to into a tracker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from ksweep.model import Result
from ksweep.proctable import here
from ksweep.trackers.exporting import has_ended, line_of
from ksweep.trackers.kinds import Kind
from ksweep.trial.cause import exit_text

_GRACE_S = 2.0
_WORDS_BYTES = 1 << 12

# A package of the current directory must not stand in for a library, so the directory is not
# looked in; where ksweep itself was found is looked in last. Trials go first. A library that hangs
# must not outlive a runner that was killed, so the system ends it with that (PR_SET_PDEATHSIG).
# Where it is told to end, it takes with it what it has in the directory for temporary files.
_PROGRAM = """\
import ctypes, os, signal, sys
root, runner = sys.argv.pop(1), int(sys.argv.pop(1))
system = ctypes.CDLL(None)
if hasattr(system, "prctl"):
    system.prctl(1, signal.SIGKILL, 0, 0, 0)
if os.getppid() != runner:
    sys.exit()
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
sys.path.append(root)
os.nice(5)
from ksweep.cli import main
sys.exit(main())
"""
_ROOT = str(Path(__file__).parents[2])
_FLAGS = ["-P", *(["-E"] if sys.flags.ignore_environment else [])]  # as this Python is run


class Companion:
    """One tracker's process, which can be started again, and what it says of itself."""

    def __init__(self, kind: Kind, results: str, with_files: bool) -> None:
        """Nothing runs yet.

        Args:
            kind: the tracker.
            results: the results directory.
            with_files: let the tracker have the files of the trials too.
        """
        self.kind = kind
        self.arguments = ["export", kind.value, results, *["--files"] * with_files]
        self._process: subprocess.Popen[bytes] | None = None
        self._opened = ExitStack()
        self._words: IO[bytes] | None = None  # what it says, which only matters where it fails
        self._held: IO[bytes] | None = None  # a line for each trial that the tracker has
        self._failure = ""

    def start(self) -> None:
        """Let it begin, also once more after it has failed."""
        self._failure = ""
        try:
            self._words = self._opened.enter_context(_scratch())
            self._held = self._held or self._opened.enter_context(_memory())
            self._process = self._started(self._words, self._held.fileno())
        except OSError as error:
            self._failure = f"{self.kind}: it cannot be started ({error.strerror})"

    def _started(self, words: IO[bytes], held: int) -> subprocess.Popen[bytes]:
        arguments = [*self.arguments, "--follow", f"--held-to={held}"]
        return subprocess.Popen(
            [sys.executable, *_FLAGS, "-c", _PROGRAM, _ROOT, str(os.getpid()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            pass_fds=[held],
            process_group=0,
        )

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def failure(self) -> str:
        """Why it has failed; empty where it runs or has done everything."""
        process = self._process
        if process is None or process.poll() is None or process.returncode == 0:
            return self._failure
        if process.returncode < 0:
            return f"{self.kind}: {exit_text(process.returncode)}"
        return self._last_words() or f"{self.kind}: {exit_text(process.returncode)}"

    def _last_words(self) -> str:
        if self._words is None:
            return ""
        size = self._words.seek(0, os.SEEK_END)
        self._words.seek(max(size - _WORDS_BYTES, 0))
        lines = self._words.read().decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    @property
    def told_bytes(self) -> int:
        """What grows with each trial that it has written."""
        return 0 if self._held is None else os.fstat(self._held.fileno()).st_size

    @property
    def cpu_s(self) -> float:
        """What it has computed, while it runs."""
        row = here().row(self._process.pid) if self._process is not None else None
        return row.cpu_s if row is not None else 0.0

    def missing(self, found: Sequence[Result]) -> int:
        """How many of the trials that have ended the tracker is not known to have."""
        held = self._lines()
        return sum(has_ended(result) and line_of(result) not in held for result in found)

    def _lines(self) -> set[bytes]:
        if self._held is None:
            return set()
        # The position is the writer's too, and stays where it is.
        return set(os.pread(self._held.fileno(), self.told_bytes, 0).splitlines())

    def end(self) -> None:
        """End it with what it has started, at once or a little later."""
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
                return

    def close(self) -> None:
        """End it, and forget what it said."""
        self.end()
        self._opened.close()


def _memory() -> IO[bytes]:
    """A file that no full disk holds up, where there is such a thing."""
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("held"), "w+b", buffering=0)
    return _scratch()


def _scratch() -> IO[bytes]:
    return tempfile.TemporaryFile(buffering=0)

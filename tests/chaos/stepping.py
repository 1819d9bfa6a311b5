"""Commands as processes that are stopped or killed at chosen ones of their system calls."""

from __future__ import annotations

import fcntl
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHANGES = ((os, "rename"), (os, "mkdir"), (os, "fsync"), (os, "unlink"), (os, "rmdir"))
CALLS = (*CHANGES, (os, "open"), (os, "symlink"), (os, "link"), (fcntl, "flock"))
STORED = ("exchange", "sync_filesystem")  # of `ksweep.store.atomic`, which are no calls of Python
STARTED = "calls"  # how many were made, in the command's directory of notes
PATIENCE_S = 120
_MODULES = ("cli.running", "cli.spaces", "cli.looking", "report.writing", "report.summary")


@dataclass
class Command:
    """A command line that runs."""

    arguments: tuple[str, ...]
    pid: int
    notes: Path
    code: int | None = None
    stopped: bool = False

    def look(self) -> None:
        """See whether it has stopped or ended."""
        if self.code is None and not self.stopped:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                self.stopped = True
            elif pid:
                self.code = os.waitstatus_to_exitcode(status)

    def go_on(self) -> None:
        self.stopped = False
        os.kill(self.pid, signal.SIGCONT)

    def wait(self) -> int:
        """Its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.code is None:
            self.look()
            if self.stopped:
                self.go_on()
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.001)
        return self.code

    @property
    def said(self) -> str:
        return (self.notes / "said").read_text(errors="replace")

    @property
    def calls(self) -> int:
        return int((self.notes / STARTED).read_text())


@dataclass
class Steps:
    """Counts system calls, and sends itself a signal just before some of them."""

    at: Mapping[int, signal.Signals]
    calls: Iterable[tuple[Any, str]] = CALLS
    atomic_exchange: bool = True
    count: int = 0
    pid: int = field(default_factory=os.getpid)

    def install(self) -> None:
        from ksweep.store import atomic

        for module, name in (*self.calls, *((atomic, name) for name in STORED)):
            setattr(module, name, self._counted(getattr(module, name)))
        if not self.atomic_exchange:
            atomic.exchange = lambda first, second: False

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if os.getpid() == self.pid:
                self.count += 1
                if (number := self.at.get(self.count)) is not None:
                    os.kill(self.pid, number)
            return call(*arguments, **options)

        return counted


def prepare() -> None:
    """Load what commands need, so that each is only a fork."""
    for name in _MODULES:
        importlib.import_module(f"ksweep.{name}")


def start(project: Path, notes: Path, arguments: Iterable[str], **steps: Any) -> Command:
    """Start a command line in a project; see `Steps` for what may happen to it."""
    notes.mkdir(parents=True)
    given = tuple(arguments)
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _become(project, notes, given, steps)
    return Command(given, pid, notes)


def _become(project: Path, notes: Path, arguments: tuple[str, ...], steps: Any) -> None:
    """Be the command, and nothing else any more."""
    code = 70
    try:
        os.setsid()
        os.chdir(project)
        output = os.open(notes / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        null = os.open(os.devnull, os.O_RDONLY)
        for target, descriptor in enumerate((null, output, output)):
            os.dup2(descriptor, target)
        sys.stdout, sys.stderr = (os.fdopen(number, "w") for number in (1, 2))
        from ksweep.cli import main

        signal.signal(signal.SIGINT, signal.default_int_handler)
        counter = Steps(**steps)
        counter.install()
        code = main(arguments)
        counter.pid = 0
        (notes / STARTED).write_text(str(counter.count))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def end(commands: Iterable[Command]) -> None:
    """Kill what still runs."""
    for command in commands:
        if command.code is None:
            with suppress(ProcessLookupError):
                os.kill(command.pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(command.pid, 0)

"""Starting real process trees, and seeing that nothing of them is left."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ksweep.process import Exit, Process, Supervisor
from ksweep.proctable import ProcFs

GRACE_S = 0.4
PATIENCE_S = 30


class Starter:
    """Starts Python scripts in directories of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._count = 0

    def __call__(self, supervisor: Supervisor, script: str, timeout_s: float = 0) -> Process:
        argv = [sys.executable, "-S", "-c", "import os, signal, sys, time\n" + script]
        return self.command(supervisor, argv, timeout_s)

    def command(self, supervisor: Supervisor, argv: list[str], timeout_s: float = 0) -> Process:
        self._count += 1
        place = self.directory / f"trial_{self._count}"
        place.mkdir()
        log = os.open(place / "log", os.O_WRONLY | os.O_CREAT)
        try:
            env = {"PATH": os.environ["PATH"], "KSWEEP_DIR": str(place)}
            tree, _ = supervisor.start(argv, str(place), env, log)
        finally:
            os.close(log)
        return Process(supervisor, tree, time.monotonic(), timeout_s, GRACE_S)


@contextmanager
def limited_group(size_mb: int) -> Iterator[Path]:
    """A control group with a limit of memory; skips the test where none can be made."""
    group = Path(f"/sys/fs/cgroup/memory/ksweep-test-{os.getpid()}")
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(size_mb << 20))
    except OSError as error:
        pytest.skip(f"no control group with a memory limit can be made here: {error}")
    try:
        yield group
    finally:
        group.rmdir()


def marked(directory: Path) -> list[int]:
    """The living processes whose environment names a directory below this one."""
    table = ProcFs()
    mark = os.fsencode(f"KSWEEP_DIR={directory}/")
    rows = table.rows().values()
    return [row.pid for row in rows if row.alive and mark in table.environment(row.pid)]


def running(command: list[str]) -> list[int]:
    """The living processes with exactly this command line."""
    table = ProcFs()
    wanted = b"".join(os.fsencode(word) + b"\0" for word in command)
    pids = [pid for pid in table.rows() if _read(f"/proc/{pid}/cmdline") == wanted]
    return [pid for pid in pids if (row := table.row(pid)) is not None and row.alive]


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def finished(process: Process) -> Exit:
    deadline = time.monotonic() + PATIENCE_S
    while not process.advance(time.monotonic()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process.finish()


def until(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# Forks once for each letter: a child in the session (c), a daemon in its own (d), one that has
# also cleared its environment (e). All ignore SIGTERM and live until they are killed.
FAMILY = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def become(kind):
    if os.fork():
        return
    if kind in "de":
        os.setsid()
        if os.fork():
            os._exit(0)
    if kind == "e":
        os.execve(sys.executable, [sys.executable, "-S", "-c", STAY], {})
    open("ready-" + kind, "w").write(str(os.getpid()))
    time.sleep(600)
    os._exit(0)
STAY = '''
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("ready-e", "w").write(str(os.getpid()))
time.sleep(600)
'''
for kind in KINDS:
    become(kind)
while any(not os.path.exists("ready-" + kind) for kind in KINDS):
    time.sleep(0.01)
"""


def family(kinds: str, then: str) -> str:
    return f"KINDS = {kinds!r}\n{FAMILY}{then}\n"


def gone(directory: Path, kinds: str) -> bool:
    """Nothing lives of the processes that the family noted."""
    table = ProcFs()
    rows = [table.row(int((directory / f"ready-{kind}").read_text())) for kind in kinds]
    return not any(row is not None and row.alive for row in rows)

"""The processes of one sweep, found by their environment and signalled without a mistake."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MARKER = "KSWEEP_SWEEP"


@dataclass(frozen=True)
class Trial:
    """One process of a trial; the main one leads its session."""

    pid: int
    session: int

    @property
    def main(self) -> bool:
        return self.pid == self.session


def marked(directory: Path) -> list[Trial]:
    """The living processes of the sweep in a directory, whatever they have become."""
    found = []
    for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):
        with suppress(OSError):
            if is_marked(pid, directory) and alive(pid):
                found.append(Trial(pid, os.getsid(pid)))
    return found


def in_sessions(sessions: set[int]) -> list[int]:
    """The living processes in any of these sessions."""
    found = []
    for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):
        with suppress(OSError):
            if os.getsid(pid) in sessions and alive(pid):
                found.append(pid)
    return found


def send(pid: int, directory: Path, number: signal.Signals) -> bool:
    """Signal a process of a sweep; False where the number is another's by now, or nobody's."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not (is_marked(pid, directory) and alive(pid)):
            return False
        signal.pidfd_send_signal(descriptor, number)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def end_all(directory: Path) -> int:
    """Kill what is left of a sweep; returns how many processes that were."""
    left = marked(directory)
    for one in left:
        send(one.pid, directory, signal.SIGKILL)
    return len(left)


def is_marked(pid: int, directory: Path) -> bool:
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    return os.fsencode(f"{MARKER}={directory}") in environment.split(b"\0")


def alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    return state not in (b"Z", b"X")

"""Control groups (version 2) of trials: a process cannot leave one by forking."""

from __future__ import annotations

import itertools
import os
from contextlib import suppress

from ksweep.proctable import Table

PREFIX = "ksweep-"
_PROCS = "cgroup.procs"
_numbers = itertools.count(1)


class Cgroup:
    """One control group; `path` is its directory."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    def populated(self) -> bool:
        """A process in it, or below it, has not ended."""
        return b"populated 1" in _read(f"{self.path}/cgroup.events")

    def reusable(self) -> bool:
        """Nothing lives in it, and what it held has not left it frozen."""
        events = _read(f"{self.path}/cgroup.events")
        return b"populated 0" in events and b"frozen 0" in events

    def pids(self) -> list[int]:
        """Its own processes, without those in groups that the program made below it."""
        return [int(pid) for pid in _read(f"{self.path}/{_PROCS}").split()]

    def holds(self, pid: int) -> bool:
        """The process is, or as a zombie was, in it or below it."""
        line = b"/" + os.fsencode(self.name)
        return line in _read(f"/proc/{pid}/cgroup")

    def add(self, pid: int) -> None:
        """Move a process into it; its children-to-be come along.

        Raises:
            OSError: the system refuses, or the process is gone.
        """
        _write(f"{self.path}/{_PROCS}", b"%d" % pid)

    def kill(self) -> None:
        """Send SIGKILL to everything in it and below it, at one stroke."""
        with suppress(OSError):
            _write(f"{self.path}/cgroup.kill", b"1")

    def remove(self) -> bool:
        """Remove it with what the program made below it; False where something is in it yet."""
        try:
            os.rmdir(self.path)
        except FileNotFoundError:
            return True
        except OSError:
            return self._remove_deep()
        return True

    def _remove_deep(self) -> bool:
        for directory, _, _ in os.walk(self.path, topdown=False):
            with suppress(OSError):
                os.rmdir(directory)
        return not os.path.isdir(self.path)


class CgroupParent:
    """The runner's own control group, where it may make groups below it."""

    def __init__(self, own: str, table: Table) -> None:
        self._own = own
        me = table.row(os.getpid())
        self._token = f"{os.getpid()}-{me.start_ticks if me else 0}"

    @classmethod
    def find(cls, table: Table) -> CgroupParent | None:
        """Try it once, with the runner itself; None where anything is missing or forbidden."""
        own = _own_directory()
        if own is None:
            return None
        parent = cls(own, table)
        try:
            parent._remove_stale(table)
            trial = parent.make()
        except OSError:
            return None
        try:
            parent.enter(trial)
        except OSError:
            trial.remove()
            return None
        usable = parent.leave() and os.path.exists(f"{trial.path}/cgroup.kill")
        return parent if trial.remove() and usable else None

    def make(self) -> Cgroup:
        """Make an empty group.

        Raises:
            OSError: the system refuses.
        """
        group = Cgroup(f"{self._own}/{PREFIX}{self._token}-{next(_numbers)}")
        os.mkdir(group.path)
        return group

    def enter(self, group: Cgroup) -> None:
        """Move the runner itself into the group.

        Raises:
            OSError: the system refuses; the runner is where it was.
        """
        _write(f"{group.path}/{_PROCS}", b"0")

    def leave(self) -> bool:
        """Come back from any group; False where the system refuses."""
        try:
            _write(f"{self._own}/{_PROCS}", b"0")
        except OSError:
            return False
        return True

    def _remove_stale(self, table: Table) -> None:
        """Remove the empty groups of runners that are no more."""
        for name in os.listdir(self._own):
            pid, _, rest = name.removeprefix(PREFIX).partition("-")
            if not name.startswith(PREFIX) or not pid.isdigit():
                continue
            row = table.row(int(pid))
            if row is None or str(row.start_ticks) != rest.partition("-")[0]:
                Cgroup(f"{self._own}/{name}").remove()


def recorded(path: object) -> Cgroup | None:
    """The group that a record names; None where it names none of ours."""
    if not isinstance(path, str) or not os.path.basename(path).startswith(PREFIX):
        return None
    return Cgroup(path) if os.path.exists(f"{path}/cgroup.kill") else None


def _own_directory() -> str | None:
    """Where the runner's own group is mounted."""
    own = next(
        (line[3:] for line in _read("/proc/self/cgroup").splitlines() if line.startswith(b"0::")),
        None,
    )
    if own is None or b"/.." in own:  # the second is a group outside of what is mounted here
        return None
    for line in _read("/proc/self/mountinfo").splitlines():
        left, _, right = line.partition(b" - ")
        fields = left.split()
        if right.startswith(b"cgroup2 ") and own.startswith(fields[3]):
            below = os.fsdecode(own[len(fields[3]) :]).strip("/")
            mounted = fields[4].decode("unicode_escape").encode("latin-1")  # `\040` is a space
            directory = os.path.join(os.fsdecode(mounted), below).rstrip("/")
            if os.access(directory, os.W_OK):
                return directory
    return None


def _read(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        data = b""
        while more := os.read(descriptor, 1 << 16):
            data += more
    except OSError:
        return b""
    finally:
        os.close(descriptor)
    return data


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)

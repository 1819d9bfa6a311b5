"""Control groups (version 2) of trials: a process cannot leave one by forking."""

from __future__ import annotations

import itertools
import os
from contextlib import suppress

from ksweep.proctable import Table

PREFIX = "ksweep-"
_PROCS = "cgroup.procs"
_CONTROLLERS = "cgroup.subtree_control"
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
        return b"populated 1" in read(f"{self.path}/cgroup.events")

    def reusable(self) -> bool:
        """Nothing lives in it, and what it held has not left it frozen."""
        events = read(f"{self.path}/cgroup.events")
        return b"populated 0" in events and b"frozen 0" in events

    def pids(self) -> list[int]:
        """Its own processes, without those in groups that the program made below it."""
        return [int(pid) for pid in read(f"{self.path}/{_PROCS}").split()]

    def holds(self, pid: int) -> bool:
        """The process is, or as a zombie was, in it or below it."""
        line = b"/" + os.fsencode(self.name)
        return line in read(f"/proc/{pid}/cgroup")

    def add(self, pid: int) -> None:
        """Move a process into it; its children-to-be come along.

        Raises:
            OSError: the system refuses, or the process is gone.
        """
        write(f"{self.path}/{_PROCS}", b"%d" % pid)

    def limit_memory(self, limit_bytes: int) -> bool:
        """Let the kernel end all of it when it takes more; False where it cannot be told to."""
        try:
            write(f"{self.path}/memory.max", b"%d" % limit_bytes)
        except OSError:
            return False
        for name, value in (("memory.swap.max", b"0"), ("memory.oom.group", b"1")):
            with suppress(OSError):
                write(f"{self.path}/{name}", value)
        return True

    def oom_kills(self) -> int:
        """How many of its processes the kernel has ended for want of memory."""
        counts = dict(line.split() for line in read(f"{self.path}/memory.events").splitlines())
        return int(counts.get(b"oom_kill", 0))

    def kill(self) -> None:
        """Send SIGKILL to everything in it and below it, at one stroke."""
        with suppress(OSError):
            write(f"{self.path}/cgroup.kill", b"1")

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
        self._controlled: dict[str, bool] = {}
        self._leaf: Cgroup | None = None

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

    def control(self, controller: str) -> bool:
        """Have a controller, `memory` say, in groups made from now on; False where it cannot be.

        The kernel wants no process beside such groups: the runner moves into one of its own.
        """
        if controller not in self._controlled:
            self._controlled[controller] = self._control(controller)
        return self._controlled[controller]

    def _control(self, controller: str) -> bool:
        if controller.encode() in read(f"{self._own}/{_CONTROLLERS}").split():
            return True
        if controller.encode() not in read(f"{self._own}/cgroup.controllers").split():
            return False
        try:
            leaf = self._leaf = self._leaf or self.make()
            self.enter(leaf)
            write(f"{self._own}/{_CONTROLLERS}", f"+{controller}".encode())
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Put the runner back to where it was; to be called when the other groups are gone."""
        if self._leaf is None:
            return
        for controller, works in self._controlled.items():
            with suppress(OSError):
                if works:
                    write(f"{self._own}/{_CONTROLLERS}", f"-{controller}".encode())
        if self.leave():
            self._leaf.remove()
        self._leaf = None

    def enter(self, group: Cgroup) -> None:
        """Move the runner itself into the group.

        Raises:
            OSError: the system refuses; the runner is where it was.
        """
        write(f"{group.path}/{_PROCS}", b"0")

    def leave(self) -> bool:
        """Come back from any group; False where the system refuses."""
        try:
            write(f"{self._own}/{_PROCS}", b"0")
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
    """Where the runner's own group is mounted, if groups can be made there."""
    directory = own_directory(b"")
    return directory if directory is not None and os.access(directory, os.W_OK) else None


def own_directory(controller: bytes) -> str | None:
    """The directory of this process' group in the first hierarchy of a controller.

    Version 2 has one hierarchy for all, which is the one of the empty name.
    """
    own = _own_path(controller)
    if own is None or b"/.." in own:  # the second is a group outside of what is mounted here
        return None
    for line in read(b"/proc/self/mountinfo").splitlines():
        left, _, right = line.partition(b" - ")
        fields, (kind, _, options) = left.split(), right.split(b" ", 2)
        wanted = kind == b"cgroup" and controller in options.split(b",")
        if (wanted if controller else kind == b"cgroup2") and own.startswith(fields[3]):
            below = os.fsdecode(own[len(fields[3]) :]).strip("/")
            mounted = fields[4].decode("unicode_escape").encode("latin-1")  # `\040` is a space
            return os.path.join(os.fsdecode(mounted), below).rstrip("/")
    return None


def _own_path(controller: bytes) -> bytes | None:
    for line in read(b"/proc/self/cgroup").splitlines():
        _, controllers, path = line.split(b":", 2)
        if controller in controllers.split(b","):
            return path
    return None


def read(path: str | bytes) -> bytes:
    """The content of a file of the kernel's; empty where it cannot be read."""
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


def write(path: str, data: bytes) -> None:
    """Give a file of the kernel's its content.

    Raises:
        OSError: it does not take it.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)

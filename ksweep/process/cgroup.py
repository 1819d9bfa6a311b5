"""Control groups (version 2) of trials: a process cannot leave one by forking.

A group's name says who made it and for which results directory: `ksweep-PID-START-N-DEVICE.INODE`.
So what is left in groups of a sweep is found by their names, and nothing that a file says of a
group has to be believed.
"""

from __future__ import annotations

import itertools
import os
import re
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

    def reusable(self, mark: str) -> bool:
        """It is of the same sweep, and what it held has left nothing in it, nor it frozen."""
        if not self.path.endswith(f"-{mark}"):
            return False
        events = read(f"{self.path}/cgroup.events")
        return b"populated 0" in events and b"frozen 0" in events

    def pids(self) -> list[int]:
        """Its own processes, without those in groups that the program made below it."""
        return [int(pid) for pid in read(f"{self.path}/{_PROCS}").split()]

    def holds(self, pid: int) -> bool:
        """The process is, or as a zombie was, in it or below it."""
        lines = read(f"/proc/{pid}/cgroup").splitlines()
        return any(os.fsencode(self.name) in line.split(b"/") for line in lines)

    def enter(self) -> None:
        """Move this process into it; what it starts from now on is in it as well.

        Raises:
            OSError: the system refuses; the process is where it was.
        """
        write(f"{self.path}/{_PROCS}", b"0")

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
            trial.enter()
        except OSError:
            trial.remove()
            return None
        usable = parent.leave() and os.path.exists(f"{trial.path}/cgroup.kill")
        return parent if trial.remove() and usable else None

    def make(self, purpose: str = "runner") -> Cgroup:
        """Make an empty group, for the trials of a results directory where it is a `mark_of` one.

        Raises:
            OSError: the system refuses.
        """
        group = Cgroup(f"{self._own}/{PREFIX}{self._token}-{next(_numbers)}-{purpose}")
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
            leaf.enter()
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
        leaf, self._leaf = self._leaf, None
        if self.leave():
            leaf.remove()

    def leave(self) -> bool:
        """Come back from any group; False where the system refuses."""
        home = self._leaf.path if self._leaf is not None else self._own
        try:
            write(f"{home}/{_PROCS}", b"0")
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


def mark_of(results: str) -> str:
    """What the names of a results directory's groups end in; it stays when that is moved.

    Raises:
        OSError: the directory is gone.
    """
    status = os.stat(results)
    return f"{status.st_dev:x}.{status.st_ino:x}"


def groups_of(results: str) -> list[Cgroup]:
    """Every group that a runner of this results directory has made, wherever that ran.

    Raises:
        OSError: the directory is gone.
    """
    own = _own_path(b"")
    mount = _mount(b"", own) if own is not None else None
    if mount is None:
        return []
    name = re.compile(rf"{PREFIX}\d+-\d+-\d+-{re.escape(mark_of(results))}", re.ASCII)
    found = ((place, one) for place, below, _ in os.walk(mount[0]) for one in below)
    return [Cgroup(f"{place}/{one}") for place, one in found if name.fullmatch(one)]


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
    mount = _mount(controller, own)
    if mount is None:
        return None
    below = os.fsdecode(own[len(mount[1]) :]).strip("/")
    return os.path.join(mount[0], below).rstrip("/")


def _mount(controller: bytes, group: bytes) -> tuple[str, bytes] | None:
    """Where the hierarchy of a controller is mounted with a group, and what is the root there."""
    for line in read(b"/proc/self/mountinfo").splitlines():
        left, _, right = line.partition(b" - ")
        fields, (kind, _, options) = left.split(), right.split(b" ", 2)
        wanted = kind == b"cgroup" and controller in options.split(b",")
        if (wanted if controller else kind == b"cgroup2") and group.startswith(fields[3]):
            mounted = fields[4].decode("unicode_escape").encode("latin-1")  # `\040` is a space
            return os.fsdecode(mounted), fields[3]
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

"""One look at all processes: `/proc`, or psutil where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

Owner = TypeVar("Owner")
FileId: TypeAlias = tuple[int, int]  # device and inode

_PROC = Path("/proc")
_CHUNK = 1 << 16


class Identity(NamedTuple):
    """A process for all time: its id alone may be another process' tomorrow."""

    pid: int
    start_ticks: int  # since boot, in the table's own unit


class ProcessRow(NamedTuple):
    """One process at one moment. A named tuple, as a scan makes thousands of them."""

    pid: int
    start_ticks: int
    ppid: int
    pgrp: int
    session: int
    state: str
    cpu_s: float
    rss_bytes: int
    terminal: bool = False  # somebody's: it has a controlling one

    @property
    def identity(self) -> Identity:
        return Identity(self.pid, self.start_ticks)

    @property
    def alive(self) -> bool:
        """It has not ended; a zombie has."""
        return self.state not in "ZXx"


class Table(Protocol):
    """A source of processes; whatever cannot be read is left out."""

    def rows(self) -> dict[int, ProcessRow]: ...

    def row(self, pid: int) -> ProcessRow | None: ...

    def children(self, pid: int) -> Set[int]: ...

    def environment(self, pid: int) -> bytes:
        """`NAME=value` pieces that end in a zero byte; empty where it cannot be read."""
        ...

    def outputs(self, pid: int) -> Set[FileId]:
        """The files that its standard output and error go to, as far as that can be told."""
        ...

    def storage(self, pid: int) -> tuple[int, int] | None:
        """Bytes that the process, and its children that were waited for, read and wrote."""
        ...

    def share_bytes(self, pid: int) -> int | None:
        """The process' memory, of what it shares with others its share; None where unknown."""
        ...

    def memory(self) -> tuple[int, int]:
        """The machine's memory in bytes: all of it, and what could be had without swapping."""
        ...


class ProcFs:
    """Linux's `/proc`."""

    def __init__(self, root: str = "/proc") -> None:
        self._root = root

    def rows(self) -> dict[int, ProcessRow]:
        rows = {}
        for name in os.listdir(self._root):
            if name.isdigit() and (row := self.row(int(name))) is not None:
                rows[row.pid] = row
        return rows

    def row(self, pid: int) -> ProcessRow | None:
        data, memory = self._read(f"{pid}/stat"), self._read(f"{pid}/statm").split()
        if not data or not memory:
            return None
        # The name of the program is in brackets and may hold anything, also brackets.
        fields = data[data.rindex(b")") + 2 :].split()
        state = fields[0].decode()
        if state == "Z" and int(fields[17]) > 1:
            state = "S"  # only its first thread has ended
        return ProcessRow(
            pid=pid,
            start_ticks=int(fields[19]),
            ppid=int(fields[1]),
            pgrp=int(fields[2]),
            session=int(fields[3]),
            state=state,
            cpu_s=(int(fields[11]) + int(fields[12])) / _ticks_per_second(),
            rss_bytes=int(memory[1]) * _page_bytes(),  # `stat` has it late on each core
            terminal=fields[4] != b"0",
        )

    def children(self, pid: int) -> Set[int]:
        found: set[int] = set()
        try:
            threads = os.listdir(f"{self._root}/{pid}/task")
        except OSError:
            return found
        for thread in threads:
            found.update(map(int, self._read(f"{pid}/task/{thread}/children").split()))
        return found

    def environment(self, pid: int) -> bytes:
        return self._read(f"{pid}/environ")

    def outputs(self, pid: int) -> Set[FileId]:
        return _files(f"{self._root}/{pid}/fd/{number}" for number in (1, 2))

    def storage(self, pid: int) -> tuple[int, int] | None:
        fields = dict(line.split(b": ") for line in self._read(f"{pid}/io").splitlines())
        if b"write_bytes" not in fields:
            return None
        return int(fields[b"read_bytes"]), int(fields[b"write_bytes"])

    def share_bytes(self, pid: int) -> int | None:
        for line in self._read(f"{pid}/smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
        return None

    def memory(self) -> tuple[int, int]:
        lines = (line.split() for line in self._read("meminfo").splitlines())
        fields = {words[0]: int(words[1]) * 1024 for words in lines if len(words) > 1}
        return fields[b"MemTotal:"], fields[b"MemAvailable:"]

    def _read(self, name: str) -> bytes:
        # A process may end between any two steps, and not every file is ours to read.
        try:
            descriptor = os.open(f"{self._root}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            data = os.read(descriptor, _CHUNK)
            while more := os.read(descriptor, _CHUNK):  # a list may come in pieces
                data += more
        except OSError:
            return b""
        finally:
            os.close(descriptor)
        return data


class PsutilTable:
    """Any system that psutil knows; slower, and without bytes read and written."""

    def rows(self) -> dict[int, ProcessRow]:
        import psutil

        found = (self.row(pid) for pid in psutil.pids())
        return {row.pid: row for row in found if row is not None}

    def row(self, pid: int) -> ProcessRow | None:
        import psutil

        try:
            process = psutil.Process(pid)
            with process.oneshot():
                dead = process.status() == psutil.STATUS_ZOMBIE
                times = None if dead else process.cpu_times()
                return ProcessRow(
                    pid=pid,
                    start_ticks=round(process.create_time() * 100),
                    ppid=process.ppid(),
                    pgrp=os.getpgid(pid),
                    session=os.getsid(pid),
                    state="Z" if dead else "S",
                    cpu_s=times.user + times.system if times is not None else 0.0,
                    rss_bytes=0 if dead else process.memory_info().rss,
                    terminal=process.terminal() is not None,
                )
        except (psutil.Error, OSError):
            return None

    def children(self, pid: int) -> Set[int]:
        import psutil

        try:
            return {child.pid for child in psutil.Process(pid).children()}
        except psutil.Error:
            return set()

    def environment(self, pid: int) -> bytes:
        import psutil

        try:
            pairs = psutil.Process(pid).environ().items()
        except (psutil.Error, OSError):
            return b""
        return b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in pairs)

    def outputs(self, pid: int) -> Set[FileId]:
        import psutil

        try:
            return _files(
                file.path for file in psutil.Process(pid).open_files() if file.fd in (1, 2)
            )
        except (psutil.Error, OSError):
            return frozenset()

    def storage(self, pid: int) -> tuple[int, int] | None:
        return None

    def share_bytes(self, pid: int) -> int | None:
        return None

    def memory(self) -> tuple[int, int]:
        import psutil

        memory = psutil.virtual_memory()
        return memory.total, memory.available


def here() -> Table:
    """The best table of this machine."""
    return ProcFs() if (_PROC / "self" / "stat").exists() else PsutilTable()


@cache
def boot_id() -> str:
    """What tells this boot of this machine from any other; empty where the system has no such."""
    with suppress(OSError):
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return ""


def oom_kills() -> int:
    """How many processes this machine's kernel has ended for want of memory, since it started."""
    with suppress(OSError, ValueError):
        lines = (_PROC / "vmstat").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
    return 0


def descendants(table: Table, pid: int) -> list[ProcessRow]:
    """A process and what hangs below it, without a look at any other; dear for a large tree."""
    rows: list[ProcessRow] = []
    waiting = [pid]
    while waiting:
        row = table.row(waiting.pop())
        if row is not None and row.alive:
            rows.append(row)
            waiting.extend(table.children(row.pid))
    return rows


def ancestors(rows: Mapping[int, ProcessRow], pid: int) -> set[int]:
    """A process, what has started it, and so on."""
    chain: set[int] = set()
    while pid in rows and pid not in chain:
        chain.add(pid)
        pid = rows[pid].ppid
    return chain


def families(rows: Mapping[int, ProcessRow], owners: Mapping[Identity, Owner]) -> dict[int, Owner]:
    """Say for each process whose it is, where it is anyone's.

    A process belongs to the owner of its nearest ancestor (itself first) that is owned, or whose
    session or process group is led by an owned process. A leader that is no longer in the table
    still counts: its number is not given away while its session or group has members.
    """
    leaders = {
        identity.pid: owner
        for identity, owner in owners.items()
        if identity.pid not in rows or rows[identity.pid].identity == identity
    }
    found: dict[int, Owner | None] = {}
    for pid in rows:
        path: list[int] = []
        while pid not in found and (row := rows.get(pid)) is not None:
            found[pid] = None  # a table read while processes came and went may hold a circle
            path.append(pid)
            owner = leaders.get(pid) or leaders.get(row.session) or leaders.get(row.pgrp)
            if owner is not None:
                found[pid] = owner
                break
            pid = row.ppid
        owner = found.get(pid)
        found.update(dict.fromkeys(path, owner))
    return {pid: owner for pid, owner in found.items() if owner is not None}


def _files(paths: Iterable[str]) -> Set[FileId]:
    found = set()
    for path in paths:
        with suppress(OSError):
            status = os.stat(path)
            found.add((status.st_dev, status.st_ino))
    return found


@cache
def _ticks_per_second() -> int:
    return os.sysconf("SC_CLK_TCK")


@cache
def _page_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE")

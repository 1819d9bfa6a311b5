"""The trees that one runner started: whose a process is, and who reaps it."""

from __future__ import annotations

import errno
import math
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from ksweep.process.cgroup import Cgroup, CgroupParent, mark_of
from ksweep.process.signals import send
from ksweep.process.tree import Tree
from ksweep.process.usage import usage
from ksweep.proctable import Identity, ProcessRow, Table, ancestors, families, here, oom_kills

MARKER = "KSWEEP_DIR"
_CLOSE_S = 5.0
_CLOSE_STEP_S = 0.01
_RESERVE = 24  # descriptors to look after what runs, and to record it; the lowest free one is given


class Supervisor:
    """Starts processes and keeps their trees apart; there is one of it in a runner.

    A process whose parent ends becomes the runner's child where the system has subreapers. So the
    runner's list of children says at the price of one read whether anything was left behind, and
    only then a survey of all processes is taken.
    """

    def __init__(self, table: Table, cgroups: CgroupParent | None, adopts: bool) -> None:
        """`adopts`: the runner is a subreaper. `here` makes the best of this machine."""
        self.table = table
        self._cgroups = cgroups
        self._adopts = adopts
        self._trees: dict[int, Tree] = {}
        self._session = os.getsid(0)
        self._foreign = set(table.children(os.getpid()))
        self._strangers: set[Identity] = set()
        self._surveyed = -1.0
        self._oom_kills = (0, -math.inf)  # and when that was counted
        self._groups: list[Cgroup] = []  # that trials have left, to be used again

    @classmethod
    def here(cls) -> Supervisor:
        table = here()
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:  # inherited: nothing could be reaped
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        return cls(table, CgroupParent.find(table), _become_subreaper())

    def start(
        self,
        argv: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        log: int,
        cores: Sequence[int] = (),
        limit_bytes: int = 0,
    ) -> tuple[Tree, ProcessRow]:
        """Start a process in a session of its own, with both outputs in `log`.

        It is bound to the `cores`, if there are any. Where the tree says that it is not `limited`,
        the caller has to see to the limit of its memory, if there is one. Its environment has to
        have the marker. As a zombie the main process keeps its id, and with it those of its session
        and group: it is reaped when nothing else is left.

        Raises:
            OSError: it cannot be started, or could not be looked after beside those that run.
        """
        if self._trees and log + _RESERVE > resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        limited = limit_bytes > 0 and self._can_limit()
        group = self._enter(os.path.dirname(env[MARKER]), limited)
        try:
            with _on(cores):
                pid = _spawn(argv, cwd, env, log)
        finally:
            group = self._leave(group)
        if group is not None:
            self._groups.remove(group)
        limited = limited and group is not None and group.limit_memory(limit_bytes)
        row = self.table.row(pid) or _unseen(pid)
        tree = self._trees[pid] = Tree(self.table, row.identity, env[MARKER], group, limited)
        return tree, row

    def oom_kills(self, since: float) -> int:
        """How many processes the kernel has ended for want of memory, counted after `since`."""
        if self._oom_kills[1] < since:
            self._oom_kills = oom_kills(), time.monotonic()
        return self._oom_kills[0]

    def release(self, tree: Tree) -> None:
        """Forget a tree of which nothing is left."""
        self._trees.pop(tree.main.pid, None)
        if tree.limited and tree.cgroup is not None:
            tree.cgroup.remove()  # its limit and its counts are not for others
        elif tree.cgroup is not None:
            self._groups.append(tree.cgroup)

    def collect(self) -> list[ProcessRow]:
        """Reap the orphans that have ended, and return those that live.

        Children of the runner in the runner's own session were started by other parts of it and
        are left alone: no descendant of a trial can be in that session.
        """
        children = self.table.children(os.getpid())
        self._foreign &= children
        living = []
        for pid in children - self._foreign - self._trees.keys():
            row = self.table.row(pid)
            if row is None or row.session == self._session:
                continue
            if row.alive:
                living.append(row)
            else:
                self._reap(row)
        return living

    def gone(self, tree: Tree, now: float) -> bool:
        """Nothing lives of a tree whose main process had ended at `now`."""
        orphans = self.collect()
        populated = tree.cgroup is not None and tree.cgroup.populated()
        suspects = any(self._owner(row) in (None, tree) for row in orphans)
        if self._adopts and not populated and not suspects:
            return True
        self.survey(now)
        return not tree.living and not populated

    def survey(self, now: float) -> None:
        """Look at all processes, if nobody has since `now`, and note what lives of each tree."""
        if self._surveyed >= now or not self._trees:
            return
        self._surveyed = time.monotonic()
        rows = self.table.rows()
        trees = self._trees.values()
        found = families(rows, {identity: tree for tree in trees for identity in tree.known})
        found |= self._marked(rows, found)
        for tree in trees:
            if tree.cgroup is not None:
                found.update(dict.fromkeys(tree.cgroup.pids(), tree))
        living: dict[Tree, list[ProcessRow]] = {tree: [] for tree in trees}
        for pid, tree in found.items():
            if (row := rows.get(pid)) is not None and row.alive:
                living[tree].append(row)
        for tree in trees:
            tree.living = living[tree]

    def close(self) -> None:
        """End at once whatever is left of any tree, also what no survey could attribute."""
        patience = time.monotonic() + _CLOSE_S
        while not self._close_step() and time.monotonic() < patience:
            time.sleep(_CLOSE_STEP_S)
        for group in self._groups:
            group.remove()
        if self._cgroups is not None:
            self._cgroups.close()

    def _close_step(self) -> bool:
        now = time.monotonic()
        self.survey(now)
        for tree in self._trees.values():
            tree.kill()
        orphans = self.collect()
        for row in orphans:
            send(self.table, row, signal.SIGKILL)
        for pid, tree in list(self._trees.items()):
            if _reaped(pid) and self.gone(tree, now):
                self.release(tree)
        return not orphans and not self._trees

    def _marked(self, rows: Mapping[int, ProcessRow], found: Mapping[int, Tree]) -> dict[int, Tree]:
        """Find by the marker in its environment what has left its parents and its session."""
        trees = {os.fsencode(tree.directory): tree for tree in self._trees.values()}
        oldest = min(tree.main.start_ticks for tree in self._trees.values())
        self._strangers &= {row.identity for row in rows.values()}
        marked = {}
        for pid, row in rows.items():
            if pid in found or row.start_ticks < oldest or row.identity in self._strangers:
                continue
            environment = self.table.environment(pid)
            tree = trees.get(marker_of(environment))
            if tree is not None and self._may_be_ours(rows, row):
                marked[pid] = tree
            elif tree is None and environment:  # empty in the middle of an exec
                self._strangers.add(row.identity)
        return marked

    def _may_be_ours(self, rows: Mapping[int, ProcessRow], row: ProcessRow) -> bool:
        """Whether a trial may have started what names its directory, and not a person by hand."""
        chain = ancestors(rows, row.pid)  # has a gap where one of them has just ended
        return os.getpid() in chain or not (row.terminal or (self._adopts and 1 in chain))

    def _owner(self, row: ProcessRow) -> Tree | None:
        trees = self._trees.values()
        for tree in trees:
            if tree.main.pid in (row.session, row.pgrp) or row.identity in tree.known:
                return tree
        for tree in trees:
            if tree.cgroup is not None and tree.cgroup.holds(row.pid):
                return tree
        return next(iter(trees)) if len(trees) == 1 else None

    def _reap(self, row: ProcessRow) -> None:
        owner = self._owner(row)
        storage = self.table.storage(row.pid)
        with suppress(ChildProcessError):
            pid, _, rusage = os.wait4(row.pid, os.WNOHANG)
            if pid and owner is not None:
                owner.orphans.append(usage(rusage, storage))

    def _can_limit(self) -> bool:
        """The kernel can see to the limit of a group's memory."""
        return self._cgroups is not None and self._cgroups.control("memory")

    def _enter(self, results: str, limited: bool) -> Cgroup | None:
        """Move the runner into an empty group; None where there is none, or it may not.

        A process is in the group of the one that starts it before its first instruction. To move
        it in afterwards costs as much, and what it has forked by then stays outside.
        """
        for group in self._empty(results, limited):
            try:
                group.enter()
            except OSError:  # what its last trial has made of it
                self._groups.remove(group)
                group.remove()
            else:
                return group
        return None

    def _empty(self, results: str, limited: bool) -> Iterator[Cgroup]:
        """Groups that trials of this results directory have left, then a new one.

        The counts of one whose memory is to be limited begin at nothing.
        """
        if self._cgroups is None:
            return
        with suppress(OSError):
            mark = mark_of(results)
            left = [] if limited else list(self._groups)
            yield from (group for group in left if group.reusable(mark))
            self._groups.append(self._cgroups.make(mark))
            yield self._groups[-1]

    def _leave(self, group: Cgroup | None) -> Cgroup | None:
        """Come back from a group, which is returned; from one that holds us none is used again."""
        if group is None or self._cgroups is None or self._cgroups.leave():
            return group
        self._groups.remove(group)
        self._cgroups = None
        return None


@contextmanager
def _on(cores: Sequence[int]) -> Iterator[None]:
    """Bind this thread to the cores for a moment: what it starts meanwhile is bound from its start.

    Where a system has no such thing, or refuses, nothing is bound.
    """
    if not cores or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _spawn(argv: Sequence[str], cwd: str, env: Mapping[str, str], log: int) -> int:
    try:
        popen = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except MemoryError:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)) from None
    popen.returncode = 0  # we reap it, so it is not to
    return popen.pid


def _reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def marker_of(environment: bytes) -> bytes:
    """The trial directory that an environment names; empty where it names none."""
    name = MARKER.encode() + b"="
    found = (piece for piece in environment.split(b"\0") if piece.startswith(name))
    return next(found, b"").removeprefix(name)


def _unseen(pid: int) -> ProcessRow:
    """What stands for a process that the table does not show, as under a `/proc` with hidepid."""
    return ProcessRow(pid, 0, os.getpid(), pid, pid, "S", 0.0, 0)


def _become_subreaper() -> bool:
    """Let orphaned descendants become children of this process.

    False where that cannot be, or where a process' children cannot be listed.
    """
    set_child_subreaper = 36
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False

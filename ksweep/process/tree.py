"""Every process of one trial, and how to end them all."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from ksweep.process.cgroup import Cgroup
from ksweep.process.signals import send
from ksweep.process.usage import Usage
from ksweep.proctable import Identity, ProcessRow, Table


class Tree:
    """What is known of a trial's processes.

    Attributes:
        main: the process that was started; the trial's session and process group bear its id.
        directory: what the marker `KSWEEP_DIR` says in the environment of each of them.
        cgroup: the trial's control group, where it has one.
        limited: the kernel sees to the limit of its memory.
        living: the processes that the last survey found.
        orphans: the use of those that the runner had to reap.
    """

    def __init__(
        self,
        table: Table,
        main: Identity,
        directory: str,
        cgroup: Cgroup | None,
        limited: bool = False,
    ) -> None:
        self._table = table
        self.limited = limited
        self.main = main
        self.directory = directory
        self.cgroup = cgroup
        self.living: Sequence[ProcessRow] = ()
        self.orphans: list[Usage] = []
        self._terminated: set[Identity] = set()

    @property
    def known(self) -> set[Identity]:
        """The processes by which others are recognised as theirs."""
        return {self.main, *(row.identity for row in self.living)}

    def terminate(self) -> None:
        """Ask everything living to end, each process once; what is stopped is woken to hear it."""
        for row in self.living:
            if row.identity not in self._terminated:
                self._terminated.add(row.identity)
                send(self._table, row, signal.SIGTERM)
                send(self._table, row, signal.SIGCONT)

    def kill(self) -> None:
        """End everything living, and what it has forked meanwhile where there is a cgroup."""
        if self.cgroup is not None:
            self.cgroup.kill()
        for row in self.living:
            send(self._table, row, signal.SIGKILL)

"""Ending what a killed runner left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ksweep.process.cgroup import Cgroup, recorded
from ksweep.process.signals import send
from ksweep.process.supervisor import marker_of
from ksweep.proctable import Identity, ProcessRow, Table, boot_id, families, here

_STEP_S = 0.02
_GIVE_UP_S = 10.0
_GENTLE = (signal.SIGTERM, signal.SIGCONT)
_HARD = (signal.SIGKILL,)


@dataclass(frozen=True, slots=True)
class _Traces:
    """By what survivors are recognised; `directory` is the results directory, with a slash."""

    table: Table
    mains: frozenset[Identity]
    cgroups: tuple[Cgroup, ...]
    directory: bytes

    def living(self) -> list[ProcessRow]:
        rows = self.table.rows()
        owners = {main: True for main in self.mains if _is(rows, main)}
        owners |= {row.identity: True for row in rows.values() if self._marked(row)}
        for pid in (pid for group in self.cgroups for pid in group.pids()):
            if pid in rows:
                owners[rows[pid].identity] = True
        # This very process may have been started in a trial of that sweep.
        spared = _ancestors(rows)
        pids = families(rows, owners).keys() - spared
        return [rows[pid] for pid in pids if rows[pid].alive]

    def _marked(self, row: ProcessRow) -> bool:
        return marker_of(self.table.environment(row.pid)).startswith(self.directory)


def end_survivors(
    results: str, records: Iterable[Mapping[str, object]], host: str, grace_s: float = 2.0
) -> int:
    """End what still runs of a sweep whose runner is no more; SIGKILL follows after `grace_s`.

    Survivors are the recorded processes, their descendants, what is in their control groups, and
    every process of this host whose environment names a trial directory below `results`. It is
    for the holder of the sweep's lock: it cannot tell a survivor from another runner's trial.

    Args:
        results: the results directory as the trials' environment has it.
        records: what `started.json` of the trials without a result say.
        host: this host's name; records of other hosts, or of an earlier boot, are passed over.
        grace_s: seconds between SIGTERM and SIGKILL.

    Returns:
        How many processes were found.
    """
    traces = _traces(results, [record for record in records if _of_here(record, host)])
    begun = time.monotonic()
    found: set[Identity] = set()
    while living := traces.living():
        age_s = time.monotonic() - begun
        if age_s > grace_s + _GIVE_UP_S:
            break
        new = [row for row in living if row.identity not in found]
        targets, numbers = (new, _GENTLE) if age_s < grace_s else (living, _HARD)
        for row in targets:
            for number in numbers:
                send(traces.table, row, number)
        found.update(row.identity for row in new)
        time.sleep(_STEP_S)
    for group in traces.cgroups:
        group.kill()
        group.remove()
    return len(found)


def _traces(results: str, records: list[Mapping[str, object]]) -> _Traces:
    mains = set()
    for record in records:
        pid, start = record.get("pid"), record.get("start_ticks")
        if isinstance(pid, int) and isinstance(start, int):
            mains.add(Identity(pid, start))
    groups = (recorded(record.get("cgroup")) for record in records)
    return _Traces(
        here(),
        frozenset(mains),
        tuple(group for group in groups if group is not None),
        os.fsencode(results.rstrip("/") + "/"),
    )


def _of_here(record: Mapping[str, object], host: str) -> bool:
    return record.get("host") == host and record.get("boot_id") == boot_id()


def _is(rows: Mapping[int, ProcessRow], identity: Identity) -> bool:
    return identity.pid in rows and rows[identity.pid].identity == identity


def _ancestors(rows: Mapping[int, ProcessRow]) -> set[int]:
    chain: set[int] = set()
    pid = os.getpid()
    while pid in rows and pid not in chain:
        chain.add(pid)
        pid = rows[pid].ppid
    return chain

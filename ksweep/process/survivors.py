"""Ending what a killed runner left behind."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ksweep.process.cgroup import Cgroup, groups_of
from ksweep.process.signals import send
from ksweep.process.supervisor import marker_of
from ksweep.proctable import (
    FileId,
    Identity,
    ProcessRow,
    Table,
    ancestors,
    boot_id,
    families,
    here,
)

_STEP_S = 0.02
_GIVE_UP_S = 10.0
_GENTLE = (signal.SIGTERM, signal.SIGCONT)
_HARD = (signal.SIGKILL,)


@dataclass(frozen=True, slots=True)
class _Traces:
    """By what survivors are recognised; `directory` is the results directory, with a slash."""

    table: Table
    mains: Mapping[Identity, FileId]
    cgroups: Sequence[Cgroup]
    directory: bytes

    def living(self) -> list[ProcessRow]:
        rows = self.table.rows()
        owners = {row.identity: True for row in rows.values() if self._is_of_a_trial(row)}
        for pid in (pid for group in self.cgroups for pid in group.pids()):
            if pid in rows:
                owners[rows[pid].identity] = True
        # This very process may have been started in a trial of that sweep.
        pids = families(rows, owners).keys() - ancestors(rows, os.getpid())
        return [rows[pid] for pid in pids if rows[pid].alive]

    def _is_of_a_trial(self, row: ProcessRow) -> bool:
        log = self.mains.get(row.identity)
        if log is not None and log in self.table.outputs(row.pid):
            return True
        named = marker_of(self.table.environment(row.pid))
        return not row.terminal and named.startswith(self.directory)


def end_survivors(
    results: str,
    records: Iterable[tuple[str, Mapping[str, object]]],
    host: str,
    grace_s: float = 2.0,
) -> int:
    """End what still runs of a sweep whose runner is no more; SIGKILL follows after `grace_s`.

    A results directory may come from anybody, so what it says is no reason to end a process: the
    kernel has to say that it is one of a trial of this directory. It does so in three ways.

    - A recorded process, of this boot of this host, still writes to that trial's log: to a plain
      file of one name, in the trial's directory. An id and a start time alone prove nothing.
    - It is in a control group whose name says that a runner of this directory has made it (see
      `cgroup`). What a record says of a group is not looked at.
    - Its environment names a directory below `results`, and it has no controlling terminal: trials
      have none, but the shell of a person may who tries a trial's program by hand.

    With each of them goes what descends from it, or is in a session or process group of its. A
    survivor that has cleared its environment and left its log is found by its group alone. It is
    for the holder of the sweep's lock: it cannot tell a survivor from another runner's trial.

    Args:
        results: the results directory, absolute and without symbolic links.
        records: the log of each trial without a result, and what its `started.json` says.
        host: this host's name.
        grace_s: seconds between SIGTERM and SIGKILL.

    Returns:
        How many processes were found.
    """
    traces = _traces(results, records, host)
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


def _traces(
    results: str, records: Iterable[tuple[str, Mapping[str, object]]], host: str
) -> _Traces:
    known = ((log, _identity(record, host)) for log, record in records)
    logs = ((identity, _log_id(results, log)) for log, identity in known if identity is not None)
    mains = {identity: log for identity, log in logs if log is not None}
    groups = [group for group in groups_of(results) if not group.holds(os.getpid())]
    return _Traces(here(), mains, groups, os.fsencode(f"{results}/"))


def _identity(record: Mapping[str, object], host: str) -> Identity | None:
    """The process that a record names, if it is one of this boot of this host."""
    pid, start = record.get("pid"), record.get("start_ticks")
    if record.get("host") != host or record.get("boot_id") != boot_id():
        return None
    return Identity(pid, start) if isinstance(pid, int) and isinstance(start, int) else None


def _log_id(results: str, log: str) -> FileId | None:
    """The log, if it is no other file under a name in a directory right below the results."""
    directory = os.path.dirname(log)
    try:
        status = os.lstat(log)
    except OSError:
        return None
    if os.path.dirname(os.path.realpath(directory)) != results or status.st_nlink != 1:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None

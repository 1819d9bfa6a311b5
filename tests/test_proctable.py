"""One look at all processes, by `/proc` and by psutil."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ksweep.proctable import (
    Identity,
    ProcessRow,
    ProcFs,
    PsutilTable,
    Table,
    boot_id,
    descendants,
    families,
)

SHELL = ["sh", "-c", "sleep 60 & sleep 60"]


@pytest.fixture(params=[ProcFs, PsutilTable])
def table(request: pytest.FixtureRequest) -> Table:
    made: Table = request.param()
    return made


@pytest.fixture
def shell() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, with two children."""
    with subprocess.Popen(SHELL, start_new_session=True, env={"MARK": "here"}) as process:
        deadline = time.monotonic() + 20
        while len(ProcFs().children(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        yield process
        os.killpg(process.pid, 9)


def test_a_process_is_seen_as_it_is(table: Table, shell: subprocess.Popen[bytes]) -> None:
    row = table.rows()[shell.pid]
    assert (row.ppid, row.pgrp, row.session) == (os.getpid(), shell.pid, shell.pid)
    assert row.alive
    assert 100_000 < row.rss_bytes < 100_000_000
    later = table.row(shell.pid)
    assert later is not None
    assert later.identity == row.identity
    assert b"MARK=here\0" in table.environment(shell.pid)


def test_children_and_descendants(table: Table, shell: subprocess.Popen[bytes]) -> None:
    children = table.children(shell.pid)
    assert len(children) == 2
    assert shell.pid in table.children(os.getpid())
    assert {row.pid for row in descendants(table, shell.pid)} == {shell.pid, *children}


def test_a_zombie_does_not_live(table: Table) -> None:
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    row = table.row(process.pid)
    assert row is not None
    assert not row.alive
    process.wait()


def test_what_is_not_there_is_empty(table: Table) -> None:
    nobody = 2**22 + 1  # above any process id
    assert table.row(nobody) is None
    assert table.children(nobody) == set()
    assert table.environment(nobody) == b""
    assert table.storage(nobody) is None


def test_processor_time_is_counted(table: Table) -> None:
    before = table.row(os.getpid())
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    after = table.row(os.getpid())
    assert before is not None
    assert after is not None
    assert 0.1 < after.cpu_s - before.cpu_s < 1


def test_a_program_name_may_hold_anything(tmp_path: Path) -> None:
    program = tmp_path / "a) Z 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        row = ProcFs().row(process.pid)
        process.kill()
    assert row is not None
    assert (row.ppid, row.alive) == (os.getpid(), True)


def test_a_process_whose_first_thread_ended_lives() -> None:
    script = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "print('ready', flush=True)\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.2)
        stat = Path(f"/proc/{process.pid}/stat").read_text()
        row = ProcFs().row(process.pid)
        process.kill()
    assert stat.split()[2] == "Z"
    assert row is not None
    assert row.alive


def test_bytes_to_storage_are_counted(tmp_path: Path) -> None:
    before = ProcFs().storage(os.getpid())
    with (tmp_path / "file").open("wb") as file:
        file.write(b"x" * (1 << 20))
        file.flush()
        os.fsync(file.fileno())
    after = ProcFs().storage(os.getpid())
    assert before is not None
    assert after is not None
    assert after[1] - before[1] >= 1 << 20


def test_the_boot_has_a_name() -> None:
    assert boot_id() == boot_id() != ""


def row(pid: int, ppid: int, session: int = 0, pgrp: int = 0, start: int = 7) -> ProcessRow:
    return ProcessRow(pid, start, ppid, pgrp, session, "S", 0.0, 0)


def owners(*rows: ProcessRow) -> dict[int, str]:
    known = {Identity(10, 7): "a", Identity(20, 7): "b"}
    return families({one.pid: one for one in rows}, known)


def test_descendants_belong_to_the_nearest_known_ancestor() -> None:
    found = owners(row(10, 1), row(11, 10), row(20, 11), row(21, 20), row(30, 1))
    assert found == {10: "a", 11: "a", 20: "b", 21: "b"}


def test_session_and_group_count_where_the_parents_are_gone() -> None:
    assert owners(row(11, 1, session=10), row(12, 1, pgrp=20)) == {11: "a", 12: "b"}


def test_another_process_with_the_number_of_a_known_one_is_nobodys() -> None:
    assert owners(row(10, 1, start=99), row(11, 10), row(12, 1, session=10)) == {}


def test_a_circle_of_parents_ends() -> None:
    assert owners(row(1, 3), row(2, 1), row(3, 2)) == {}

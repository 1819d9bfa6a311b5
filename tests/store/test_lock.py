"""One runner at a time, between real processes."""

import errno
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ksweep.errors import InputError, SurroundingsError
from ksweep.store import Results
from store.making import entry, lay_out

HOLDER = """
import sys, time
from ksweep.store import Results
with Results.open(sys.argv[1], "").lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def results(tmp_path):
    return lay_out(tmp_path, 1)


@pytest.fixture
def runner(results):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, results.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_runner_is_told_who_the_first_one_is(results, runner):
    with pytest.raises(InputError) as caught, results.lock():
        pass
    host = re.escape(socket.gethostname())
    assert re.fullmatch(
        rf"{results.path}: this sweep is being run already, by pid {runner.pid} on {host} since "
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00; wait for it to end, or end it",
        str(caught.value),
    )
    assert results.holder().pid == runner.pid


def test_the_lock_of_a_killed_runner_is_free_at_once(results, runner):
    runner.send_signal(signal.SIGKILL)
    with results.lock():
        assert results.holder().pid == os.getpid()
    runner.wait()


def test_a_killed_runner_runs_nothing_any_more(results, runner):
    runner.kill()
    runner.wait()
    assert results.holder() is None


def test_the_lock_is_free_again_afterwards(results):
    for _ in range(2):
        with results.lock():
            assert results.holder().pid == os.getpid()
        assert results.holder() is None


def test_the_lock_is_free_again_after_an_error(results):
    with pytest.raises(ZeroDivisionError), results.lock():
        raise ZeroDivisionError
    assert results.holder() is None
    with results.lock():
        pass


def test_what_a_killed_runner_wrote_is_no_runner_wherever_it_ran(results):
    with results.lock():
        pass
    mine = {"pid": os.getpid(), "since": "2026-03-01T22:00:00+00:00"}
    for host in (socket.gethostname(), "elsewhere"):
        Path(results.path, ".lock").write_text(json.dumps({**mine, "host": host}))
        assert results.holder() is None


def test_a_runner_that_has_not_written_itself_down_is_one_all_the_same(results, runner):
    Path(results.path, ".lock").write_text("")
    assert results.holder() is not None
    with pytest.raises(InputError, match="already, by another process; wait"), results.lock():
        pass


def test_nobody_else_can_open_the_lock(results):
    path = Path(results.path, ".lock")
    path.touch(0o666)
    path.chmod(0o666)  # as an earlier version left it
    with results.lock():
        assert path.stat().st_mode & 0o777 == 0o600


def test_looking_does_not_keep_a_runner_out(results):
    with open(f"{results.path}/.lock", "w") as file:
        for _ in range(100):
            assert results.holder() is None
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_told_with_the_file(results, monkeypatch, code):
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    told = rf"\.lock: the file system takes no lock on this: {os.strerror(code)}; without one"
    with pytest.raises(SurroundingsError, match=told), results.lock():
        pass
    assert results.holder() is None


def test_a_lock_that_cannot_be_made_is_told_with_its_path(results):
    os.mkdir(f"{results.path}/.lock")
    refused = pytest.raises(SurroundingsError, match=r"\.lock: cannot write this: Is a directory")
    with refused, results.lock():
        pass


def test_what_another_runner_added_meanwhile_is_known_under_the_lock(results):
    later = Results.open(results.path, "")
    with results.lock():
        results.append([(entry(2), "")])
    with later.lock():
        later.append([(entry(3), "")])
    assert [one.number for one in Results.open(results.path, "").entries] == [1, 2, 3]

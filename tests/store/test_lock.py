"""One runner at a time, between real processes."""

import os
import re
import signal
import socket
import subprocess
import sys

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


def test_another_process_of_the_same_number_is_not_the_runner(results):
    with results.lock():
        path = f"{results.path}/.lock"
        with open(path) as file:
            text = file.read()
    with open(path, "w") as file:  # as a killed runner leaves it
        file.write(re.sub(r'"start_ticks": \d+', '"start_ticks": 1', text))
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

"""The runner is killed at a random moment, resumed, killed again, fifty times."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from process.making import running

from ksweep.model import TrialState
from ksweep.store import Results
from sweep.making import again, new, run_all, runs, states

TRIALS, KILLS = 200, 50
COMMAND = "sh -c 'echo $KSWEEP_NAME >> runs; sleep 0.03; echo done'"
RESUME = [sys.executable, "-m", "ksweep", "resume"]


def test_killed_and_resumed_fifty_times_every_trial_has_one_result():
    results, _ = new(TRIALS, COMMAND, jobs=2)
    chance = random.Random(1)
    recorded: Counter[str] = Counter()
    kills = 0
    for _ in range(KILLS):
        kills += kill_runner(chance)
        found = Counter(runs())
        for name, count in recorded.items():
            assert found[name] == count, f"{name} ran again after its result was recorded"
        recorded = Counter({name: found[name] for name in ended(results)})
    assert kills >= KILLS // 2  # the others had nothing left to do
    subprocess.run(RESUME, check=True, capture_output=True)
    found = Counter(runs())
    assert all(found[name] == count for name, count in recorded.items())
    assert len(found) == TRIALS
    assert states(results) == [TrialState.SUCCESS] * TRIALS
    lines = Path(results.ledger_path).read_text().splitlines()
    assert len(lines) == len({line.split('"name":"')[1][:10] for line in lines}) == TRIALS
    assert survivors(results) == []


def test_what_a_killed_runner_left_running_is_ended_before_its_trial_runs_again():
    # An ended process that nobody has waited for yet has no command line.
    look = "cat /proc/$(head -1 runs)/cmdline > first; exit 0"
    script = f"echo $$ >> runs; [ $KSWEEP_ATTEMPT = 2 ] || exec sleep 60; {look}"
    results, settings = new(1, f"sh -c '{script}'")
    runner = subprocess.Popen(RESUME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not runs() or not survivors(results):
        time.sleep(0.01)
    runner.kill()
    runner.wait()
    assert survivors(results)
    assert states(results) == [TrialState.LOST]
    run_all(results, settings)
    assert len(runs()) == 2
    assert Path("first").read_text() == ""
    assert survivors(results) == []
    assert states(results) == [TrialState.SUCCESS]


def test_daemons_without_an_environment_are_ended_after_the_death_of_the_runner():
    daemon = ["sleep", f"600.{os.getpid()}"]
    leave = f"setsid --fork env -i {' '.join(daemon)}"
    script = f"[ $KSWEEP_ATTEMPT = 2 ] && exit; {leave}; {leave}; echo x >> runs; exec sleep 60"
    results, settings = new(1, f"sh -c '{script}'")
    runner = subprocess.Popen(RESUME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not runs() or len(running(daemon)) < 2:
        time.sleep(0.01)
    grouped = again(results).trial(results.entries[0]).started()["cgroup"] is not None
    runner.kill()
    runner.wait()
    run_all(results, settings)
    left = running(daemon)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == [] or not grouped
    assert states(results) == [TrialState.SUCCESS]


def kill_runner(chance):
    """Start a runner and kill it some time later; whether it still ran."""
    runner = subprocess.Popen(RESUME, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if chance.random() < 0.8:
        runner.stderr.readline()  # most kills while trials run, some while it is starting
    time.sleep(chance.uniform(0, 0.12))
    runner.kill()
    _, errors = runner.communicate()
    assert b"rror" not in errors, errors.decode()
    return runner.returncode == -9


def ended(results):
    """The trials with a result, as the next runner will see it."""
    return [one.name for one in again(results).results() if one.status.final]


def survivors(results: Results):
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if f"KSWEEP_SWEEP={results.path}".encode() in environment.split(b"\0"):
            found.append(pid)
    return found

"""Trials that a stopping rule gives up are ended, whatever they are, and say why."""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path

import pytest
from store.making import result

from ksweep.model import Goal, Pruning, StopRule, TrialState
from ksweep.sweep import Noticed, StopReason, TrialEnded
from ksweep.sweep.watching import Watch
from sweep.making import again, entry, new, run_all, states

SUCCESS, PRUNED = TrialState.SUCCESS, TrialState.PRUNED
HALVING = {"stop": StopRule.HALVING, "max_steps": 9, "metric": "score"}

# The first trial is good, and the others are not: they wait at step 3 to be ended, with a child in
# a session of its own, and ignore the first request.
WAIT = """
import json, os, signal, subprocess, time
x, path = int(os.environ["CONFIG_X"]), os.environ["KSWEEP_DIR"] + "/training_metrics.json"
def wait(step):
    if x > 1 and step == 3:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(["sleep", "60"], start_new_session=True)
        time.sleep(60)
for step in range(1, 10):
"""
REPORTED = (
    '    print("KSWEEP", json.dumps({"step": step, "score": 100 // x}), flush=True); wait(step)'
)
PRINTED = '    print("score =", 100 // x, flush=True); wait(step)'
IN_A_FILE = (
    '    open(path + ".new", "w").write(json.dumps({"score": [100 // x] * step}))\n'
    '    os.rename(path + ".new", path); wait(step)'
)
COMMAND = "python3 trial.py"


def write(line):
    Path("trial.py").write_text(WAIT + line)


def result_json(results, number):
    (path,) = Path(results.path).glob(f"config_{number:03}_*/result.json")
    return json.loads(path.read_text())


@pytest.mark.parametrize("line", [REPORTED, PRINTED, IN_A_FILE])
def test_a_trial_is_stopped_and_says_why(line):
    write(line)
    results, settings = new(2, COMMAND, **HALVING)
    run_all(results, settings)
    assert states(results) == [SUCCESS, PRUNED]
    found = result_json(results, 2)
    rule = "halving: 50 at step 1 is not among the best 1/3 of 2 trials"
    assert found["status"] == "pruned"
    assert found["pruned"] == {"step": 1, "value": 50, "rule": rule}
    assert found["error"] == rule
    assert again(results).results()[1].pruned == Pruning(1, 50, rule)
    assert "pruned" not in result_json(results, 1)


def test_what_a_pruned_trial_started_goes_with_it():
    write(REPORTED)
    results, settings = new(2, COMMAND, **HALVING)
    run_all(results, settings)
    assert states(results) == [SUCCESS, PRUNED]
    mark = f"KSWEEP_DIR={results.path}"
    left = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            environ = Path("/proc", pid, "environ").read_bytes()
        except OSError:
            continue
        left += [pid] if mark.encode() in environ else []
    assert left == []


def test_small_is_better():
    command = (
        "sh -c 'for s in 1 2 3; do echo score = $CONFIG_X; done; [ $CONFIG_X = 1 ] || sleep 60'"
    )
    results, settings = new(3, command, goal=Goal.MINIMIZE, **HALVING)
    run_all(results, settings)
    assert states(results) == [SUCCESS, PRUNED, PRUNED]


def test_a_resumed_sweep_remembers_how_the_others_did():
    command = "sh -c 'echo score = $((100 / CONFIG_X)); [ $CONFIG_X = 1 ] || sleep 60'"
    results, settings = new(3, command, **HALVING)
    assert run_all(results, settings, max_runs=1)[-1].reason is StopReason.MAX_RUNS
    run_all(again(results), settings)
    assert states(results) == [SUCCESS, PRUNED, PRUNED]


def test_pruned_is_for_good_unless_it_is_asked_for():
    command = "sh -c 'echo score = $((100 / CONFIG_X)); [ $CONFIG_X = 1 ] || sleep 60'"
    results, settings = new(2, command, **HALVING)
    run_all(results, settings)
    assert [type(event).__name__ for event in run_all(again(results), settings)] == ["Finished"]
    events = run_all(again(results), settings, retry=frozenset({PRUNED}))
    assert [one.result.attempt for one in events if isinstance(one, TrialEnded)] == [2]


def test_it_is_said_once_that_nothing_can_be_stopped():
    results, settings = new(3, "echo loss = 3", **HALVING)
    events = run_all(results, settings)
    told = [(place, one.text) for place, one in enumerate(events) if isinstance(one, Noticed)]
    assert [text for _, text in told] == [
        "config_001 never gave score with a step, so no trial can be stopped early: let the program "
        "print it step by step (see docs/search.md)"
    ]
    ended = [place for place, one in enumerate(events) if isinstance(one, TrialEnded)]
    assert ended[0] < told[0][0]
    assert states(results) == [SUCCESS] * 3


TWICE = """
for s in 1 2 3 4; do
    echo "KSWEEP {\\"step\\": $s, \\"score\\": 10}"
    echo "KSWEEP {\\"step\\": $s, \\"score\\": 8$CONFIG_X}"
    sleep 0.1
done
"""


def test_the_last_report_of_a_step_is_the_one_that_counts(tmp_path):
    (tmp_path / "twice").write_text(TWICE)
    results, settings = new(5, f"sh {tmp_path}/twice", stop=StopRule.MEDIAN)
    run_all(results, settings)
    assert states(results) == [SUCCESS] * 5


def test_a_trial_at_its_last_step_may_save_what_it_learnt(tmp_path):
    (tmp_path / "late").write_text(
        'KSWEEP() { echo "KSWEEP {\\"step\\": $1, \\"score\\": $2}"; }\n'
        "if [ $CONFIG_X -lt 4 ]; then for s in 1 2 3; do KSWEEP $s 90; done\n"
        "else KSWEEP 3 1; sleep 0.5; fi\n"
    )
    results, settings = new(4, f"sh {tmp_path}/late", stop=StopRule.MEDIAN, max_steps=3)
    run_all(results, settings)
    assert states(results) == [SUCCESS] * 4


def test_steps_that_begin_anew_are_told_of_once(tmp_path):
    (tmp_path / "anew").write_text(
        "for run in 1 2; do for s in 1 2; do\n"
        'echo "KSWEEP {\\"step\\": $s, \\"score\\": $run$CONFIG_X}"\n'
        "done; done\n"
    )
    results, settings = new(3, f"sh {tmp_path}/anew", **HALVING)
    events = run_all(results, settings)
    assert [one.text for one in events if isinstance(one, Noticed)] == [
        "config_001 gave step 1 again after step 2: its score cannot be judged step by step, and "
        "nothing like it is stopped early (see docs/search.md)"
    ]
    assert states(results) == [SUCCESS] * 3


def test_a_failed_trial_says_nothing_of_its_metric():
    results, settings = new(2, "sh -c 'echo score = 1; exit $((CONFIG_X - 1))'", **HALVING)
    assert not [one for one in run_all(results, settings) if isinstance(one, Noticed)]


class Always:
    """A rule that gives everything up."""

    def judge(self, trial, history):
        step, value = history[-1]
        return Pruning(step, value, "always")

    def end(self, trial, history, whole=True):
        pass


@pytest.fixture
def watching():
    """A trial in a directory, and what watches it."""
    results, settings = new(1, "true", **HALVING)
    (entry,) = results.entries
    trial = results.trial(entry)
    with closing(Watch(Always(), settings)) as watch:
        yield watch, trial, lambda now: watch.look([(entry, trial)], now)


def repeated(look, now):
    """What comes of looking at that time; the answer to a first look may take a moment."""
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        yield look(now)
        time.sleep(0.01)


def test_a_trial_that_takes_its_time_to_end_is_judged_once(watching):
    _, trial, look = watching
    log = Path(trial.log_path)
    assert look(0) == {}  # it has said nothing
    log.write_text("score = 1\n")
    assert not any(repeated(look, 0.001))  # too soon after the last look
    until = time.monotonic() + 60
    while not (verdicts := look(1)) and time.monotonic() < until:
        time.sleep(0.01)
    assert verdicts["config_001"].step == 1
    log.write_text("score = 1\nscore = 2\n")
    assert not any(repeated(look, 9))


def test_a_young_trial_is_looked_at_often_and_an_old_one_now_and_then(watching):
    watch, _, look = watching
    waits = []
    for now in (0, 1, 100):
        look(now)
        waits.append(watch.wait_s(now))
    assert waits == pytest.approx([0.01, 0.03, 3])


def test_nothing_is_judged_before_the_rule_knows_who_has_ended(watching):
    watch, trial, look = watching
    Path(trial.log_path).write_text("score = 1\n")
    watch.end(result(entry(2)), trial)
    assert look(0) == {}
    assert not any(repeated(look, 1))
    assert list(watch.notices()) == []
    assert any(repeated(look, 2))

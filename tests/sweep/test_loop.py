"""The run, on real processes."""

import json
import os
import threading
import time
from contextlib import closing

import pytest

from ksweep.admission import Site
from ksweep.backends.local import LocalBackend
from ksweep.errors import SurroundingsError
from ksweep.model import TrialState
from ksweep.sweep import (
    Finished,
    Interrupt,
    Noticed,
    RunOptions,
    StopReason,
    TrialEnded,
    TrialStarted,
    Waiting,
    run,
    selection,
)
from ksweep.sweep.limits import Patience
from sweep.making import again, entry, log, new, run_all, runs, states

NOTE = 'echo "$KSWEEP_NAME" >> runs; '
DONE = Finished(StopReason.DONE, 0)
SUCCESS, FAILED = TrialState.SUCCESS, TrialState.FAILED


def sh(script):
    return f"sh -c '{script}'"


@pytest.fixture
def short_pauses(monkeypatch):
    monkeypatch.setattr(selection, "_FIRST_PAUSE_S", 0.05)


def ledger(results):
    with open(results.ledger_path) as file:
        return [json.loads(line) for line in file]


def test_every_trial_runs_once_and_is_recorded_twice():
    results, settings = new(5, sh(NOTE + "echo out; echo err >&2"), jobs=2)
    events = run_all(results, settings)
    assert sorted(runs()) == [f"config_00{n}" for n in range(1, 6)]
    assert states(results) == [SUCCESS] * 5
    assert sorted(line["name"] for line in ledger(results)) == sorted(runs())
    assert log(results, 3) == "out\nerr\n"
    assert events[-1] == DONE


def test_the_events_tell_what_happens():
    results, settings = new(2, "true")
    events = [one for one in run_all(results, settings) if one != Waiting()]
    assert [type(one) for one in events] == [
        TrialStarted, TrialEnded, TrialStarted, TrialEnded, Finished,
    ]  # fmt: skip
    assert events[0] == TrialStarted("config_001", 1)
    assert events[1].result == again(results).results()[0]
    assert events[1].result.metrics == {}


def test_at_most_so_many_run_at_once():
    count = 'n=$(ls "$KSWEEP_SWEEP"/*/alive 2>/dev/null | wc -l); echo "$n" >> counts; '
    script = 'touch "$KSWEEP_DIR/alive"; ' + count + 'sleep 0.1; rm "$KSWEEP_DIR/alive"'
    results, settings = new(8, sh(script), jobs=3)
    run_all(results, settings)
    with open("counts") as file:
        counts = [int(line) for line in file]
    assert max(counts) == 3


def test_a_moment_in_which_nothing_happens_is_told():
    results, settings = new(1, "sleep 1")
    events = run_all(results, settings)
    assert events.count(Waiting()) >= 2


def test_a_finished_sweep_has_nothing_to_do():
    results, settings = new(2, sh(NOTE))
    run_all(results, settings)
    assert run_all(results, settings) == [DONE]
    assert len(runs()) == 2


def test_failures_do_not_stop_the_others():
    results, settings = new(4, sh(NOTE + "exit $((CONFIG_X % 2))"))
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [FAILED, SUCCESS, FAILED, SUCCESS]


def test_a_time_limit_ends_a_trial_and_not_the_sweep():
    results, settings = new(2, sh(NOTE + "[ $CONFIG_X = 2 ] || sleep 60"), timeout=1)
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [TrialState.TIMEOUT, SUCCESS]


# -- retries -------------------------------------------------------------------------------------


def test_a_failure_is_tried_again_and_leaves_its_attempts(short_pauses):
    script = NOTE + "echo attempt $KSWEEP_ATTEMPT; [ $KSWEEP_ATTEMPT = 3 ]"
    results, settings = new(1, sh(script), retries=3)
    ended = [one for one in run_all(results, settings) if isinstance(one, TrialEnded)]
    assert [one.result.attempt for one in ended] == [1, 2, 3]
    assert [one.retry_in for one in ended] == [0.05, 0.1, None]
    assert states(results) == [SUCCESS]
    assert log(results, 1) == "attempt 3\n"
    trial = results.trial(results.entries[0])
    for number in (1, 2):
        with open(f"{trial.path}/attempt_{number}/output.log") as file:
            assert file.read() == f"attempt {number}\n"


def test_retries_come_to_an_end(short_pauses):
    results, settings = new(1, sh(NOTE + "exit 1"), retries=2)
    assert run_all(results, settings)[-1] == DONE
    assert len(runs()) == 3
    assert run_all(results, settings) == [DONE]


def test_a_time_limit_is_not_tried_again(short_pauses):
    results, settings = new(1, sh(NOTE + "sleep 60"), retries=2, timeout=1)
    run_all(results, settings)
    assert len(runs()) == 1


def test_a_pause_does_not_hold_up_the_others(monkeypatch):
    monkeypatch.setattr(selection, "_FIRST_PAUSE_S", 1.0)
    times = "date +%s.%N >> runs; [ $CONFIG_X != 1 ]"
    results, settings = new(4, sh(times), retries=1)
    run_all(results, settings)
    first, *others, last = map(float, runs())
    assert len(others) == 3
    assert others[-1] - first < 0.9
    assert last - first > 0.9


def test_a_retry_that_was_still_to_come_is_not_forgotten(monkeypatch):
    results, settings = new(1, sh(NOTE + "exit 1"), retries=1)
    interrupt = Interrupt()
    interrupts_at(interrupt, "runs", 1)
    events = run_all(results, settings, interrupt)
    assert events[-1] == Finished(StopReason.INTERRUPTED, 1)
    monkeypatch.setattr(selection, "_FIRST_PAUSE_S", 0.05)
    assert run_all(results, settings)[-1] == DONE
    assert len(runs()) == 2
    assert run_all(results, settings) == [DONE]


# -- stopping ------------------------------------------------------------------------------------


def interrupts_at(interrupt, path, lines, ask="ask"):
    """Interrupt as soon as the trials have written so many lines."""

    def watch():
        while len(runs(path)) < lines:
            time.sleep(0.01)
        getattr(interrupt, ask)()

    threading.Thread(target=watch, daemon=True).start()


def test_when_the_first_trials_all_fail_the_sweep_stops():
    results, settings = new(20, sh(NOTE + "exit 1"), max_failures=3)
    assert run_all(results, settings)[-1] == Finished(StopReason.MAX_FAILURES, 17)
    assert len(runs()) == 3


def test_only_trials_that_have_failed_for_good_stop_a_sweep(short_pauses):
    results, settings = new(4, sh(NOTE + "exit 1"), max_failures=2, retries=2, jobs=2)
    events = run_all(results, settings)
    assert len(runs()) >= 6
    assert events[-1].reason is StopReason.MAX_FAILURES
    for_good = [r for r in again(results).results() if r.attempt == 3]
    assert len(for_good) >= 2


def test_failures_that_a_retry_mends_are_none(short_pauses):
    results, settings = new(
        3, sh(NOTE + "[ $KSWEEP_ATTEMPT = 2 ]"), max_failures=2, retries=1, jobs=3
    )
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [SUCCESS] * 3


def test_one_success_is_enough_to_go_on():
    results, settings = new(8, sh(NOTE + "[ $CONFIG_X = 2 ]"), max_failures=3)
    assert run_all(results, settings)[-1] == DONE
    assert len(runs()) == 8


def test_a_success_of_before_is_enough_to_go_on():
    results, settings = new(6, sh(NOTE + "[ $CONFIG_X = 1 ]"), max_failures=2)
    run_all(results, settings, max_runs=1)
    assert run_all(results, settings)[-1] == DONE


def test_without_a_limit_all_may_fail():
    results, settings = new(12, sh(NOTE + "exit 1"), max_failures=0)
    assert run_all(results, settings)[-1] == DONE
    assert len(runs()) == 12


def test_the_first_failure_can_stop_the_sweep():
    results, settings = new(6, sh(NOTE + "[ $CONFIG_X != 3 ]"))
    events = run_all(results, settings, stop_on_failure=True)
    assert events[-1] == Finished(StopReason.FAILURE, 3)
    assert len(runs()) == 3


def test_only_so_many_are_started():
    results, settings = new(5, sh(NOTE), jobs=4)
    assert run_all(results, settings, max_runs=2)[-1] == Finished(StopReason.MAX_RUNS, 3)
    assert sorted(runs()) == ["config_001", "config_002"]
    assert run_all(results, settings)[-1] == DONE
    assert len(runs()) == 5


def test_retries_are_no_further_runs(short_pauses):
    results, settings = new(3, sh(NOTE + "[ $KSWEEP_ATTEMPT = 2 ]"), retries=1)
    assert run_all(results, settings, max_runs=1)[-1] == Finished(StopReason.MAX_RUNS, 2)
    assert runs() == ["config_001", "config_001"]
    assert states(results)[0] is SUCCESS


def test_asked_once_the_running_trials_finish():
    results, settings = new(4, sh(NOTE + "sleep 0.5"), jobs=2)
    interrupt = Interrupt()
    interrupts_at(interrupt, "runs", 2)
    assert run_all(results, settings, interrupt)[-1] == Finished(StopReason.INTERRUPTED, 2)
    assert states(results) == [SUCCESS, SUCCESS, TrialState.PENDING, TrialState.PENDING]


@pytest.mark.parametrize("times", ["twice", "demanded"])
def test_asked_again_they_are_ended(times):
    results, settings = new(3, sh(NOTE + "sleep 60"), jobs=2)
    interrupt = Interrupt()
    if times == "twice":
        interrupt.ask()
        interrupt.soft = False
        interrupts_at(interrupt, "runs", 2, "demand")
    else:
        interrupts_at(interrupt, "runs", 2, "demand")
    start = time.monotonic()
    events = run_all(results, settings, interrupt)
    assert time.monotonic() - start < 10
    assert events[-1] == Finished(StopReason.INTERRUPTED, 3)
    assert states(results) == [TrialState.CANCELLED] * 2 + [TrialState.PENDING]
    run_all(results, settings, max_runs=0)
    assert [line["status"] for line in ledger(results)] == ["cancelled"] * 2


def test_an_interrupt_counts():
    interrupt = Interrupt()
    assert (interrupt.soft, interrupt.hard) == (False, False)
    interrupt.ask()
    assert (interrupt.soft, interrupt.hard) == (True, False)
    interrupt.ask()
    assert (interrupt.soft, interrupt.hard) == (True, True)


def test_an_interrupt_when_all_is_done_is_no_interruption():
    results, settings = new(1, sh(NOTE + "sleep 0.3"))
    interrupt = Interrupt()
    interrupts_at(interrupt, "runs", 1)
    assert run_all(results, settings, interrupt)[-1] == DONE


def test_cancelled_trials_run_again():
    results, settings = new(2, sh(NOTE + "[ $KSWEEP_ATTEMPT = 2 ] || sleep 60"), jobs=2)
    interrupt = Interrupt()
    interrupts_at(interrupt, "runs", 2, "demand")
    run_all(results, settings, interrupt)
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [SUCCESS, SUCCESS]


def test_who_stops_listening_ends_what_runs():
    results, settings = new(2, "sleep 60", jobs=2)
    with results.lock(), closing(LocalBackend(grace_s=0.5)) as backend:
        events = run(results, backend, RunOptions(settings), Interrupt())
        assert next(events) == TrialStarted("config_001", 1)
        events.close()
    assert states(results) == [TrialState.CANCELLED] * 2


# -- choosing ------------------------------------------------------------------------------------


def test_only_runs_a_trial_again_that_has_a_result():
    results, settings = new(3, sh(NOTE))
    run_all(results, settings)
    assert run_all(results, settings, only=("config_002",))[-1] == DONE
    assert runs().count("config_002") == 2
    assert len(runs()) == 4
    assert again(results).results()[1].attempt == 2


def test_failed_trials_run_again_when_they_are_asked_for():
    results, settings = new(2, sh(NOTE + "[ $KSWEEP_ATTEMPT = 2 ]"))
    run_all(results, settings)
    assert states(results) == [FAILED, FAILED]
    run_all(results, settings, retry=frozenset({FAILED}))
    assert states(results) == [SUCCESS, SUCCESS]


def test_a_result_that_was_lost_from_disk_is_restored_and_not_run():
    results, settings = new(2, sh(NOTE))
    run_all(results, settings)
    for one in results.entries:
        os.unlink(results.trial(one).result_path)
    assert run_all(results, settings) == [DONE]
    assert len(runs()) == 2
    assert states(results) == [SUCCESS, SUCCESS]


# -- trouble -------------------------------------------------------------------------------------


def test_a_trial_whose_record_vanishes_is_lost():
    """A program may remove its own directory's files; what it did is then not known."""
    results, settings = new(2, sh(NOTE))
    taken = results.trial(entry(1))

    class Forgetful(LocalBackend):
        def poll(self, timeout=0):
            found = super().poll(timeout)
            if found.get("config_001", TrialState.RUNNING).ended:
                os.unlink(taken.result_path)
            return found

    with results.lock(), closing(Forgetful(grace_s=0.5)) as backend:
        events = list(run(results, backend, RunOptions(settings), Interrupt()))
    assert events[-1] == DONE
    assert states(results) == [TrialState.LOST, SUCCESS]
    assert again(results).results()[0].error == "the trial is gone and left no result"


def test_a_results_directory_that_is_gone_stops_the_run():
    """What was recorded stays, what runs is ended."""
    started = 'while [ ! -e "$KSWEEP_DIR"/started.json ]; do :; done'
    move = f'[ $KSWEEP_ATTEMPT = 2 ] || ({started}; mv "$KSWEEP_SWEEP" away)'
    results, settings = new(3, sh(f"{NOTE} [ $CONFIG_X != 2 ] || {move}"))
    with pytest.raises(SurroundingsError) as caught:
        run_all(results, settings)
    assert str(caught.value).startswith(results.trial(entry(2)).path)
    assert ": cannot write this: No such file or directory; it has to be" in str(caught.value)
    os.rename("away", results.path)
    assert states(results) == [SUCCESS, TrialState.LOST, TrialState.PENDING]
    assert run_all(results, settings)[-1] == DONE
    assert states(results) == [SUCCESS] * 3
    assert runs() == ["config_001", "config_002", "config_002", "config_003"]


def test_a_ledger_that_cannot_be_written_stops_the_run_and_loses_nothing():
    results, settings = new(3, sh(NOTE + "sleep 0.1"), jobs=2)
    with results.lock(), closing(LocalBackend(grace_s=0.5)) as backend:
        events = run(results, backend, RunOptions(settings), Interrupt())
        next(events)
        limit_ledger(results)
        with pytest.raises(SurroundingsError, match=r"results\.jsonl: cannot write this"):
            list(events)
    kept = [one.name for one in again(results).results() if one.status is SUCCESS]
    assert kept
    assert run_all(results, settings)[-1] == DONE
    assert len(ledger(results)) >= 3
    assert states(results) == [SUCCESS] * 3
    assert [runs().count(name) for name in kept] == [1] * len(kept)


def limit_ledger(results):
    """Have the open ledger refuse every further byte, as a full disk does."""
    for fd in os.listdir("/proc/self/fd"):
        path = f"/proc/self/fd/{fd}"
        if os.path.lexists(path) and os.readlink(path) == results.ledger_path:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, int(fd), inheritable=False)
            os.close(full)
            return
    pytest.fail("the ledger is not open")


def test_what_the_machine_has_no_room_for_is_pending_and_stays_so_when_asked_to_stop():
    results, settings = new(4, sh(NOTE + "sleep 1"), jobs=3, memory_mb="60", memory_total_mb=100)
    interrupt = Interrupt()
    options = RunOptions(settings)
    with results.lock(), closing(LocalBackend(0.5, Site((), memory_mb=100))) as backend:
        events = []
        for event in run(results, backend, options, interrupt):
            events.append(event)
            if isinstance(event, TrialStarted):
                interrupt.ask()
    started = [event.name for event in events if isinstance(event, TrialStarted)]
    assert started == runs() == ["config_001"]
    assert events[-1] == Finished(StopReason.INTERRUPTED, 3)
    assert states(results) == [SUCCESS] + [TrialState.PENDING] * 3
    run_all(results, settings)
    assert states(results) == [SUCCESS] * 4


def test_a_run_whose_time_is_over_starts_nothing_more_and_not_what_failed_either():
    results, settings = new(9, sh(NOTE + "sleep 0.4; exit 1"), budget=1, retries=5, max_failures=0)
    events = run_all(results, settings)
    assert events[-1].reason is StopReason.BUDGET
    assert events[-1].left >= 9 - len(runs())
    assert 1 <= len(runs()) <= 4


def test_a_limit_that_is_too_low_is_told_once():
    results, settings = new(3, "sleep 60", timeout=1, jobs=3)
    told = [event.text for event in run_all(results, settings) if isinstance(event, Noticed)]
    assert len(told) == 1
    assert told[0].endswith(
        " was ended: no end after 1 s; if trials need that, raise CONFIG_SWEEP_TIMEOUT"
    )


def test_a_formula_without_a_value_for_one_of_them_is_told_and_it_is_started():
    results, settings = new(3, sh(NOTE + "true"), memory_mb="10 / (X - 2)")
    told = [event.text for event in run_all(results, settings) if isinstance(event, Noticed)]
    assert told[0].startswith("CONFIG_SWEEP_MEMORY_MB: config_001: `10 / (X - 2)` is -10; ")
    assert told[0].endswith("; it is started all the same")
    assert sorted(runs()) == ["config_001", "config_002", "config_003"]


@pytest.mark.parametrize("why", ["the time is over", "the machine is full"])
def test_a_second_attempt_that_may_not_start_costs_nothing(short_pauses, why):
    """One fails at once and would be tried again, while the other runs for a while."""
    script = "if [ $CONFIG_X = 1 ]; then exit 1; fi; sleep 2"
    settings = (
        {"budget": 1, "jobs": 2} if why == "the time is over" else {"memory_mb": "60", "jobs": 3}
    )
    results, chosen = new(3, sh(script), retries=5, max_failures=0, **settings)
    site = Site((), memory_mb=100) if "memory_mb" in settings else Site(())
    used = time.process_time()
    with results.lock(), closing(LocalBackend(0.5, site)) as backend:
        for _ in run(results, backend, RunOptions(chosen), Interrupt()):
            pass
    assert time.process_time() - used < 1


def test_the_time_is_over_for_what_waits_too():
    results, settings = new(3, sh(NOTE + "sleep 2"), jobs=3, budget=1, memory_mb="60")
    with results.lock(), closing(LocalBackend(0.5, Site((), memory_mb=100))) as backend:
        events = list(run(results, backend, RunOptions(settings), Interrupt()))
    assert runs() == ["config_001"]
    assert events[-1] == Finished(StopReason.BUDGET, 2)


def test_that_nothing_runs_is_told_once():
    patience = Patience()
    said = [list(patience.look(["config_003"], 1, now)) for now in range(60)]
    assert [text for texts in said for text in texts] == [
        "nothing runs: config_003 waits for memory that others use"
    ]
    assert said[10]
    patience = Patience()
    assert not any(list(patience.look(["config_003"], 2, now)) for now in range(60))

"""One attempt at one trial, from its job to its `result.json`."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from process.making import limited_group

from ksweep.errors import SurroundingsError
from ksweep.metrics import Reader
from ksweep.model import Allotment, Cause, Job, MetricQuery, Needs, Pruning, Result, TrialState
from ksweep.process import Supervisor
from ksweep.process.process import Phase
from ksweep.proctable import ProcFs, boot_id
from ksweep.store import TrialDir
from ksweep.trial import Trial, record_hopeless, record_unstarted

GRACE_S = 0.3
PATIENCE_S = 30


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor.here()
    yield made
    made.close()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job whose program is to be filled in."""
    directory = str(tmp_path / "config_007")
    TrialDir.create(directory, "CONFIG_X=1\n")
    return Job(
        name="config_007",
        id="0123456789ab",
        attempt=2,
        directory=directory,
        argv=(),
        cwd=str(tmp_path),
        env={"PATH": os.environ["PATH"], "KSWEEP_DIR": directory},
        params={"CONFIG_X": "1"},
        query=MetricQuery(("score",)),
    )


def python(job: Job, script: str) -> Job:
    return replace(job, argv=(sys.executable, "-c", "import os, sys, time\n" + script))


def run(
    job: Job, supervisor: Supervisor, meanwhile: Callable[[Trial], None] = lambda trial: None
) -> Result:
    with Reader() as reader:
        trial = Trial(job, supervisor, GRACE_S, time.monotonic(), reader)
        meanwhile(trial)
        finish(trial, reader)
    result = TrialDir(job.directory).result()
    assert result is not None
    return result


def finish(trial: Trial, reader: Reader) -> Result:
    deadline = time.monotonic() + PATIENCE_S
    while not trial.process.advance(time.monotonic()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    trial.end()
    while not trial.is_read:
        assert time.monotonic() < deadline
        reader.poll()
        time.sleep(0.01)
    return trial.finish()


def test_a_success_has_everything(job: Job, supervisor: Supervisor) -> None:
    script = "print('score: 1'); print('KSWEEP', '{\"loss\": NaN}'); time.sleep(0.2)"
    result = run(python(job, script), supervisor)
    assert (result.name, result.id, result.attempt) == (job.name, job.id, job.attempt)
    assert (result.status, result.exit_code) == (TrialState.SUCCESS, 0)
    assert (result.error, result.log_tail) == (None, None)
    assert (result.host, result.params) == (socket.gethostname(), job.params)
    assert result.metrics["score"] == 1
    assert math.isnan(result.metrics["loss"])
    used = result.resources
    assert used.wall_s is not None
    assert used.wall_s > 0.2
    times = [datetime.fromisoformat(text) for text in (result.started_at, result.finished_at)]
    assert 0.2 < (times[1] - times[0]).total_seconds() < PATIENCE_S
    assert times[0].utcoffset() is not None


def test_who_runs_it_is_noted_at_its_start(job: Job, supervisor: Supervisor) -> None:
    def check(trial: Trial) -> None:
        started = TrialDir(job.directory).started()
        assert started is not None
        assert (started["attempt"], started["host"]) == (2, socket.gethostname())
        assert started["boot_id"] == boot_id()
        assert isinstance(started["pid"], int)
        row = ProcFs().row(started["pid"])
        assert row is not None
        assert (row.ppid, row.start_ticks) == (os.getpid(), started["start_ticks"])
        assert started["cgroup"] is None or os.path.isdir(str(started["cgroup"]))

    run(python(job, "time.sleep(0.3)"), supervisor, check)


@pytest.mark.parametrize(
    ("script", "code", "error"),
    [
        ("sys.exit(3)", 3, "exit code 3"),
        ("os.kill(os.getpid(), 9)", -9, "killed by SIGKILL"),
        ("os.kill(os.getpid(), 40)", -40, "killed by signal 40"),
    ],
)
def test_a_failure_says_why(
    job: Job, supervisor: Supervisor, script: str, code: int, error: str
) -> None:
    result = run(python(job, f"print('last words', flush=True); {script}"), supervisor)
    assert (result.status, result.exit_code, result.error) == (TrialState.FAILED, code, error)
    assert result.log_tail == "last words"


def test_metrics_of_a_failure_are_kept(job: Job, supervisor: Supervisor) -> None:
    result = run(python(job, "print('score = 7'); sys.exit(1)"), supervisor)
    assert result.metrics == {"score": 7}


def test_too_long(job: Job, supervisor: Supervisor) -> None:
    result = run(replace(python(job, "time.sleep(60)"), timeout=0.3), supervisor)
    assert (result.status, result.error) == (TrialState.TIMEOUT, "no end after 0.3 s")


def surveyed(supervisor: Supervisor) -> Callable[[Trial], None]:
    """As a back-end that looks at a grown trial again and again, to its end."""

    def survey(trial: Trial) -> None:
        while not trial.process.advance(now := time.monotonic()):
            supervisor.survey(now)
            trial.sample_surveyed({}, now)
            time.sleep(0.05)

    return survey


def stopping(job: Job, pruning: Pruning | None, cause: Cause) -> Callable[[Trial], None]:
    """As a runner that decides to end a trial, once it has printed something."""

    def stop(trial: Trial) -> None:
        while not os.path.getsize(TrialDir(job.directory).log_path):
            time.sleep(0.01)
        if pruning is not None:
            TrialDir(job.directory).write_pruning(pruning)
        trial.process.stop(cause, time.monotonic())

    return stop


RULE = "hyperband (bracket 0): 71.2 at step 9 is not among the best 1/3 of 12"
LONG = "print('score: 3', flush=True); time.sleep(60)"


def test_a_trial_that_is_stopped_early_says_why(job: Job, supervisor: Supervisor) -> None:
    stop = stopping(job, Pruning(9, 71.2, RULE), Cause.PRUNED)
    result = run(python(job, LONG), supervisor, stop)
    assert (result.status, result.error) == (TrialState.PRUNED, RULE)
    assert result.pruned == Pruning(9, 71.2, RULE)
    assert (result.metrics, result.log_tail) == ({"score": 3}, "score: 3")


def test_a_reason_that_was_lost_is_not_invented(job: Job, supervisor: Supervisor) -> None:
    result = run(python(job, LONG), supervisor, stopping(job, None, Cause.PRUNED))
    assert (result.status, result.error, result.pruned) == (TrialState.PRUNED, "pruned", None)


def test_a_trial_that_ends_by_itself_was_not_stopped(job: Job, supervisor: Supervisor) -> None:
    """The decision was on the disk, and the program was faster."""
    TrialDir(job.directory).write_pruning(Pruning(9, 71.2, RULE))
    result = run(python(job, "print('score: 3')"), supervisor)
    assert (result.status, result.error, result.pruned) == (TrialState.SUCCESS, None, None)


def test_a_trial_that_is_cancelled_was_not_stopped_early(job: Job, supervisor: Supervisor) -> None:
    stop = stopping(job, Pruning(9, 71.2, RULE), Cause.CANCELLED)
    result = run(python(job, LONG), supervisor, stop)
    assert (result.error, result.pruned) == ("cancelled", None)


def test_a_success_while_being_cancelled_is_cancelled(job: Job, supervisor: Supervisor) -> None:
    script = (
        "import signal; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "open(os.environ['KSWEEP_DIR'] + '/ready', 'w').close(); time.sleep(60)"
    )

    def cancel(trial: Trial) -> None:
        while not Path(job.directory, "ready").exists():
            time.sleep(0.01)
        trial.process.stop(Cause.CANCELLED, time.monotonic())

    result = run(python(job, script), supervisor, cancel)
    assert (result.status, result.exit_code) == (TrialState.CANCELLED, 0)
    assert result.error == "cancelled"


def test_a_program_that_removes_its_log_harms_nobody(job: Job, supervisor: Supervisor) -> None:
    script = "os.chdir(os.environ['KSWEEP_DIR']); os.remove('output.log'); os.mkfifo('output.log')"
    result = run(python(job, script + "; sys.exit(1)"), supervisor)
    assert (result.status, result.metrics, result.log_tail) == (TrialState.FAILED, {}, None)


def test_the_result_is_one_line_of_json(job: Job, supervisor: Supervisor) -> None:
    run(python(job, "print('score: inf')"), supervisor)
    text = Path(job.directory, "result.json").read_text()
    assert json.loads(text)["metrics"] == {"score": "inf"}
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"argv": ("./nowhere",)}, "./nowhere cannot be started: No such file or directory"),
        ({"cwd": "/nowhere"}, "/nowhere cannot be the directory to run in: No such file"),
        ({"argv": ("/dev/null",)}, "/dev/null cannot be started: Permission denied"),
    ],
)
def test_what_cannot_be_started(
    job: Job, supervisor: Supervisor, change: dict[str, object], text: str
) -> None:
    broken = replace(replace(job, argv=("true",)), **change)  # type: ignore[arg-type]
    with pytest.raises((FileNotFoundError, PermissionError)) as caught:
        Trial(broken, supervisor, GRACE_S, time.monotonic(), Reader())
    result = record_unstarted(broken, caught.value)
    assert result.error is not None
    assert result.error.startswith(text)
    assert (result.status, result.exit_code) == (TrialState.FAILED, None)
    assert TrialDir(job.directory).result() == result


def test_a_directory_that_cannot_be_written_is_named(job: Job, supervisor: Supervisor) -> None:
    gone = replace(python(job, ""), directory=job.directory + "/gone")
    with pytest.raises(SurroundingsError, match=r"config_007/gone/output\.log: cannot write"):
        Trial(gone, supervisor, GRACE_S, time.monotonic(), Reader())


def test_a_log_is_followed_while_it_grows(job: Job, supervisor: Supervisor) -> None:
    place = "os.environ['KSWEEP_DIR'] + '/ready'"
    script = (
        "print('score 1\\nscore 2', flush=True); open(PLACE, 'w').close()\n"
        "while os.path.exists(PLACE): time.sleep(0.01)\n"
        "print('score 3')\n"
    ).replace("PLACE", place)

    def follow(trial: Trial) -> None:
        ready = Path(job.directory, "ready")
        while not ready.exists():
            time.sleep(0.01)
        trial.sample_surveyed({}, time.monotonic())
        trial.sample_surveyed({}, time.monotonic())
        ready.unlink()

    assert run(python(job, script), supervisor, follow).metrics == {"score": 3}


def test_an_allotment_is_recorded(job: Job, supervisor: Supervisor) -> None:
    core = min(os.sched_getaffinity(0))
    script = "import os; print(os.sched_getaffinity(0))"
    reader, given = Reader(), Allotment((core,), (3,))
    trial = Trial(python(job, script), supervisor, GRACE_S, time.monotonic(), reader, given)
    started = TrialDir(job.directory).started()
    assert started is not None
    assert (started["cores"], started["gpus"]) == ([core], [3])
    with reader:
        result = finish(trial, reader)
    assert (result.cores, result.gpus) == ((core,), (3,))
    assert TrialDir(job.directory).result() == result
    assert Path(TrialDir(job.directory).log_path).read_text() == f"{{{core}}}\n"


def test_a_limit_of_memory_is_seen_to(job: Job, supervisor: Supervisor) -> None:
    """What the trial's children take counts as well."""
    limited = replace(job, needs=Needs(memory_limit_mb=150))
    script = "pid = os.fork(); held = b'x' * (100 << 20); time.sleep(60)"
    result = run(python(limited, script), supervisor, _look_on)
    assert (result.status, result.error) == (
        TrialState.OOM, "took more than 150 MB, the limit of memory",
    )  # fmt: skip
    assert result.resources.wall_s is not None
    assert result.resources.wall_s < 20


def test_memory_that_processes_share_counts_once(job: Job, supervisor: Supervisor) -> None:
    limited = replace(job, needs=Needs(memory_limit_mb=150))
    script = "held = b'x' * (100 << 20); pid = os.fork(); time.sleep(1)"
    result = run(python(limited, script), supervisor, _look_on)
    assert result.status is TrialState.SUCCESS
    assert result.resources.peak_rss_mb is not None
    assert result.resources.peak_rss_mb > 190  # of which 100 are counted twice


def _look_on(trial: Trial) -> None:
    """As the back-end does."""
    while trial.process.phase is Phase.RUNNING and not trial.process.main_ended:
        trial.sample(time.monotonic())
        trial.process.advance(time.monotonic())
        time.sleep(0.02)


def test_what_the_kernel_ends_for_want_of_memory_is_told_from_any_kill(
    job: Job, supervisor: Supervisor
) -> None:
    with limited_group(50) as group:
        enter = f"open('{group}/cgroup.procs', 'w').write(str(os.getpid()))"
        result = run(python(job, f"{enter}; held = b'x' * (200 << 20)"), supervisor)
    assert (result.status, result.exit_code) == (TrialState.OOM, -9)
    assert result.error == "killed by SIGKILL: the kernel ran out of memory"
    result = run(python(replace(job, attempt=3), "os.kill(os.getpid(), 9)"), supervisor)
    assert result.status is TrialState.FAILED


def test_a_trial_that_prints_nothing_and_does_nothing_stalls(
    job: Job, supervisor: Supervisor
) -> None:
    lively = "for i in range(8): print(i, flush=True); time.sleep(0.1)"
    result = run(replace(python(job, lively), stall_timeout=0.5), supervisor, surveyed(supervisor))
    assert result.status is TrialState.SUCCESS
    idle = replace(python(job, "time.sleep(60)"), stall_timeout=0.5, attempt=3)
    result = run(idle, supervisor, surveyed(supervisor))
    assert (result.status, result.cause) == (TrialState.TIMEOUT, Cause.STALL)
    assert result.error == "no output and no CPU for 0.5 s"


def test_a_stalled_trial_whose_child_outlives_it_has_stalled(
    job: Job, supervisor: Supervisor
) -> None:
    script = (
        "import signal\n"
        "if os.fork() == 0: signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "time.sleep(60)"
    )
    result = run(replace(python(job, script), stall_timeout=0.5), supervisor, surveyed(supervisor))
    assert (result.exit_code, result.cause) == (-signal.SIGTERM, Cause.STALL)


def test_a_program_that_is_hopeless_is_recorded_without_being_started(job: Job) -> None:
    result = record_hopeless(replace(job, needs=Needs(memory_mb=2000)), 1000)
    assert result == TrialDir(job.directory).result()
    assert (result.status, result.exit_code) == (TrialState.OOM, None)
    assert result.error == "not started: by the formula it needs 2,000 MB of 1,000 MB"

"""How a trial ended, and why, in one line."""

from __future__ import annotations

import pytest

from ksweep.model import Cause, Job, MetricQuery, Needs
from ksweep.process import Exit, Usage
from ksweep.trial.cause import cause_of, cause_text, last_words
from ksweep.trial.stall import Stall


def ended(
    code: int, reason: Cause | None = None, starved: bool = False, limited: bool = False
) -> Exit:
    return Exit(code, reason, 1.0, Usage(0.0, None, None), starved, limited)


def job(limit_mb: int = 0) -> Job:
    return Job(
        "config_001", "0" * 12, 1, "/d", ("x",), "/", {}, {}, MetricQuery(()),
        timeout=5, stall_timeout=3, needs=Needs(memory_limit_mb=limit_mb),
    )  # fmt: skip


def why(one: Exit, tail: str | None = None, limit_mb: int = 0) -> str:
    cause = cause_of(one, tail)
    assert cause is not None
    return f"{cause.state}: {cause_text(cause, one.code, job(limit_mb), tail, None)}"


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (ended(3), "failed: exit code 3"),
        (ended(-11), "failed: killed by SIGSEGV"),
        (ended(-9), "failed: killed by SIGKILL"),
        (ended(-9, starved=True), "oom: killed by SIGKILL: the kernel ran out of memory"),
        (ended(137, starved=True), "oom: exit code 137: the kernel ran out of memory"),
        (ended(-15, Cause.TIMEOUT), "timeout: no end after 5 s"),
        (ended(-15, Cause.STALL), "timeout: no output and no CPU for 3 s"),
        (ended(-15, Cause.CANCELLED), "cancelled: cancelled"),
        (ended(0, Cause.MEMORY_LIMIT), "oom: took more than 0 MB, the limit of memory"),
    ],
)
def test_the_cause_is_one_line(one, text):
    assert why(one) == text


def test_a_limit_that_the_kernel_sees_to_is_named_like_one_that_we_see_to():
    expected = "oom: took more than 100 MB, the limit of memory"
    assert why(ended(-9, starved=True, limited=True), limit_mb=100) == expected
    assert why(ended(-15, Cause.MEMORY_LIMIT), limit_mb=100) == expected


@pytest.mark.parametrize(
    "line",
    [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
        "MemoryError",
        "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 8.00 TiB for an array",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "sh: fork: Cannot allocate memory",
        "java.lang.OutOfMemoryError: Java heap space",
        "memory allocation of 1099511627776 bytes failed",
        "jaxlib.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory allocating 1 bytes",
    ],
)
def test_a_program_that_says_that_memory_was_wanting_is_believed_if_it_failed(line):
    tail = f"step 1\n{line}\ncleaning up"
    assert why(ended(1), tail) == f"oom: exit code 1: {line}"
    assert cause_of(ended(0), tail) is None


def test_only_the_end_of_the_log_counts():
    assert last_words("MemoryError\n" + "go on\n" * 10) is None
    assert last_words("MemoryError\n" + "go on\n" * 9) == "MemoryError"
    assert last_words("MemoryErrors are caught") is None
    assert last_words(None) is None


def test_a_long_line_is_shortened():
    assert len(why(ended(1), "MemoryError " + "x" * 1000)) == len("oom: exit code 1: ") + 200


# -- stalls --------------------------------------------------------------------------------------


def test_a_trial_that_may_do_nothing_never_stalls():
    stall = Stall(0, 0.0)
    assert not any(stall.lasts(0, 0.0, False, now) for now in range(10**6, 10**7, 10**6))


@pytest.mark.parametrize(
    ("sign", "stalls"),
    [
        (lambda now: (0, 0.0, False), True),
        (lambda now: (now, 0.0, False), False),  # it writes
        (lambda now: (0, 0.02 * now, False), False),  # two percent of a core
        (lambda now: (0, 0.005 * now, False), True),  # half a percent
        (lambda now: (0, 0.0, True), False),  # it uses a GPU
    ],
)
def test_a_trial_stalls_when_nothing_shows_that_it_works(sign, stalls):
    stall = Stall(10, 0.0)
    seen = [stall.lasts(*sign(now), now) for now in range(1, 40)]
    assert any(seen) is stalls
    assert not any(seen[:8])


def test_a_child_that_ends_is_something_that_happens():
    stall = Stall(10, 0.0)
    stall.lasts(1, 50.0, False, 1)
    assert not stall.lasts(1, 2.0, False, 10)
    assert not stall.lasts(1, 2.0, False, 19)
    assert stall.lasts(1, 2.0, False, 20)

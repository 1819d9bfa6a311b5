"""How a trial ended, and why, in one line (pure)."""

from __future__ import annotations

import re
import signal

from ksweep.model import Cause, Job, Pruning
from ksweep.process import Exit

_WANTED_MEMORY = re.compile(
    r"CUDA out of memory|HIP out of memory|OutOfMemoryError|MemoryError\b|RESOURCE_EXHAUSTED"
    r"|std::bad_alloc|Cannot allocate memory|memory allocation of \d+ bytes failed"
)
_LAST_LINES = 10
_LONGEST = 200


def cause_of(ended: Exit, tail: str | None) -> Cause | None:
    """Why a process' end is no success; None where it is one.

    A program that failed for want of memory is told by the kernel, or by its own last words.

    Args:
        ended: how the process ended.
        tail: what its log ends in.
    """
    if ended.reason is not None:
        return ended.reason
    if ended.code == 0:
        return None
    if ended.starved:
        return Cause.MEMORY_LIMIT if ended.limited else Cause.MACHINE_MEMORY
    if last_words(tail) is not None:
        return Cause.PROGRAM_MEMORY
    return Cause.EXIT_CODE if ended.code > 0 else Cause.SIGNAL


def last_words(tail: str | None) -> str | None:
    """The line near the end of a log that says that memory was wanting; None where none does."""
    lines = (tail or "").splitlines()[-_LAST_LINES:]
    return next((line for line in reversed(lines) if _WANTED_MEMORY.search(line)), None)


def cause_text(cause: Cause, code: int, job: Job, tail: str | None, pruned: Pruning | None) -> str:
    """A cause of `cause_of` for people, in one line.

    Args:
        cause: why it did not succeed.
        code: how its process ended, as `Exit.code`.
        job: the trial.
        tail: what its log ends in.
        pruned: why it was stopped early, if that is known.
    """
    match cause:
        case Cause.STALL:
            return f"no output and no CPU for {job.stall_timeout:g} s"
        case Cause.TIMEOUT:
            return f"no end after {job.timeout:g} s"
        case Cause.MEMORY_LIMIT:
            return f"took more than {job.needs.memory_limit_mb} MB, the limit of memory"
        case Cause.MACHINE_MEMORY:
            return f"{exit_text(code)}: the kernel ran out of memory"
        case Cause.PROGRAM_MEMORY:
            words = " ".join((last_words(tail) or "").split())
            shown = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."
            return f"{exit_text(code)}: {shown}"
        case Cause.PRUNED if pruned is not None:
            return pruned.rule
        case Cause.EXIT_CODE | Cause.SIGNAL:
            return exit_text(code)
    return cause.value


def exit_text(code: int) -> str:
    """`exit code 1`, `killed by SIGSEGV`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"

"""How a trial ended, and why, in one line (pure)."""

from __future__ import annotations

import re
import signal

from ksweep.model import Job, Pruning, TrialState
from ksweep.process import Exit

_WANTED_MEMORY = re.compile(
    r"CUDA out of memory|HIP out of memory|OutOfMemoryError|MemoryError\b|RESOURCE_EXHAUSTED"
    r"|std::bad_alloc|Cannot allocate memory|memory allocation of \d+ bytes failed"
)
_LAST_LINES = 10
_LONGEST = 200


def state_of(ended: Exit, tail: str | None) -> TrialState:
    """The state that a process' end means; `tail` is what its log ends in.

    A program that failed for want of memory is told by the kernel, or by its own last words.
    """
    if ended.reason is not None:
        return ended.reason
    if ended.code == 0:
        return TrialState.SUCCESS
    starved = ended.starved or last_words(tail) is not None
    return TrialState.OOM if starved else TrialState.FAILED


def last_words(tail: str | None) -> str | None:
    """The line near the end of a log that says that memory was wanting; None where none does."""
    lines = (tail or "").splitlines()[-_LAST_LINES:]
    return next((line for line in reversed(lines) if _WANTED_MEMORY.search(line)), None)


def cause(
    ended: Exit,
    state: TrialState,
    job: Job,
    tail: str | None,
    pruned: Pruning | None,
    stalled: bool,
) -> str:
    """Why it did not succeed, in one line.

    Args:
        ended: how its process ended.
        state: what `state_of` says.
        job: the trial.
        tail: what its log ends in.
        pruned: why it was stopped early, if it was.
        stalled: it was ended because it did nothing.
    """
    if pruned is not None:
        return pruned.rule
    if state is TrialState.TIMEOUT:
        if stalled:
            return f"no output and no CPU for {job.stall_timeout:g} s"
        return f"no end after {job.timeout:g} s"
    if state is TrialState.OOM:
        return _want_of_memory(ended, job, tail)
    if state is not TrialState.FAILED:
        return state.value
    return exit_text(ended.code)


def _want_of_memory(ended: Exit, job: Job, tail: str | None) -> str:
    limit = job.needs.memory_limit_mb
    if ended.reason is TrialState.OOM or (ended.starved and ended.limited):
        return f"took more than {limit} MB, the limit of memory"
    if ended.starved:
        return f"{exit_text(ended.code)}: the kernel ran out of memory"
    words = " ".join((last_words(tail) or "").split())
    shown = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."
    return f"{exit_text(ended.code)}: {shown}"


def exit_text(code: int) -> str:
    """`exit code 1`, `killed by SIGSEGV`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"

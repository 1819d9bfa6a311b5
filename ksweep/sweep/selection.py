"""Which trials run, and how often (pure)."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from ksweep.errors import InputError, Where
from ksweep.model import Result, TrialState
from ksweep.store import Entry
from ksweep.sweep.events import RunOptions

RETRIED = frozenset({TrialState.FAILED, TrialState.OOM, TrialState.LOST})
FAILURES = RETRIED | {TrialState.TIMEOUT}

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0


def select(
    entries: Sequence[Entry], results: Mapping[str, Result], options: RunOptions
) -> list[Entry]:
    """The trials to run, in the order of running.

    Args:
        entries: all of the sweep.
        results: what each came to so far, by name.
        options: what is asked for.

    Raises:
        InputError: `only` names a trial that the sweep does not have.
    """
    if options.only:
        check_names(options.only, entries)
        chosen = named(entries, options.only)
    else:
        chosen = [entry for entry in entries if _is_due(results[entry.name], options)]
    return shuffled(chosen, options.settings.seed) if options.settings.shuffle else chosen


def named(entries: Iterable[Entry], only: Collection[str]) -> list[Entry]:
    """The trials that are asked for by name; `config_017` is all its repeats."""
    return [entry for entry in entries if entry.name in only or entry.base in only]


def shuffled(entries: Iterable[Entry], seed: int) -> list[Entry]:
    """The trials in an order that looks random and follows from the seed.

    Which of two comes first depends on their names alone, so a resumed sweep goes on in the order
    in which it began.
    """
    return sorted(entries, key=lambda entry: _rank(entry.name, seed))


def last_attempt(attempt: int, retries: int) -> int:
    """The number of the last attempt at a trial whose next attempt has the number `attempt`.

    What earlier invocations used up counts, until everything is used up: a trial that runs again
    then was asked for, and starts afresh.
    """
    return max(retries + 1, 1) if attempt <= retries + 1 else attempt + retries


def pause_s(failures: int) -> float:
    """How long to wait after so many failed attempts at one trial."""
    return float(min(_FIRST_PAUSE_S * 2 ** min(failures - 1, 20), _LONGEST_PAUSE_S))


def _rank(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {name}".encode()).digest()


def _is_due(result: Result, options: RunOptions) -> bool:
    if not result.status.final or result.status in options.retry:
        return True
    return result.status in RETRIED and result.attempt <= options.settings.retries


def check_names(only: Sequence[str], entries: Sequence[Entry]) -> None:
    """See that a sweep has the trials that are asked for.

    Raises:
        InputError: it has not, with the nearest names.
    """
    names = [entry.name for entry in entries]
    for name in only:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3)
            span = f"it has {names[0]} to {names[-1]}" if names else "it has none"
            fix = f"did you mean {' or '.join(near)}?" if near else span
            raise InputError(f"this sweep has no {name}", fix, Where("--only"))

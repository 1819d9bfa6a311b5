"""Which trials run, and how often (pure)."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from ksweep.errors import InputError, Where
from ksweep.model import Result, Settings, TrialState
from ksweep.store import Entry
from ksweep.sweep.events import RunOptions
from ksweep.sweep.outcomes import ChoiceKey, choice_key

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
    ordered = in_order(entries, options.settings)
    if options.only:
        check_names(options.only, entries)
        return named(ordered, options.only)
    return [entry for entry in ordered if _is_due(results[entry.name], options)]


def in_order(entries: Sequence[Entry], settings: Settings) -> list[Entry]:
    """All trials of a sweep in the order of running.

    Every configuration runs once, then every one again, so that a machine that drifts shows in the
    spread of each of them. A search runs all of a choice at once, as it learns from their mean.
    """
    ordered = shuffled(entries, settings.seed) if settings.shuffle else list(entries)
    if settings.method.adaptive or not (settings.repeat > 1 or settings.replicate):
        return ordered
    rounds: Counter[ChoiceKey] = Counter()
    round_of = {}
    for entry in entries:
        key = choice_key(entry.params, settings)
        round_of[entry.name] = rounds[key]
        rounds[key] += 1
    return sorted(ordered, key=lambda entry: round_of[entry.name])


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

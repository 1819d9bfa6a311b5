"""Reading what trials said that an interrupt left unread; the trials do not run again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from ksweep.metrics import Metrics, Reader
from ksweep.model import MetricQuery, Result
from ksweep.store import Results, TrialDir, surroundings
from ksweep.sweep.events import Interrupt

_LOOK_S = 0.3  # how soon an interrupt is noticed


def read_unread(
    results: Results, recorded: Mapping[str, Result], query: MetricQuery, interrupt: Interrupt
) -> dict[str, Result]:
    """Record the trials that have ended and were not read; the results that are new, by name.

    Raises:
        SurroundingsError: a result cannot be written.
    """
    found: dict[str, Result] = {}
    open_ = (entry for entry in results.entries if not recorded[entry.name].finished_at)
    ended = [(entry, one) for entry in open_ if (one := results.trial(entry).ended()) is not None]
    if not ended:
        return found
    with results.ledger() as ledger, Reader() as reader:
        for entry, result in ended:
            trial = results.trial(entry)
            said = _read(reader, trial, query, interrupt)
            if said is None:
                break
            whole = replace(
                result, params=entry.params, metrics=said.final, incomplete=said.incomplete
            )
            with surroundings(trial.result_path, "write"):
                trial.complete(whole)
            ledger.append(whole)
            found[entry.name] = whole
    return found


def _read(
    reader: Reader, trial: TrialDir, query: MetricQuery, interrupt: Interrupt
) -> Metrics | None:
    """What a trial said; None where somebody interrupts it."""
    follower = reader.follow(trial.metrics_path, trial.log_path, query)
    reader.finish(follower)
    while not follower.ended and not interrupt.soft:
        reader.wait(follower, time.monotonic() + _LOOK_S)
    return follower.metrics if follower.ended else None

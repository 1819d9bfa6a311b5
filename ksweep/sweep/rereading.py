"""Reading again what an interrupt left half read; the trial itself does not run again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from ksweep.metrics import INTERRUPTED, Reader
from ksweep.model import MetricQuery, Result
from ksweep.store import Results, surroundings
from ksweep.sweep.events import Interrupt

_LOOK_S = 0.3  # how soon an interrupt is noticed


def read_again(
    results: Results, recorded: Mapping[str, Result], query: MetricQuery, interrupt: Interrupt
) -> dict[str, Result]:
    """Record the metrics of such trials; the results that are new, by name.

    Raises:
        SurroundingsError: a result cannot be written.
    """
    found: dict[str, Result] = {}
    known = ((entry, recorded[entry.name]) for entry in results.entries)
    cut = [(e, r) for e, r in known if r.status.final and r.incomplete == INTERRUPTED]
    if not cut:
        return found
    with results.ledger() as ledger, Reader() as reader:
        for entry, result in cut:
            trial = results.trial(entry)
            follower = reader.follow(trial.metrics_path, trial.log_path, query)
            reader.finish(follower)
            while not follower.ended and not interrupt.soft:
                reader.wait(follower, time.monotonic() + _LOOK_S)
            if not follower.ended:
                break
            said = follower.metrics
            result = replace(result, metrics=said.final, incomplete=said.incomplete)
            with surroundings(trial.result_path, "write"):
                trial.write_result(result)
            ledger.append(result)
            found[entry.name] = result
    return found

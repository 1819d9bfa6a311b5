"""Small sweeps on disk, for the tests of what is kept there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ksweep.model import Resources, Result, TrialState
from ksweep.store import Entry, Results


def entry(number: int, **params: str) -> Entry:
    return Entry(f"config_{number:03}", f"{number:012x}", params or {"CONFIG_X": str(number)})


def result(one: Entry, status: TrialState = TrialState.SUCCESS, attempt: int = 1) -> Result:
    return Result(
        name=one.name,
        id=one.id,
        status=status,
        exit_code=0 if status is TrialState.SUCCESS else 1,
        attempt=attempt,
        started_at="2026-03-01T22:00:00.000+00:00",
        finished_at=f"2026-03-01T22:00:{one.number % 60:02}.000+00:00",
        host="here",
        params=one.params,
        repeat=one.repeat,
        metrics={"test_acc": 88.5},
        resources=Resources(wall_s=1.5),
    )


def config_text(one: Entry) -> str:
    return "".join(f"{name}={value}\n" for name, value in one.params.items())


def lay_out(output_dir: Path, trials: int | Sequence[Entry] = 3) -> Results:
    entries = [entry(n + 1) for n in range(trials)] if isinstance(trials, int) else trials
    texts = [(one, config_text(one)) for one in entries]
    return Results.create(str(output_dir), {"command": "true"}, texts)


def finish(results: Results, one: Entry, status: TrialState = TrialState.SUCCESS) -> Result:
    """Record a result in both places, as a runner does."""
    trial = results.trial(one)
    ended = result(one, status, trial.attempt)
    trial.write_result(ended)
    with results.ledger() as ledger:
        ledger.append(ended)
    return ended

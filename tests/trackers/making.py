"""Small sweeps on disk for the tests of trackers, as a run would have left them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from store import making

from ksweep import settings as settings_
from ksweep.model import Result, Settings, TrialState
from ksweep.store import Entry, Results

SETTINGS = Settings(command="true", metric="acc")


def lay_out(
    directory: Path, trials: Sequence[Mapping[str, str]], settings: Settings = SETTINGS
) -> Results:
    """A new sweep in `directory` with a trial for each mapping of parameters."""
    entries = [
        Entry(f"config_{number:03}", f"{number:012x}", dict(params))
        for number, params in enumerate(trials, start=1)
    ]
    sweep = {
        "settings": settings_.to_json(settings),
        "command": settings.command,
        "cwd": "/somewhere",
        "created_at": "2026-03-01T21:59:00+00:00",
        "provenance": {"host": "here", "commit": "c0ffee"},
        "axes": [],
    }
    return Results.create(
        str(directory), sweep, [(entry, making.config_text(entry)) for entry in entries]
    )


def end(
    results: Results,
    number: int,
    status: TrialState = TrialState.SUCCESS,
    log: str = "",
    **metrics: float,
) -> Result:
    """Let a trial have come to something; `log` is what it printed."""
    entry = results.entries[number - 1]
    trial = results.trial(entry)
    Path(trial.log_path).write_text(log)
    base = making.result(entry, status, trial.attempt)
    ended = replace(base, metrics=metrics, error=None if status.final else "it was ended")
    trial.write_result(ended)
    with results.ledger() as ledger:
        ledger.append(ended)
    return ended


def again(results: Results, number: int, **metrics: float) -> Result:
    """Let another attempt at a trial have succeeded."""
    results.trial(results.entries[number - 1]).archive_attempt()
    return end(results, number, **metrics)


def reports(*points: Mapping[str, object]) -> str:
    """What a program prints to report metrics step by step."""
    return "".join(f"KSWEEP {json.dumps(point)}\n" for point in points)

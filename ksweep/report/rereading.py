"""Metrics that nobody asked for while a sweep ran, read from its logs when somebody does."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

from ksweep.errors import SurroundingsError
from ksweep.measures import RESOURCES
from ksweep.metrics import Reader
from ksweep.model import MetricQuery, Result
from ksweep.store import Results

_Known: TypeAlias = dict[str, dict[str, float | None]]
"""By the metric and the trial's run; None where its log has no such number."""


def with_further(
    results: Results, found: Sequence[Result], metric: str | None
) -> tuple[Result, ...]:
    """The results with what was read again from their logs, now also of a metric that none has.

    What is read is kept in a file of the sweep, where that may be written.
    """
    known = _kept(results)
    if metric is not None and metric not in RESOURCES:
        lacking = not any(metric in result.metrics for result in found)
        read = _read(results, found, metric, known.get(metric, {})) if lacking else {}
        if read:
            known.setdefault(metric, {}).update(read)
            _keep(results, known)
    return tuple(_further(result, known) for result in found)


def _read(
    results: Results, found: Sequence[Result], metric: str, known: Mapping[str, float | None]
) -> dict[str, float | None]:
    """What the logs of those that have ended say, and were not asked before."""
    entries = zip(results.entries, found, strict=True)
    due = [(entry, one) for entry, one in entries if one.finished_at and _key(one) not in known]
    read: dict[str, float | None] = {}
    with Reader() as reader:
        for entry, result in due:
            trial = results.trial(entry)
            said = reader.read(trial.metrics_path, trial.log_path, MetricQuery((metric,)), ())
            read[_key(result)] = said.final.get(metric)
    return read if any(value is not None for value in read.values()) else {}


def _further(result: Result, known: _Known) -> Result:
    key = _key(result) if known else ""
    more = {
        name: value
        for name, values in known.items()
        if name not in result.metrics and (value := values.get(key)) is not None
    }
    return replace(result, metrics={**result.metrics, **more}) if more else result


def _key(result: Result) -> str:
    return f"{result.name} {result.finished_at}"


def _kept(results: Results) -> _Known:
    """What was kept; nothing of a file that is damaged."""
    document = results.outputs.further_metrics()
    known: _Known = {}
    with suppress(TypeError, ValueError, AttributeError):
        for name, values in document.items():
            known[name] = {
                key: None if value is None else float(value) for key, value in values.items()
            }
    return known


def _keep(results: Results, known: _Known) -> None:
    document = {
        name: {key: _written(value) for key, value in values.items()}
        for name, values in known.items()
    }
    if results.outputs.writable:
        with suppress(SurroundingsError):  # it is read again the next time
            results.outputs.write(results.outputs.further, json.dumps(document, indent=1) + "\n")


def _written(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)

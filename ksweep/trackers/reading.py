"""A results directory → what trackers are told."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ksweep import measures, settings
from ksweep.errors import Where
from ksweep.metrics import Metrics, Point, Reader
from ksweep.metrics.files import open_regular
from ksweep.model import MetricQuery, Result, Settings
from ksweep.store import Entry, Results, TrialDir
from ksweep.trackers.base import WITH_FILES, Sweep, Trial

STEP = "step"  # what histories count, where a tracker wants a name for it

_FILE_LIMIT_BYTES = 64 << 20
_STEPS_END = 2**63


def read_sweep(results: Results) -> Sweep:
    """The sweep of a results directory.

    Raises:
        InputError: its `sweep.json` is damaged.
    """
    held = settings.from_json(results.sweep.get("settings"), Where(f"{results.path}/sweep.json"))
    created_at = str(results.sweep.get("created_at", ""))
    provenance = results.sweep.get("provenance")
    facts = _facts(results.sweep, provenance if isinstance(provenance, Mapping) else {}, held)
    identity = json.dumps([results.name, created_at, facts.get("host"), facts.get("cwd")])
    return Sweep(
        name=results.name,
        id=hashlib.sha256(identity.encode()).hexdigest()[:16],
        path=results.path,
        settings=held,
        facts=facts,
        started_ms=milliseconds(created_at) or 0,
    )


def read_trial(
    results: Results, query: MetricQuery, result: Result, with_files: bool, reader: Reader
) -> Trial | None:
    """A trial that has ended; None for what is none, or where a later attempt has begun by now."""
    entry = entry_of(result)
    if entry is None:
        return None
    directory = results.trial(entry)
    if directory.attempt != result.attempt:
        return None
    found = reader.read(directory.metrics_path, directory.log_path, query)
    return Trial(
        result=result,
        measured=_measured(result),
        histories=_histories(result, found),
        files=_files(directory) if with_files else {},
        record=record_of(result, with_files),
    )


def record_of(result: Result, with_files: bool) -> str:
    """What says which outcome of a trial it was."""
    record = f"attempt {result.attempt} {result.status} {result.finished_at}"
    return record + WITH_FILES if with_files else record


def entry_of(result: Result) -> Entry | None:
    """The trial that a result is of; None where no trial has such a name."""
    base = result.name.removesuffix(f".r{result.repeat}")
    entry = Entry(base, result.id, result.params, result.repeat)
    return entry if entry.name == result.name and entry.well_formed else None


def milliseconds(time: str) -> int | None:
    """A recorded time in milliseconds since 1970; None where none is recorded."""
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return None
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def whole_steps(history: Sequence[Point]) -> list[tuple[int, float]]:
    """The points with steps that are ints of 64 bits: counted from 1 where they are not."""
    if all(abs(step) < _STEPS_END and step == int(step) for step, _ in history):
        return [(int(step), value) for step, value in history]
    return [(number, value) for number, (_, value) in enumerate(history, start=1)]


def _facts(
    sweep: Mapping[str, object], provenance: Mapping[str, object], held: Settings
) -> dict[str, str]:
    """What is known, without what is empty; never how the code differs from its commit."""
    range_file = sweep.get("range_file")
    found = {
        "command": held.command,
        "cwd": sweep.get("cwd"),
        "range_file": range_file.get("path") if isinstance(range_file, Mapping) else None,
        "method": held.method.value,
        "objectives": ",".join(f"{one.metric}:{one.goal}" for one in held.ranked_by),
        "host": provenance.get("host"),
        "commit": provenance.get("commit"),
    }
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def _measured(result: Result) -> dict[str, float]:
    columns = _columns(result.metrics)
    metrics = {columns[name]: value for name, value in result.metrics.items()}
    found = {**metrics, **{name: measures.measure(result, name) for name in measures.RESOURCES}}
    return {
        name: value for name, value in found.items() if value is not None and math.isfinite(value)
    }


def _histories(result: Result, found: Metrics) -> dict[str, Sequence[Point]]:
    columns = _columns({**result.metrics, **found.final})
    finite = {
        columns[name]: tuple(point for point in history if math.isfinite(point[1]))
        for name, history in found.histories.items()
    }
    return {name: history for name, history in finite.items() if history}


def _columns(metrics: Mapping[str, float]) -> dict[str, str]:
    return measures.metric_columns(list(metrics), (STEP, *measures.RESOURCES))


def _files(directory: TrialDir) -> dict[str, bytes]:
    paths = (directory.config_path, directory.log_path, directory.metrics_path)
    found = ((os.path.basename(path), _content(path)) for path in paths)
    return {name: content for name, content in found if content is not None}


def _content(path: str) -> bytes | None:
    """What a file has; None for one that is missing, no regular file, or too large."""
    opened = open_regular(path)
    if opened is None:
        return None
    descriptor, size = opened
    with open(descriptor, "rb", buffering=0) as file:
        return file.read() if size <= _FILE_LIMIT_BYTES else None

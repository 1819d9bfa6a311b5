"""What the real libraries find of a sweep that was written for them."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ksweep.trackers import Kind

_BLOCK = 32 << 10


@dataclass
class Held:
    """One trial as a tracker has it; `ended` is what the tracker calls its end."""

    params: dict[str, Any]
    metrics: dict[str, float]
    ended: str
    histories: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def held(kind: Kind, place: Path, sweep: str) -> list[tuple[str, Held]]:
    """Name and content of every trial of a sweep that a place holds, twice what is there twice."""
    return list(
        {Kind.MLFLOW: _mlflow, Kind.WANDB: _wandb, Kind.OPTUNA: _optuna}[kind](place, sweep)
    )


def _mlflow(place: Path, sweep: str) -> Iterator[tuple[str, Held]]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{place}")
    experiment = client.get_experiment_by_name("ksweep")
    runs = client.search_runs([experiment.experiment_id], f"tags.`ksweep.sweep` = '{sweep}'")
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert parent.info.run_name == sweep
    for run in runs:
        if run is parent:
            continue
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        identity = run.info.run_id
        histories = {
            name: [(point.step, point.value) for point in client.get_metric_history(identity, name)]
            for name in run.data.metrics
        }
        listed = client.list_artifacts(identity)
        root = Path(run.info.artifact_uri.removeprefix("file://"))
        files = {one.path: (root / one.path).read_bytes() for one in listed}
        yield (
            run.info.run_name,
            Held(
                run.data.params, run.data.metrics, run.info.status, histories, run.data.tags, files
            ),
        )


def _wandb(place: Path, sweep: str) -> Iterator[tuple[str, Held]]:
    for directory in sorted((place / "wandb").glob("offline-run-*")):
        (file,) = directory.glob("*.wandb")
        name, found = "", Held({}, {}, "")
        for record in _wandb_records(file):
            kind = record.WhichOneof("record_type")
            if kind == "run":
                assert record.run.run_group == sweep
                name = record.run.display_name
                found.params = _values(record.run.config.update)
                found.facts = found.params.pop("ksweep")
            elif kind == "history":
                row = _values(record.history.item)
                for metric, value in row.items():
                    if not metric.startswith("_") and metric != "step":
                        found.histories.setdefault(metric, []).append((row["step"], value))
            elif kind == "summary" and not record.summary.update[0].nested_key:
                found.metrics |= _values(record.summary.update)
            elif kind == "exit":
                found.ended = str(record.exit.exit_code)
        found.facts |= found.metrics.pop("ksweep", {})
        found.files = {one.name: one.read_bytes() for one in (directory / "files").iterdir()}
        yield name, found


def _values(items: Any) -> dict[str, Any]:
    named = ((item.key or ".".join(item.nested_key), item.value_json) for item in items)
    return {name: json.loads(text) for name, text in named if not name.startswith("_")}


def _wandb_records(file: Path) -> Iterator[Any]:
    """The records of a log in LevelDB's format, behind a header of seven bytes."""
    from wandb.proto import wandb_internal_pb2

    data, at, part = file.read_bytes(), 7, b""
    while at + 7 <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        part += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = wandb_internal_pb2.Record()
            record.ParseFromString(part)
            part = b""
            yield record


def _optuna(place: Path, sweep: str) -> Iterator[tuple[str, Held]]:
    import optuna

    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(place)))
    (study,) = optuna.get_all_study_summaries(storage)
    assert study.study_name == sweep
    for trial in optuna.load_study(study_name=sweep, storage=storage).trials:
        facts = dict(trial.user_attrs)
        metrics = {name: value for name, value in facts.items() if isinstance(value, float)}
        history = {"acc": sorted(trial.intermediate_values.items())}
        yield facts["name"], Held(trial.params, metrics, trial.state.name, history, facts)

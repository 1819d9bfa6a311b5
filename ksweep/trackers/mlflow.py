"""MLflow: a run for the sweep, and a child of it for each trial."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ksweep import extras
from ksweep.errors import SurroundingsError, Where
from ksweep.model import TrialState
from ksweep.trackers import sqlite
from ksweep.trackers.base import Sweep, Trial
from ksweep.trackers.reading import milliseconds, whole_steps

EXPERIMENT = "ksweep"
DATABASE = "mlflow.db"

_ARTIFACTS = "mlflow_artifacts"  # beside the database
_URI, _EXPERIMENT_NAME = "MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"
_ENVIRONMENT = MappingProxyType(  # where the user says nothing
    {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_CONFIGURE_LOGGING": "false",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    }
)
_SQL = ("sqlite", "postgresql", "mysql", "mssql")
_SWEEP, _SWEEP_ID, _TRIAL, _ID = "ksweep.sweep", "ksweep.sweep_id", "ksweep.trial", "ksweep.id"
_RECORD = "ksweep.record"
_PARENT, _COMMIT = "mlflow.parentRunId", "mlflow.source.git.commit"
_PAGE = 1000
_METRICS_AT_ONCE = 1000  # MLflow's own limits, as are those below
_PARAMS_AT_ONCE = 100
_NAME_LENGTH = 250
_PARAM_LENGTH = 6000
_TAG_LENGTH = 5000
_UNFIT = re.compile(r"[^\w\-. :/]", re.ASCII)
_STATUS = MappingProxyType(
    {
        TrialState.SUCCESS: "FINISHED",
        TrialState.PRUNED: "KILLED",
        TrialState.CANCELLED: "KILLED",
    }
)
_Item = TypeVar("_Item")


class MlflowTracker:
    """Runs of one experiment, found again by their tags."""

    def __init__(self, sweep: Sweep, where: str | None, needed_by: str) -> None:
        """Find the sweep's run there, or begin it.

        Args:
            sweep: what is tracked.
            where: a tracking URI, or an SQLite file; by default what MLflow's environment says,
                else a file beside the sweeps.
            needed_by: the setting or command that asks for it.

        Raises:
            InputError: a library is missing.
        """
        self._sweep = sweep
        self._uri, artifacts = _place(sweep, where)
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        if urlsplit(self._uri).scheme.partition("+")[0] in _SQL:
            extras.require("sqlalchemy", needed_by)
            extras.require("alembic", needed_by)
        self._entities = extras.load("mlflow", "mlflow.entities", needed_by)
        client = extras.load("mlflow", "mlflow.tracking", needed_by).MlflowClient
        sqlite.make_whole(self._uri, client)
        self._client = client(self._uri)
        self._experiment = self._experiment_id(artifacts)
        self._records: dict[str, str] = {}
        self._runs: dict[str, str] = {}  # by the trial's name, whole or not
        self._parent = self._told(self._find() or self._begin())

    @property
    def how_to_look(self) -> str:
        shown = _without_password(self._uri)
        if urlsplit(shown).scheme in ("http", "https"):
            return shown
        return f"mlflow ui --backend-store-uri {shlex.quote(shown)}"

    def recorded(self, name: str) -> str:
        return self._records.get(name, "")

    def add(self, trial: Trial) -> None:
        name = trial.result.name
        if (stale := self._runs.pop(name, None)) is not None:
            self._records.pop(name, None)
            self._client.delete_run(stale)
        self._runs[name] = run = self._child(trial)
        for params in _groups(list(self._params(trial.result.params)), _PARAMS_AT_ONCE):
            self._client.log_batch(run, params=params)
        for metrics in _groups(list(self._metrics(trial)), _METRICS_AT_ONCE):
            self._client.log_batch(run, metrics=metrics)
        self._log_files(run, trial.files)
        status = _STATUS.get(trial.result.status, "FAILED")
        self._client.set_terminated(run, status, milliseconds(trial.result.finished_at))
        self._client.set_tag(run, _RECORD, trial.record)  # last: now it is whole
        self._records[name] = trial.record

    def close(self, whole: bool) -> None:
        self._client.set_terminated(self._parent, "FINISHED" if whole else "KILLED")

    # -- the experiment and the sweep's run ------------------------------------------------------

    def _experiment_id(self, artifacts: str | None) -> str:
        name = os.environ.get(_EXPERIMENT_NAME) or EXPERIMENT
        found = self._client.get_experiment_by_name(name)
        if found is None:
            try:
                return str(self._client.create_experiment(name, artifact_location=artifacts))
            except Exception:
                found = self._client.get_experiment_by_name(name)
                if found is None:  # nor did another sweep make it at the same moment
                    raise
        if found.lifecycle_stage != "active":
            what = f"the experiment {name} has been deleted there"
            fix = f"restore it in MLflow, or name another one: {_EXPERIMENT_NAME}=name"
            raise SurroundingsError(what, fix, Where(_without_password(self._uri)))
        return str(found.experiment_id)

    def _find(self) -> Any | None:
        """The sweep's run, if it is there; notes its children."""
        parent = None
        for run in self._found():
            tags = run.data.tags
            if _TRIAL not in tags:
                parent = run
                continue
            name = tags[_TRIAL]
            if name not in self._runs or tags.get(_RECORD):
                self._runs[name] = run.info.run_id
                self._records[name] = tags.get(_RECORD, "")
        if parent is not None:
            self._client.update_run(parent.info.run_id, status="RUNNING")
        return parent

    def _found(self) -> Iterator[Any]:
        query, token = f"tags.`{_SWEEP_ID}` = '{self._sweep.id}'", None
        while True:
            page = self._client.search_runs(
                [self._experiment], query, max_results=_PAGE, page_token=token
            )
            yield from page
            token = page.token
            if not token:
                return

    def _begin(self) -> Any:
        return self._client.create_run(
            self._experiment, self._sweep.started_ms, self._tags(), self._sweep.name
        )

    def _told(self, run: Any) -> str:
        """The sweep's run with all its params, also where it was cut off while it began."""
        params = [one for one in self._params(self._sweep.facts) if one.key not in run.data.params]
        if params:
            self._client.log_batch(run.info.run_id, params=params)
        return str(run.info.run_id)

    def _tags(self) -> dict[str, str]:
        tags = {_SWEEP: self._sweep.name, _SWEEP_ID: self._sweep.id}
        commit = self._sweep.facts.get("commit")
        return {**tags, _COMMIT: commit} if commit else tags

    # -- one trial -------------------------------------------------------------------------------

    def _child(self, trial: Trial) -> str:
        result = trial.result
        told = {
            "status": result.status.value,
            "exit_code": result.exit_code,
            "attempt": result.attempt,
            "host": result.host,
            "reused_from": result.reused_from,
            "error": result.error,
        }
        known = {f"ksweep.{name}": str(value) for name, value in told.items() if value is not None}
        own = {_PARENT: self._parent, _TRIAL: result.name, _ID: result.id, **known}
        tags = {name: value[:_TAG_LENGTH] for name, value in {**self._tags(), **own}.items()}
        begun = milliseconds(result.started_at) or milliseconds(result.finished_at)
        run = self._client.create_run(self._experiment, begun, tags, result.name)
        return str(run.info.run_id)

    def _params(self, params: Mapping[str, str]) -> Iterator[Any]:
        names = _fit(params)
        for name, value in params.items():
            yield self._entities.Param(names[name], value[:_PARAM_LENGTH])

    def _metrics(self, trial: Trial) -> Iterator[Any]:
        """The histories, and then the final values: MLflow shows the last of the last step."""
        names = _fit({**trial.histories, **trial.measured})
        begun = milliseconds(trial.result.started_at) or 0
        ended = milliseconds(trial.result.finished_at) or begun
        points = {name: whole_steps(history) for name, history in trial.histories.items()}
        for name, history in points.items():
            for step, value in history:
                yield self._entities.Metric(names[name], value, begun, step)
        for name, value in trial.measured.items():
            last = max((step for step, _ in points.get(name, ())), default=0)
            if [value] != [other for step, other in points.get(name, ()) if step == last]:
                yield self._entities.Metric(names[name], value, max(ended, begun + 1), last)

    def _log_files(self, run: str, files: Mapping[str, bytes]) -> None:
        if not files:
            return
        with tempfile.TemporaryDirectory() as directory:
            for name, content in files.items():
                Path(directory, name).write_bytes(content)
            self._client.log_artifacts(run, directory)


def _groups(items: list[_Item], size: int) -> Iterator[list[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _fit(names: Mapping[str, object]) -> dict[str, str]:
    """A name that MLflow takes for each: different ones, and their own wherever it can be."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names, key=lambda name: _fitted(name) != name):
        fitted, count = _fitted(name), 1
        while fitted in taken:
            count += 1
            fitted = f"{_fitted(name)[: _NAME_LENGTH - 8]}_{count}"
        taken.add(fitted)
        found[name] = fitted
    return found


def _fitted(name: str) -> str:
    fitted = _UNFIT.sub("_", name)[:_NAME_LENGTH]
    normal = posixpath.normpath(fitted)
    if normal != fitted or normal == "." or normal.startswith(("..", "/")):
        return re.sub(r"[./]", "_", fitted)
    return fitted


def _place(sweep: Sweep, where: str | None) -> tuple[str, str | None]:
    """The tracking URI, and where artifacts go, which other stores decide themselves."""
    given = where if where and "://" in where else None
    uri = given or (None if where else os.environ.get(_URI))
    if uri:
        return uri, None
    file = Path(where or Path(sweep.path).with_name(DATABASE)).absolute()
    return f"sqlite:///{file}", file.with_name(_ARTIFACTS).as_uri()


def _without_password(uri: str) -> str:
    place = urlsplit(uri).netloc
    return uri.replace(f"//{place}", f"//{place.rpartition('@')[2]}", 1) if "@" in place else uri

"""W&B: an offline run for each trial, in a group of the sweep's name."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ksweep import extras
from ksweep.analysis.records import param_value
from ksweep.measures import PREFIX
from ksweep.metrics import Point
from ksweep.model import TrialState
from ksweep.trackers.base import Sweep, Trial
from ksweep.trackers.reading import STEP

PROJECT = "ksweep"
OURS = "ksweep"  # where runs have what is of the sweep, and no parameter or metric

_DIR, _PROJECT_NAME, _MODE = "WANDB_DIR", "WANDB_PROJECT", "WANDB_MODE"
_ENVIRONMENT = MappingProxyType(  # where the user says nothing
    {_MODE: "offline", "WANDB_ERROR_REPORTING": "false"}
)
_RUNS = "wandb"  # where W&B puts them, in the directory that it is given
_RUN = re.compile(r"(?:offline-)?run-\d+_\d+-(?P<id>ksweep-[0-9a-f]{16})")
_RECORD = "ksweep-record"  # in the run's directory: that it is whole, and of what
_WELL = (TrialState.SUCCESS, TrialState.PRUNED)
_QUIET = MappingProxyType(  # what the trial did is told, and not who tells it
    {
        "silent": True,
        "console": "off",
        "disable_code": True,
        "disable_git": True,
        "x_disable_machine_info": True,
        "x_disable_meta": True,
        "x_disable_stats": True,
        "x_save_requirements": False,
    }
)


class WandbTracker:
    """Runs in a directory, found again by their names."""

    def __init__(self, sweep: Sweep, where: str | None, needed_by: str) -> None:
        """Find what is there of the sweep.

        Args:
            sweep: what is tracked.
            where: the directory in which W&B makes its own, `wandb`; by default what W&B's
                environment says, else that of the sweeps.
            needed_by: the setting or command that asks for it.

        Raises:
            InputError: the library is missing.
        """
        self._sweep = sweep
        self._directory = Path(where or os.environ.get(_DIR) or Path(sweep.path).parent).absolute()
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        self._wandb = extras.load("wandb", "wandb", needed_by)
        self._settings = self._wandb.Settings(**_QUIET)
        self._runs = _found(self._directory / _RUNS)

    @property
    def how_to_look(self) -> str:
        return f"wandb sync {shlex.quote(str(self._directory / _RUNS))}/offline-run-*"

    def recorded(self, name: str) -> str:
        run = self._runs.get(self._id(name))
        try:
            return (run / _RECORD).read_text("utf-8") if run is not None else ""
        except OSError:
            return ""

    def add(self, trial: Trial) -> None:
        identity = self._id(trial.result.name)
        if (stale := self._runs.pop(identity, None)) is not None:
            shutil.rmtree(stale)
        self._directory.mkdir(parents=True, exist_ok=True)
        run = self._run(identity, trial)
        try:
            _fill(run, trial)
        except BaseException:
            run.finish(exit_code=1)
            raise
        run.finish(exit_code=int(trial.result.status not in _WELL))
        place = Path(run.dir).parent
        (place / _RECORD).write_text(trial.record, "utf-8")
        self._runs[identity] = place

    def close(self, whole: bool) -> None:
        self._wandb.teardown()

    def _id(self, name: str) -> str:
        digest = hashlib.sha256(f"{self._sweep.id} {name}".encode()).hexdigest()
        return f"ksweep-{digest[:16]}"

    def _run(self, identity: str, trial: Trial) -> Any:
        result, facts = trial.result, self._sweep.facts
        return self._wandb.init(
            dir=str(self._directory),
            project=os.environ.get(_PROJECT_NAME) or PROJECT,
            id=identity,
            name=result.name,
            group=self._sweep.name,
            job_type="trial",
            tags=[result.status.value],
            config={
                **{name: param_value(text) for name, text in result.params.items()},
                OURS: {**facts, "sweep": self._sweep.name, "id": result.id},
            },
            reinit="create_new",
            settings=self._settings,
        )


def _found(directory: Path) -> dict[str, Path]:
    """The directories of our runs, by the runs' identities."""
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return {}
    matches = [(name, _RUN.fullmatch(name)) for name in names]
    return {match["id"]: directory / name for name, match in matches if match}


def _fill(run: Any, trial: Trial) -> None:
    run.define_metric("*", step_metric=STEP)
    for step, row in _rows(trial.histories):
        run.log({STEP: step, **row})
    run.summary.update(_summary(trial))
    for name, content in trial.files.items():
        file = Path(run.dir, name)
        file.write_bytes(content)
        run.save(str(file), base_path=run.dir, policy="end")


def _rows(histories: Mapping[str, Sequence[Point]]) -> list[tuple[float, dict[str, float]]]:
    """Step by step what all metrics had there; of several values at one step the last."""
    rows: dict[float, dict[str, float]] = {}
    for name, history in histories.items():
        for step, value in history:
            rows.setdefault(step, {})[_key(name)] = value
    return sorted(rows.items())


def _summary(trial: Trial) -> dict[str, Any]:
    result = trial.result
    told = {
        "status": result.status.value,
        "exit_code": result.exit_code,
        "attempt": result.attempt,
        "error": result.error,
    }
    known = {name: value for name, value in told.items() if value is not None}
    return {**{_key(name): value for name, value in trial.measured.items()}, OURS: known}


def _key(name: str) -> str:
    """W&B keeps names that begin with `_` to itself, and one is ours."""
    return PREFIX + name if name.startswith("_") or name == OURS else name

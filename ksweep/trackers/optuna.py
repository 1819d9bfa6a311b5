"""Optuna: a journal file with the sweep as a study, for optuna-dashboard and Optuna itself."""

from __future__ import annotations

import json
import math
import os
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ksweep import extras, number
from ksweep.analysis.records import param_value
from ksweep.errors import InputError, Where
from ksweep.measures import finite, measure
from ksweep.model import Goal, TrialState
from ksweep.trackers.base import Sweep, Trial
from ksweep.trackers.reading import whole_steps

JOURNAL = "optuna.journal"

_LOGARITHMIC = 100  # times as large as the smallest value is the largest
_EXACT = 2**53
_LINE_BYTES = 1 << 16
_GOALS = MappingProxyType({Goal.MAXIMIZE: "maximize", Goal.MINIMIZE: "minimize"})


class OptunaTracker:
    """A journal that is written anew each time, as parameters have one range for all trials."""

    def __init__(self, sweep: Sweep, where: str | None, needed_by: str) -> None:
        """Begin it.

        Args:
            sweep: what is tracked.
            where: the file, by default one in the results directory.
            needed_by: the setting or command that asks for it.

        Raises:
            InputError: the library is missing, or the file is there and is none of this sweep.
        """
        self._sweep = sweep
        self._file = Path(where or Path(sweep.path, JOURNAL)).absolute()
        if where:
            _check_ours(self._file, sweep.name)
        self._optuna = extras.load("optuna", "optuna", needed_by)
        self._storages = extras.load("optuna", "optuna.storages", needed_by)
        self._journal = extras.load("optuna", "optuna.storages.journal", needed_by)
        self._metric = sweep.settings.ranked_by[0].metric
        self._trials: dict[str, Trial] = {}

    @property
    def how_to_look(self) -> str:
        return f"optuna-dashboard {shlex.quote(str(self._file))}"

    def recorded(self, name: str) -> str:
        return self._trials[name].record if name in self._trials else ""

    def add(self, trial: Trial) -> None:
        """Keep what the journal has of a trial, until it is written."""
        history = trial.histories.get(self._metric, ())
        self._trials[trial.result.name] = replace(
            trial, histories={self._metric: history}, files={}
        )

    def close(self, whole: bool) -> None:
        with tempfile.TemporaryDirectory(prefix=".optuna-", dir=self._file.parent) as directory:
            new = os.path.join(directory, "journal")  # with what Optuna locks it with beside it
            self._write(self._journal.JournalFileBackend(new))
            os.replace(new, self._file)

    def _write(self, backend: Any) -> None:
        study = self._optuna.create_study(
            storage=self._storages.JournalStorage(backend),
            study_name=self._sweep.name,
            directions=[_GOALS[one.goal] for one in self._sweep.settings.ranked_by],
        )
        study.set_metric_names([one.metric for one in self._sweep.settings.ranked_by])
        for name, fact in self._sweep.facts.items():
            study.set_user_attr(name, fact)
        distributions = self._distributions()
        study.add_trials(self._frozen(one, distributions) for one in self._trials.values())

    def _distributions(self) -> dict[str, Any]:
        texts: dict[str, dict[str, None]] = {}
        for trial in self._trials.values():
            for name, text in trial.result.params.items():
                texts.setdefault(name, {})[text] = None
        return {name: self._distribution(list(found)) for name, found in texts.items()}

    def _distribution(self, texts: Sequence[str]) -> Any:
        """The range of what is there: of whole numbers, of numbers, or just the values."""
        kinds = self._optuna.distributions
        numbers = [_number(text) for text in texts]
        known = [one for one in numbers if one is not None]
        if len(known) < len(texts) or len(set(known)) < len(texts):
            return kinds.CategoricalDistribution(texts)
        low, high = min(known), max(known)
        whole = all(isinstance(one, int) for one in known)
        kind = kinds.IntDistribution if whole else kinds.FloatDistribution
        return kind(low, high, log=low >= (1 if whole else 1e-300) and high >= low * _LOGARITHMIC)

    def _frozen(self, trial: Trial, distributions: Mapping[str, Any]) -> Any:
        result = trial.result
        params = {
            name: text if _is_categorical(distributions[name]) else _number(text)
            for name, text in result.params.items()
        }
        values = self._values(trial)
        history = whole_steps(trial.histories[self._metric])
        return self._optuna.trial.FrozenTrial(
            number=-1,  # as is the id: given when it is added
            trial_id=-1,
            state=self._state(result.status, values),
            value=None,
            values=values,
            datetime_start=_local(result.started_at or result.finished_at),
            datetime_complete=_local(result.finished_at),
            params=params,
            distributions={name: distributions[name] for name in params},
            user_attrs=_attributes(trial),
            system_attrs={},
            intermediate_values=dict(history),
        )

    def _values(self, trial: Trial) -> list[float] | None:
        """What is best, where the trial succeeded and has all of it."""
        objectives = self._sweep.settings.ranked_by
        found = [finite(measure(trial.result, one.metric)) for one in objectives]
        values = [value for value in found if value is not None]
        good = trial.result.status is TrialState.SUCCESS and len(values) == len(found)
        return values if good else None

    def _state(self, status: TrialState, values: list[float] | None) -> Any:
        states = self._optuna.trial.TrialState
        if values is not None:
            return states.COMPLETE
        return states.PRUNED if status is TrialState.PRUNED else states.FAIL


def _check_ours(file: Path, study: str) -> None:
    """See that nothing is replaced but what an earlier export of the sweep has written.

    Raises:
        InputError: there is something else.
    """
    if file.exists() and not (file.is_file() and _first_study(file) in (None, study)):
        what = "it is no journal of this sweep, and stays as it is"
        raise InputError(
            what, "name another file with -o, or remove this one first", Where(str(file))
        )


def _first_study(file: Path) -> str | None:
    """What the study is named that a journal begins with; empty of other files, None of no line."""
    with file.open("rb") as opened:
        line = opened.readline(_LINE_BYTES)
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return "" if line else None
    return str(found.get("study_name", "")) if isinstance(found, dict) else ""


def _is_categorical(distribution: Any) -> bool:
    return hasattr(distribution, "choices")


def _number(text: str) -> int | float | None:
    """A number that floats hold, also a hexadecimal one; None for other text."""
    if text[:2] in ("0x", "0X") and (hexadecimal := number.parse_hex(text)) is not None:
        return int(hexadecimal) if hexadecimal < _EXACT else None
    value = param_value(text)
    if isinstance(value, str):
        return None
    return value if math.isfinite(value) and abs(value) <= _EXACT else None


def _attributes(trial: Trial) -> dict[str, Any]:
    result = trial.result
    told = {
        "name": result.name,
        "id": result.id,
        "repeat": result.repeat,
        "status": result.status.value,
        "error": result.error,
        **trial.measured,
    }
    return {name: value for name, value in told.items() if value is not None}


def _local(time: str) -> datetime | None:
    """A recorded time as Optuna has times: this place's, without saying so."""
    try:
        return datetime.fromisoformat(time).astimezone().replace(tzinfo=None)
    except ValueError:
        return None

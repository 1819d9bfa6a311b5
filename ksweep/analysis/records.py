"""Results → flat records: one a trial, the same columns in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from ksweep import number
from ksweep.measures import RESOURCES, finite, measure, metric_columns, metric_names
from ksweep.model import Result

Scalar: TypeAlias = str | int | float | None

_HEAD = ("config_file", "id", "repeat", "status", "exit_code")
_TAIL = (*RESOURCES, "dir")


def columns(results: Sequence[Result], parameters: Sequence[str]) -> tuple[str, ...]:
    """The columns of the records: who, the parameters, the metrics, the resources, where."""
    names = _parameter_columns(results, parameters)
    metrics = metric_columns(metric_names(results), (*_HEAD, *names, *_TAIL))
    return (*_HEAD, *names, *metrics.values(), *_TAIL)


def flat_records(
    results: Sequence[Result], parameters: Sequence[str], directories: Sequence[str]
) -> list[dict[str, Scalar]]:
    """One record a result, with every column; what is unknown or not finite is None.

    Args:
        results: the trials, in the order of the records.
        parameters: `CONFIG_X` names in the order of the range file.
        directories: the directory of each result.
    """
    names = _parameter_columns(results, parameters)
    metrics = metric_columns(metric_names(results), (*_HEAD, *names, *_TAIL))
    return [
        {
            **_identity(result),
            **{name: _param(result, name) for name in names},
            **{column: finite(result.metrics.get(name)) for name, column in metrics.items()},
            **{name: finite(measure(result, name)) for name in RESOURCES},
            "dir": directory,
        }
        for result, directory in zip(results, directories, strict=True)
    ]


def param_value(text: str) -> str | int | float:
    """An int or decimal text as a number; any other text, and a number too large, as it is."""
    value = number.parse(text)
    if value is None:
        return text
    if text.lstrip("+-").isdecimal():
        return int(value) if value.adjusted() < 300 else text
    rounded = float(value)
    lost = not math.isfinite(rounded) or (rounded == 0) != (value == 0)
    return text if lost else rounded


def config_file(result: Result) -> str:
    """The configuration's name without the number of the repetition."""
    return result.name.removesuffix(f".r{result.repeat}")


def _identity(result: Result) -> dict[str, Scalar]:
    return {
        "config_file": config_file(result),
        "id": result.id,
        "repeat": result.repeat,
        "status": result.status.value,
        "exit_code": result.exit_code,
    }


def measure_names(results: Sequence[Result], parameters: Sequence[str]) -> dict[str, str]:
    """The column of each metric that any of the results has."""
    names = _parameter_columns(results, parameters)
    return metric_columns(metric_names(results), (*_HEAD, *names, *_TAIL))


def _param(result: Result, name: str) -> Scalar:
    return param_value(result.params[name]) if name in result.params else None


def _parameter_columns(results: Sequence[Result], parameters: Sequence[str]) -> tuple[str, ...]:
    seen = (name for result in results for name in result.params)
    return tuple(dict.fromkeys((*parameters, *seen)))

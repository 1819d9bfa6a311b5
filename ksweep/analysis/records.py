"""Results → flat records: one a trial, the same columns in each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

from ksweep import number
from ksweep.measures import RESOURCES, metric_columns, metric_names
from ksweep.model import Result

Scalar: TypeAlias = str | int | float | None

_HEAD = ("config_file", "id", "repeat", "status", "exit_code")
_TAIL = (*RESOURCES, "dir")


def columns(results: Sequence[Result], parameters: Sequence[str]) -> tuple[str, ...]:
    """The columns of the records: who, the parameters, the metrics, the resources, where."""
    names = _parameter_columns(results, parameters)
    return (*_HEAD, *names, *measure_names(results, parameters).values(), *_TAIL)


def flat_records(
    results: Sequence[Result], parameters: Sequence[str], directories: Sequence[str]
) -> list[dict[str, Scalar]]:
    """One record a result, with every column; what is unknown or not finite is None.

    Args:
        results: the trials, in the order of the records.
        parameters: `CONFIG_X` names in the order of the range file.
        directories: the directory of each result.
    """
    names = columns(results, parameters)
    found = rows(results, parameters, directories)
    return [dict(zip(names, row, strict=True)) for row in found]


def rows(
    results: Sequence[Result], parameters: Sequence[str], directories: Sequence[str]
) -> Iterator[tuple[Scalar, ...]]:
    """The same values without their names, in the order of `columns`, one by one."""
    names = _parameter_columns(results, parameters)
    metrics = metric_names(results)
    of_resources = attrgetter(*RESOURCES.values())
    for result, directory in zip(results, directories, strict=True):
        params, measured = result.params, result.metrics
        yield (
            config_file(result),
            result.id,
            result.repeat,
            result.status.value,
            result.exit_code,
            *[param_value(params[name]) if name in params else None for name in names],
            *_finite([measured.get(name) for name in metrics]),
            *_finite(of_resources(result.resources)),
            directory,
        )


def _finite(values: Iterable[float | None]) -> list[float | None]:
    isfinite = math.isfinite  # a call less for each value, of which there may be millions
    return [value if value is not None and isfinite(value) else None for value in values]


@lru_cache(maxsize=1 << 16)
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


def measure_names(results: Sequence[Result], parameters: Sequence[str]) -> dict[str, str]:
    """The column of each metric that any of the results has."""
    names = _parameter_columns(results, parameters)
    return metric_columns(metric_names(results), (*_HEAD, *names, *_TAIL))


def _parameter_columns(results: Sequence[Result], parameters: Sequence[str]) -> tuple[str, ...]:
    sets = dict.fromkeys(tuple(result.params) for result in results)  # few, of many results
    seen = (name for names in sets for name in names)
    return tuple(dict.fromkeys((*parameters, *seen)))

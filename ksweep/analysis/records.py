"""Results → flat records: one a trial, the same columns in each."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypeAlias

from ksweep import number
from ksweep.measures import RESOURCES, metric_columns, metric_names
from ksweep.model import Result

Scalar: TypeAlias = str | int | float | None

_HEAD = ("config_file", "id", "repeat", "status", "exit_code")
_TAIL = (*RESOURCES, "dir")
_AT_ONCE = 1_000
_LONGEST = 300  # digits of an int that every reader of JSON can take for a float


def texts_among(results: Iterable[Result]) -> frozenset[str]:
    """The parameters with numbers among their values that are texts nevertheless.

    That is where two of them are one number (`3.1` and `3.10`), or some are none.
    """
    values: dict[str, set[str]] = {}
    for result in results:
        for name, text in result.params.items():
            values.setdefault(name, set()).add(text)
    return frozenset(
        name
        for name, texts in values.items()
        if not number.told_apart(texts) and any(map(number.is_decimal, texts))
    )


def columns(results: Sequence[Result], parameters: Sequence[str]) -> tuple[str, ...]:
    """The columns of the records: who, the parameters, the metrics, the resources, where."""
    names = _parameter_columns(results, parameters)
    return (*_HEAD, *names, *measure_names(results, parameters).values(), *_TAIL)


def flat_records(
    results: Sequence[Result],
    parameters: Sequence[str],
    directories: Sequence[str],
    texts: Collection[str] = (),
) -> list[dict[str, Scalar]]:
    """One record a result, with every column; what is unknown or not finite is None.

    Args:
        results: the trials, in the order of the records.
        parameters: `CONFIG_X` names in the order of the range file.
        directories: the directory of each result.
        texts: the parameters whose values stay texts.
    """
    names = columns(results, parameters)
    found = blocks(results, parameters, directories, texts)
    rows = (row for block in found for row in zip(*block, strict=True))
    return [dict(zip(names, row, strict=True)) for row in rows]


def blocks(
    results: Sequence[Result],
    parameters: Sequence[str],
    directories: Sequence[str],
    texts: Collection[str] = (),
) -> Iterator[list[Sequence[Scalar]]]:
    """The same values without their names: the columns in their order, of some results at a time.

    Of very many results all at once would be too much for the memory, and value by value too slow.
    """
    names, metrics = _parameter_columns(results, parameters), metric_names(results)
    for start in range(0, len(results), _AT_ONCE):
        some = results[start : start + _AT_ONCE]
        params, measured = [one.params for one in some], [one.metrics for one in some]
        resources = [one.resources for one in some]
        yield [
            [config_file(one) for one in some],
            [one.id for one in some],
            [one.repeat for one in some],
            [one.status.value for one in some],
            [one.exit_code for one in some],
            *(_values([one.get(name) for one in params], name in texts) for name in names),
            *(_finite([one.get(name) for one in measured]) for name in metrics),
            *(_finite(map(attrgetter(name), resources)) for name in RESOURCES.values()),
            directories[start : start + _AT_ONCE],
        ]


def _values(texts: Sequence[str | None], stay: bool) -> Sequence[Scalar]:
    return texts if stay else [None if text is None else param_value(text) for text in texts]


def _finite(values: Iterable[float | None]) -> list[float | None]:
    isfinite = math.isfinite  # a look-up less for each value, of which there may be millions
    return [value if value is not None and isfinite(value) else None for value in values]


@lru_cache(maxsize=1 << 16)
def param_value(text: str) -> str | int | float:
    """An int or decimal text as a number; any other text, and a number too large, as it is."""
    if not number.is_decimal(text):
        return text
    if text.lstrip("+-").isdecimal():
        return int(text) if len(text.lstrip("+-0")) <= _LONGEST else text
    rounded = float(text)
    lost = not math.isfinite(rounded) or (rounded == 0 and number.parse(text) != 0)
    return text if lost else rounded


def config_file(result: Result) -> str:
    """The configuration's name without the number of the repetition."""
    return result.name.removesuffix(f".r{result.repeat}") if result.repeat > 1 else result.name


def measure_names(results: Sequence[Result], parameters: Sequence[str]) -> dict[str, str]:
    """The column of each metric that any of the results has."""
    names = _parameter_columns(results, parameters)
    return metric_columns(metric_names(results), (*_HEAD, *names, *_TAIL))


def _parameter_columns(results: Sequence[Result], parameters: Sequence[str]) -> tuple[str, ...]:
    sets = dict.fromkeys(tuple(result.params) for result in results)  # few, of many results
    seen = (name for names in sets for name in names)
    return tuple(dict.fromkeys((*parameters, *seen)))

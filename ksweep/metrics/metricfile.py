"""`training_metrics.json`: numbers are final values, lists are histories."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

from ksweep.metrics.files import open_regular
from ksweep.metrics.series import Series, Source
from ksweep.metrics.values import named, number, parse_json, step_number

LIMIT_BYTES = 64 << 20
_STEPS = ("epochs", "epoch")


def read_file(path: str) -> Source:
    """The metrics in the file; none where it is missing, too large, or not what it should be."""
    document = parse_json(_content(path))
    if not isinstance(document, dict):
        return {}
    key, steps = _steps(document)
    source: dict[str, Series] = {}
    for name, value in named(document):
        series = Series()
        if isinstance(value, list) and name != key:
            _add_all(series, value, steps)
        elif (final := number(value)) is not None:
            series.state(final)
        if series.final is not None:
            source[name] = series
    return source


def _steps(document: Mapping[str, object]) -> tuple[str | None, list[object]]:
    """The list that numbers the steps, and its key; an empty one counts them from 1."""
    for key in _STEPS:
        steps = document.get(key)
        if isinstance(steps, list):
            return key, steps
    return None, []


def _add_all(series: Series, values: list[object], steps: list[object]) -> None:
    count = len(values)
    for position, (value, step) in enumerate(zip_longest(values, steps[:count]), start=1):
        found = number(value)
        if found is not None:
            at = step_number(step)
            series.add(position if at is None else at, found)


def _content(path: str) -> bytes:
    opened = open_regular(path)
    if opened is None:
        return b""
    descriptor, size = opened
    with open(descriptor, "rb") as file:
        if size > LIMIT_BYTES:
            return b""
        try:
            content = file.read(LIMIT_BYTES + 1)
        except OSError:
            return b""
    return content if len(content) <= LIMIT_BYTES else b""

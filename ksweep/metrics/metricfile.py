"""`training_metrics.json`: numbers are final values, lists are histories."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from itertools import zip_longest

from ksweep.metrics.files import open_regular
from ksweep.metrics.series import Series, Source
from ksweep.metrics.values import named, number, parse_json, step_number

LIMIT_BYTES = 64 << 20
_STEPS = ("epochs", "epoch")


class TooLargeError(Exception):
    """The file has more than `LIMIT_BYTES`."""


def read_file(path: str, wanted: Collection[str] | None = None) -> Source:
    """The metrics in the file; none where it is missing, or not what it should be.

    Args:
        path: of the file.
        wanted: the metrics whose histories are kept, None for all.

    Raises:
        TooLargeError: it is too large.
    """
    source = Source(wanted)
    document = parse_json(_content(path))
    if not isinstance(document, dict):
        return source
    key, steps = _steps(document)
    for name, value in named(document):
        if isinstance(value, list) and name != key:
            if any(number(one) is not None for one in value):
                _add_all(source.series(name), value, steps)
        elif (final := number(value)) is not None:
            source.series(name).state(final)
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
        try:
            content = file.read(LIMIT_BYTES + 1) if size <= LIMIT_BYTES else b""
        except OSError:
            return b""
    if size > LIMIT_BYTES or len(content) > LIMIT_BYTES:
        raise TooLargeError(f"{os.path.basename(path)} has more than {LIMIT_BYTES >> 20} MiB")
    return content

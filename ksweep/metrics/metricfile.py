"""`training_metrics.json`: numbers are final values, lists are histories."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from itertools import zip_longest

from ksweep import exposed
from ksweep.metrics.series import Series, Source
from ksweep.metrics.values import named, number, step_number

LIMIT_BYTES = 64 << 20
_STEPS = ("epochs", "epoch")


class UnreadableError(Exception):
    """The file is there, and not what it should be: says why."""


class TooLargeError(UnreadableError):
    """It has more than `LIMIT_BYTES`."""


def read_file(path: str, wanted: Collection[str] | None = None) -> Source:
    """The metrics in the file; none where it is missing.

    Args:
        path: of the file.
        wanted: the metrics whose histories are kept, None for all.

    Raises:
        UnreadableError: it cannot be read, or is not what it should be.
    """
    source = Source(wanted)
    content = _content(path)
    if content is None:
        return source
    document = _document(content, os.path.basename(path))
    key, steps = _steps(document)
    for name, value in named(document):
        if isinstance(value, list) and name != key:
            if any(number(one) is not None for one in value):
                _add_all(source.series(name), value, steps)
            else:
                source.note(name, value[:3])
        elif (final := number(value)) is not None:
            source.series(name).state(final)
        elif name != key:
            source.note(name, value if isinstance(value, str | None) else type(value).__name__)
    return source


def _document(content: bytes, name: str) -> Mapping[str, object]:
    try:
        document = json.loads(content)
    except UnicodeDecodeError:
        raise UnreadableError(f"{name} is not UTF-8") from None
    except ValueError as error:
        raise UnreadableError(f"{name} is no JSON: {error}") from None
    except RecursionError:
        raise UnreadableError(f"{name} is nested too deeply") from None
    if not isinstance(document, dict):
        raise UnreadableError(f'{name} is no JSON object like {{"test_acc": 0.9}}')
    return document


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


def _content(path: str) -> bytes | None:
    """What is in the file; None where there is none."""
    name = os.path.basename(path)
    try:
        with open(exposed.open_regular(path), "rb") as file:
            if os.fstat(file.fileno()).st_size <= LIMIT_BYTES:
                content = file.read(LIMIT_BYTES + 1)
                if len(content) <= LIMIT_BYTES:
                    return content
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableError(f"{name} cannot be read: {error.strerror}") from None
    raise TooLargeError(f"{name} has more than {LIMIT_BYTES >> 20} MiB")

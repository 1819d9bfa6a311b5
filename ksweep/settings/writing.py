"""Settings as the lines of a range file."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ksweep.domain import quote
from ksweep.model import Goal, Objective, Settings
from ksweep.settings.values import ENUMS, FIELDS

_DIRECTIONS = {Goal.MAXIMIZE: "max", Goal.MINIMIZE: "min"}


def lines_of(settings: Settings, names: Collection[str]) -> Iterator[str]:
    """One line for each of the named fields of `Settings`."""
    for name in (*(field.lower() for field in FIELDS), *ENUMS):
        if name in names:
            yield _line(name, getattr(settings, name))


def _line(name: str, value: object) -> str:
    start = f"CONFIG_SWEEP_{name.upper()}"
    if name in ENUMS:
        return f"{start}_{str(value).upper()}=y"
    if isinstance(value, bool | int):
        return f"{start}={'ny'[value] if isinstance(value, bool) else value}"
    items = value if isinstance(value, tuple) else (value,)
    return f"{start}={quote(','.join(map(_item, items)))}"


def _item(value: object) -> str:
    if isinstance(value, Objective):
        return f"{value.metric}:{_DIRECTIONS[value.goal]}:{value.weight!r}"
    return str(value)

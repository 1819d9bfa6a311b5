"""`Settings` as JSON and back: what `sweep.json` has under `settings`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from ksweep.errors import InputError, Where
from ksweep.model import Goal, Objective, Settings
from ksweep.settings.values import ENUMS


def to_json(settings: Settings) -> dict[str, object]:
    """A JSON object with a key for each field."""
    values: dict[str, object] = {f.name: getattr(settings, f.name) for f in fields(Settings)}
    return {
        **values,
        "objectives": [asdict(objective) for objective in settings.objectives],
        "metrics": list(settings.metrics),
        "replicate": list(settings.replicate),
        "gpus": list(settings.gpus),
        "explicit": sorted(settings.explicit),
    }


def from_json(document: object, where: Where) -> Settings:
    """What `to_json` gave; fields that it does not have keep their defaults.

    Raises:
        InputError: it is something else.
    """
    try:
        if not isinstance(document, Mapping):
            raise TypeError("not an object")
        known = (f.name for f in fields(Settings) if f.name in document)
        return Settings(**{name: _field(name, document[name]) for name in known})
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        what = f"`settings` is not what ksweep writes ({error})"
        raise InputError(what, "restore the file as ksweep wrote it", where) from None


def _field(name: str, value: Any) -> Any:
    """The value of a field.

    Raises:
        TypeError, ValueError, KeyError: it is not one.
    """
    if name in ENUMS:
        return ENUMS[name](value)
    default = getattr(Settings(), name)
    if isinstance(default, tuple | frozenset):
        if not isinstance(value, list):
            raise TypeError(f"{name} is not a list")
        if name == "objectives":
            return tuple(_objective(item) for item in value)
        item_type = int if name == "gpus" else str
        return type(default)(_of_type(name, item, item_type) for item in value)
    return _of_type(name, value, type(default))


def _objective(item: Any) -> Objective:
    metric, weight = _of_type("metric", item["metric"], str), float(item["weight"])
    if not 0 < weight < math.inf:
        raise ValueError(f"{weight} is no weight")
    return Objective(metric, Goal(item["goal"]), weight)


def _of_type(name: str, value: Any, type_: type) -> Any:
    if type(value) is not type_:
        raise TypeError(f"{name} is not of the type {type_.__name__}")
    return value

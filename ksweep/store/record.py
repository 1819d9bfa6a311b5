"""`model.Result` as JSON and back: the content of `result.json` and of a ledger line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ksweep.errors import InputError, Where
from ksweep.model import Pruning, Resources, Result, TrialState

VERSION = 1

_OURS = frozenset({"name", "id", "status"})  # a program may write a `result.json` of its own
_RESOURCES = tuple(field.name for field in fields(Resources))
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def to_json(result: Result) -> dict[str, object]:
    """The keys of `result.json`; those behind `reused_from` only where there is one."""
    resources = result.resources
    document: dict[str, object] = {
        "version": VERSION,
        "name": result.name,
        "id": result.id,
        "repeat": result.repeat,
        "status": result.status.value,
        "exit_code": result.exit_code,
        "attempt": result.attempt,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "host": result.host,
        "params": dict(result.params),
        "metrics": {name: _number(value) for name, value in result.metrics.items()},
        "resources": {name: getattr(resources, name) for name in _RESOURCES},
        "reused_from": result.reused_from,
    }
    if result.cores:
        document["cores"] = list(result.cores)
    if result.gpus:
        document["gpus"] = list(result.gpus)
    if result.pruned is not None:
        document["pruned"] = pruning_to_json(result.pruned)
    if result.error is not None:
        document["error"] = result.error
    if result.log_tail is not None:
        document["log_tail"] = result.log_tail
    return document


def to_line(result: Result) -> bytes:
    """One line of ASCII with a line feed at its end."""
    return (_encode(to_json(result)) + "\n").encode("ascii")


def from_line(line: bytes, path: str) -> Result | None:
    """Read what `to_line` wrote; None where it is damaged.

    Raises:
        InputError: a newer ksweep wrote it; `path` says where.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return from_json(document, path)


def from_json(document: object, path: str) -> Result | None:
    """The result that `document` describes; None where it describes none.

    Raises:
        InputError: a newer ksweep wrote it; `path` says where.
    """
    if not isinstance(document, Mapping) or not _OURS.issubset(document):
        return None
    check_version(document, path)
    try:
        return _result(document)
    except _DAMAGE:
        return None


def pruning_to_json(pruning: Pruning) -> dict[str, object]:
    """The keys of `pruned` in a record, and of a decision that is kept until there is one."""
    return {"step": pruning.step, "value": _number(pruning.value), "rule": pruning.rule}


def pruning_from_json(document: object) -> Pruning | None:
    """What `pruning_to_json` gave; None where it is damaged."""
    try:
        return _pruning(document)
    except _DAMAGE:
        return None


def check_version(document: Mapping[str, object], path: str) -> None:
    """Refuse what a newer ksweep wrote.

    Raises:
        InputError: the document's version is above ours.
    """
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise InputError(
            f"this is version {version} of the format, and this ksweep knows up to {VERSION}",
            "use the newer ksweep that wrote it",
            Where(path),
        )


def _result(document: Mapping[str, Any]) -> Result:
    resources = document.get("resources") or {}
    pruned = document.get("pruned")
    return Result(
        name=_text(document["name"]),
        id=_text(document["id"]),
        status=TrialState(document["status"]),
        exit_code=_code(document["exit_code"]),
        attempt=int(document["attempt"]),
        started_at=_text(document["started_at"]),
        finished_at=_text(document["finished_at"]),
        host=_text(document["host"]),
        params={_text(name): _text(value) for name, value in document["params"].items()},
        repeat=int(document.get("repeat", 1)),
        metrics={_text(name): float(value) for name, value in document["metrics"].items()},
        resources=Resources(**{name: _measured(resources.get(name)) for name in _RESOURCES}),
        cores=tuple(int(number) for number in document.get("cores", ())),
        gpus=tuple(int(number) for number in document.get("gpus", ())),
        reused_from=_optional_text(document.get("reused_from")),
        pruned=None if pruned is None else _pruning(pruned),
        error=_optional_text(document.get("error")),
        log_tail=_optional_text(document.get("log_tail")),
    )


def _pruning(document: Any) -> Pruning:
    step = _measured(document["step"])
    if step is None:
        raise TypeError(step)
    return Pruning(step, float(document["value"]), _text(document["rule"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _code(value: object) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError(value)
    return value


def _measured(value: object) -> float | None:
    """A finite number, kept an int where it is one; None where nothing was measured."""
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(value)
    if not math.isfinite(value):
        raise ValueError(value)
    return value


def _number(value: float) -> float | str:
    """JSON has no NaN and no infinity: they are texts that `float()` reads."""
    return value if math.isfinite(value) else str(float(value))

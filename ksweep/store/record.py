"""`model.Result` as JSON and back: the content of `result.json` and of a ledger line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import itemgetter
from sys import intern
from types import MappingProxyType
from typing import Any, TypeAlias

from ksweep.errors import InputError, Where
from ksweep.model import Cause, Pruning, Resources, Result, TrialState
from ksweep.store import atomic

VERSION = 1

Thought: TypeAlias = Mapping[str, Mapping[str, str]]

_OURS = frozenset(
    {"version", "name", "id", "status"}
)  # a program may write a `result.json` of its own
_RESOURCES = tuple(field.name for field in fields(Resources))
_NOTHING: Thought = MappingProxyType({})
_NOTES = ("reused_from", "error", "log_tail", "incomplete", "code")
_who = itemgetter("name", "id", "started_at", "finished_at", "host")
_TEXT = frozenset({str})
_MAYBE_TEXT: frozenset[type] = frozenset({str, type(None)})
_MEASURED: frozenset[type] = frozenset({int, float, type(None)})
_STATES = {state.value: state for state in TrialState}
_CAUSES: dict[object, Cause] = {cause.value: cause for cause in Cause}
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
    if result.cause is not None:
        document["cause"] = result.cause.value
    if result.error is not None:
        document["error"] = result.error
    if result.log_tail is not None:
        document["log_tail"] = result.log_tail
    if result.incomplete is not None:
        document["incomplete"] = result.incomplete
    if result.code is not None:
        document["code"] = result.code
    if result.changes:
        document["config_changes"] = {name: list(pair) for name, pair in result.changes.items()}
    return document


def to_line(result: Result) -> bytes:
    """One line of ASCII with a line feed at its end."""
    return (_encode(to_json(result)) + "\n").encode("ascii")


def from_line(line: bytes, path: str, thought: Thought = _NOTHING) -> Result | None:
    """Read what `to_line` wrote; None where it is damaged.

    Args:
        line: what was written.
        path: where it was.
        thought: by the names of trials what their parameters are thought to be; where they are, the
            result has these very ones, so that very many results take less memory.

    Raises:
        InputError: another ksweep wrote it, in a format that is not ours; `path` says where.
    """
    return from_json(atomic.parse(line), path, thought)


def from_lines(
    lines: Sequence[bytes], path: str, thought: Thought = _NOTHING
) -> list[Result | None]:
    """What `from_line` reads of each, in less time."""
    return [from_json(document, path, thought) for document in _documents(lines)]


def _documents(lines: Sequence[bytes]) -> Sequence[object]:
    """What each line says, decoded as one text where all are sound: that is a quarter faster."""
    found = atomic.parse(b"[" + b",".join(lines) + b"]") if len(lines) > 1 else None
    if isinstance(found, list) and len(found) == len(lines):
        return found
    return [atomic.parse(line) for line in lines]


def from_json(document: object, path: str, thought: Thought = _NOTHING) -> Result | None:
    """The result that `document` describes; None where it describes none.

    Raises:
        InputError: another ksweep wrote it, in a format that is not ours; `path` says where.
    """
    if not isinstance(document, Mapping) or not _OURS.issubset(document):
        return None
    check_version(document, path)
    try:
        return _result(document, thought)
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
    """Refuse what another ksweep wrote, whose format is not this one.

    Raises:
        InputError: the document's version is not ours, or it has none.
    """
    version = document.get("version")
    if version == VERSION and type(version) is int:
        return
    where = Where(path)
    if type(version) is not int:
        raise InputError(
            "this does not say which version of the format it is in",
            f'restore its `"version": {VERSION}`, as ksweep wrote it',
            where,
        )
    what = f"this is version {version} of the format, and this ksweep knows "
    if version > VERSION:
        what += f"up to {VERSION}"
        raise InputError(what, "use the newer ksweep that wrote it", where)
    raise InputError(what + f"no version before {VERSION}", "use the ksweep that wrote it", where)


def _result(document: Mapping[str, Any], thought: Thought) -> Result:
    """The result, with types checked by the handful: of very many each call would be felt."""
    params, metrics = document["params"], document["metrics"]
    get = document.get
    resources, pruned, cores, gpus = (
        get("resources") or {},
        get("pruned"),
        get("cores"),
        get("gpus"),
    )
    name, identity, started_at, finished_at, host = who = _who(document)
    notes = reused_from, error, log_tail, incomplete, code = [*map(get, _NOTES)]
    _check_types(_TEXT, who)
    _check_types(_MAYBE_TEXT, notes)
    own = thought.get(name)
    return Result(
        name=name,
        id=identity,
        status=_STATES[document["status"]],
        exit_code=_code(document["exit_code"]),
        attempt=int(document["attempt"]),
        started_at=started_at,
        finished_at=finished_at,
        host=intern(host),
        params=own if own is not None and own == params else _params(params),
        repeat=int(get("repeat", 1)),
        metrics={intern(name): float(value) for name, value in metrics.items()},
        resources=Resources(*_measured([*map(resources.get, _RESOURCES)])),
        cores=tuple(map(int, cores)) if cores else (),
        gpus=tuple(map(int, gpus)) if gpus else (),
        reused_from=reused_from,
        pruned=None if pruned is None else _pruning(pruned),
        cause=_CAUSES.get(get("cause")),
        error=error,
        log_tail=log_tail,
        incomplete=incomplete,
        code=code and intern(code),
        changes=_changes(get("config_changes") or {}),
    )


def _pruning(document: Any) -> Pruning:
    (step,) = _measured([document["step"]])
    _check_types(_TEXT, [document["rule"]])
    if step is None:
        raise TypeError(step)
    return Pruning(step, float(document["value"]), document["rule"])


def _changes(document: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    pairs = {name: (asked, made) for name, (asked, made) in document.items()}
    _check_types(_MAYBE_TEXT, (text for pair in pairs.values() for text in pair))
    return pairs


def _params(document: Mapping[str, Any]) -> dict[str, str]:
    _check_types(_TEXT, document.values())
    return dict(zip(map(intern, document), document.values(), strict=True))


def _check_types(allowed: frozenset[type], values: Iterable[object]) -> None:
    if not allowed.issuperset(map(type, values)):
        raise TypeError(values)


def _code(value: object) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError(value)
    return value


def _measured(values: list[float | None]) -> list[float | None]:
    """Finite numbers as floats; None where nothing was measured."""
    _check_types(_MEASURED, values)
    if not all(map(math.isfinite, filter(None, values))):
        raise ValueError(values)
    return [None if value is None else float(value) for value in values]


def _number(value: float) -> float | str:
    """JSON has no NaN and no infinity: they are texts that `float()` reads."""
    return value if math.isfinite(value) else str(float(value))

"""What a setting's text, which Kconfig accepts, stands for."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ksweep import expression
from ksweep.errors import InputError
from ksweep.metrics import check_regex
from ksweep.model import Assignment, BackendKind, Goal, Method, Objective, StopRule

_METRIC = re.compile(r"[^\s,:=\"']+")
_INDEX = re.compile(r"[0-9]{1,6}")
_SYMBOL = re.compile(r"(?:CONFIG_)?(\w+)", re.ASCII)
_DIRECTIONS = MappingProxyType({"max": Goal.MAXIMIZE, "min": Goal.MINIMIZE})
_OBJECTIVE = "write metric:max or metric:min, and a weight if it is not 1: test_acc:max:0.5"


def _text(line: Assignment) -> str:
    return line.value


def _whole(line: Assignment) -> int:
    return int(line.value)


def _flag(line: Assignment) -> bool:
    return line.value == "y"


def _metric(line: Assignment) -> str:
    if _METRIC.fullmatch(line.value):
        return line.value
    raise InputError(
        f"`{line.value}` in CONFIG_{line.symbol} cannot be the name of a metric",
        "a name has at least one character, and no white space, comma, colon, `=` or quote",
        line.where,
    )


def _items(line: Assignment) -> list[Assignment]:
    """One line for each item of a list with commas; none for an empty text."""
    if not line.value.strip():
        return []
    return [replace(line, value=item.strip()) for item in line.value.split(",")]


def _metrics(line: Assignment) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_metric(item) for item in _items(line)))


def _symbols(line: Assignment) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_symbol(item) for item in _items(line)))


def _symbol(line: Assignment) -> str:
    match = _SYMBOL.fullmatch(line.value)
    if match is None:
        raise InputError(
            f"`{line.value}` in CONFIG_{line.symbol} cannot be the name of a symbol",
            "write symbols without CONFIG_, with commas between them",
            line.where,
        )
    return match[1]


def _objectives(line: Assignment) -> tuple[Objective, ...]:
    found = tuple(_objective(item) for item in _items(line))
    names = [objective.metric for objective in found]
    for name, count in Counter(names).items():
        if count > 1:
            what = f"CONFIG_{line.symbol} has {name} twice"
            raise InputError(what, "remove one of the two", line.where)
    return found


def _objective(line: Assignment) -> Objective:
    """`test_acc:max:0.5`."""
    name, *rest = (part.strip() for part in line.value.split(":"))
    metric = _metric(replace(line, value=name))
    if len(rest) not in (1, 2):
        what = f"`{line.value}` in CONFIG_{line.symbol} is not a metric with its direction"
        raise InputError(what, _OBJECTIVE, line.where)
    if rest[0] not in _DIRECTIONS:
        what = f"`{rest[0]}` in CONFIG_{line.symbol} is not a direction"
        raise InputError(what, f"{metric} is to be max or min", line.where)
    weight = _weight(rest[1], line) if len(rest) == 2 else 1.0
    return Objective(metric, _DIRECTIONS[rest[0]], weight)


def _weight(text: str, line: Assignment) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if math.isfinite(weight) and weight > 0:
        return weight
    what = f"`{text}` in CONFIG_{line.symbol} is not a weight"
    raise InputError(what, "a weight is a number above 0, such as 0.5", line.where)


def _regex(line: Assignment) -> str:
    if line.value:
        check_regex(line.value, line.where)
    return line.value


def _formula(line: Assignment) -> str:
    if line.value.strip():
        expression.parse(line.value, line.where)
    return line.value


def _indices(line: Assignment) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_index(item) for item in _items(line)))


def _index(line: Assignment) -> int:
    if _INDEX.fullmatch(line.value):
        return int(line.value)
    raise InputError(
        f"`{line.value}` in CONFIG_{line.symbol} is not the number of a GPU",
        "write the numbers that nvidia-smi shows, with commas between them: 0,2",
        line.where,
    )


FIELDS: Mapping[str, Callable[[Assignment], Any]] = MappingProxyType(
    {
        "COMMAND": _text,
        "CWD": _text,
        "METRIC": _metric,
        "OBJECTIVES": _objectives,
        "METRICS": _metrics,
        "METRIC_REGEX": _regex,
        "TRIALS": _whole,
        "SEED": _whole,
        "SHUFFLE": _flag,
        "STRENGTH": _whole,
        "MIN_STEPS": _whole,
        "MAX_STEPS": _whole,
        "ETA": _whole,
        "REPEAT": _whole,
        "REPLICATE": _symbols,
        "JOBS": _whole,
        "TIMEOUT": _whole,
        "STALL_TIMEOUT": _whole,
        "BUDGET": _whole,
        "RETRIES": _whole,
        "MAX_FAILURES": _whole,
        "MEMORY_MB": _formula,
        "MEMORY_LIMIT_MB": _whole,
        "MEMORY_TOTAL_MB": _whole,
        "CPUS_PER_TRIAL": _whole,
        "GPUS_PER_TRIAL": _whole,
        "TRIALS_PER_GPU": _whole,
        "GPUS": _indices,
        "CONFIG_COPY": _flag,
        "TRACK_MLFLOW": _flag,
        "TRACK_WANDB": _flag,
        "TRACK_ARTIFACTS": _flag,
    }
)
"""Settings of a type of their own, by what follows `SWEEP_`; the field has the name in lower case.
"""

ENUMS: Mapping[str, type[StrEnum]] = MappingProxyType(
    {"goal": Goal, "method": Method, "stop": StopRule, "backend": BackendKind}
)
"""Settings that are choices, by the name of the field."""

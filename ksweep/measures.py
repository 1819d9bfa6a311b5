"""The measured values of a trial, metrics and resources alike, under the names of the summary."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ksweep.model import Goal, Result, Settings

# The column of the summary, and the attribute of `Resources` that it shows.
RESOURCES: Mapping[str, str] = MappingProxyType(
    {
        "total_time": "wall_s",
        "cpu_s": "cpu_s",
        "peak_rss_mb": "peak_rss_mb",
        "read_mb": "read_mb",
        "write_mb": "write_mb",
        "gpu_util_avg": "gpu_util_avg",
        "gpu_peak_mb": "gpu_peak_mb",
        "energy_kwh": "energy_kwh",
    }
)
PREFIX = "metric."

_NUMBER = re.compile(r"\d+")
_SMALL = re.compile(
    r"loss|(?<![a-z])err|perplexity|ppl|latency|time|[rm][ms]se|(?<![a-z])mae(?![a-z])"
)
_LARGE = re.compile(r"acc|f1|auc|score|precision|recall|reward|bleu|throughput|iops|per_s")


def measure(result: Result, name: str) -> float | None:
    """The value of a resource or metric by its name in the summary; None where there is none.

    A resource's name means the resource also where the program reports a metric of that name:
    the program's own is then `metric.NAME`. The value may be NaN or infinite.
    """
    if name in RESOURCES:
        value: float | None = getattr(result.resources, RESOURCES[name])
        return value
    if name in result.metrics:
        return result.metrics[name]
    return result.metrics.get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None


def missing_metrics(results: Sequence[Result], settings: Settings) -> tuple[str, ...]:
    """What somebody asked to rank by and none of the results has; resources are not asked for."""
    if not settings.objectives and "metric" not in settings.explicit:
        return ()
    names = (one.metric for one in settings.ranked_by if one.metric not in RESOURCES)
    return tuple(name for name in names if all(measure(result, name) is None for result in results))


def usual_goal(name: str) -> Goal | None:
    """Which end of a metric or resource is better, by its name; None where that does not say."""
    lower = name.lower()
    if name in RESOURCES or _SMALL.search(lower):
        return Goal.MINIMIZE
    return Goal.MAXIMIZE if _LARGE.search(lower) else None


def finite(value: float | None) -> float | None:
    """The value where it is a number that can be compared, else None."""
    return value if value is not None and math.isfinite(value) else None


def metric_names(results: Iterable[Result]) -> tuple[str, ...]:
    """The metrics of any of the results, in the order in which they are met."""
    sets = dict.fromkeys(tuple(result.metrics) for result in results)  # few, of many results
    return tuple(dict.fromkeys(name for names in sets for name in names))


def measured_names(results: Sequence[Result]) -> tuple[str, ...]:
    """What any of the results has, as `measure` calls it: the metrics, then the resources."""
    metrics = metric_columns(metric_names(results), RESOURCES)
    used = [result.resources for result in results]
    found = (
        name
        for name, attribute in RESOURCES.items()
        if any(getattr(one, attribute) is not None for one in used)
    )
    return (*metrics.values(), *found)


def metric_columns(names: Sequence[str], taken: Iterable[str]) -> dict[str, str]:
    """The column of each metric: its own name, with `metric.` in front where that is taken."""
    used = set(taken)
    columns = {name: name for name in names if name not in used}
    used.update(columns)
    for name in names:
        if name not in columns:
            column = PREFIX + name
            while column in used:
                column = PREFIX + column
            columns[name] = column
            used.add(column)
    return {name: columns[name] for name in names}


def number_of(name: str) -> int:
    """The number in a configuration's name: 17 for `config_017` and `config_017.r2`."""
    match = _NUMBER.search(name)
    return int(match.group()) if match else 0


def changes_text(result: Result) -> str:
    """What the program changed in its configuration: `CONFIG_A from 3 to 4, and 2 more`."""
    (name, (asked, made)), *more = result.changes.items()
    others = f", and {len(more):,} more (config_changes in its result.json)" if more else ""
    return f"{name} from {asked or 'no line'} to {made or 'no line'}{others}"

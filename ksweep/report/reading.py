"""A results directory, whatever the state of its sweep, as what analysis looks at."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from pathlib import Path

from ksweep import rangefile, settings
from ksweep.analysis.estimate import mean_seconds
from ksweep.analysis.naming import ConfigOf
from ksweep.analysis.records import texts_among
from ksweep.analysis.runs import without
from ksweep.analysis.view import View
from ksweep.client import read_config
from ksweep.errors import InputError, KsweepError, SurroundingsError, Where
from ksweep.model import AxisKind, Settings
from ksweep.report.axes import read_dimensions
from ksweep.report.rereading import with_further
from ksweep.store import Results

_SWEEPS_LOOKED_AT = 20
_NEVER = datetime.min.replace(tzinfo=UTC)


def read_view(results: Results, metric: str | None = None) -> View:
    """The sweep as it is on disk now; `metric` is looked for in the logs where no record has it.

    Raises:
        InputError: another ksweep wrote it, or its `sweep.json` is damaged.
        SurroundingsError: it cannot be read.
    """
    where = Where(f"{results.path}/sweep.json")
    axes = _axes(results.sweep.get("axes"), where)
    held = settings.from_json(results.sweep.get("settings"), where)
    runner = results.holder()
    found = with_further(results, results.results(), metric)
    return View(
        path=results.path,
        results=found,
        directories=tuple(entry.directory for entry in results.entries),
        parameters=tuple(dict.fromkeys(name for _, names in axes for name in names)),
        settings=held,
        planned=planned_trials(results, held),
        choices=tuple(names for kind, names in axes if kind is AxisKind.CHOICE),
        dimensions=read_dimensions(results.sweep.get("axes")),
        jobs=(runner and runner.jobs) or max(held.jobs, 1),
        expected_s=runner.expected_s if runner is not None else None,
        texts=texts_among(found),
        fixed=_fixed(results.sweep, {name for _, names in axes for name in names}),
    )


def _fixed(sweep: Mapping[str, object], varying: Collection[str]) -> tuple[str, ...]:
    """`CONFIG_DEPTH=7`: what the range file sets and does not vary; none of a damaged copy."""
    told = sweep.get("range_file")
    if not isinstance(told, Mapping) or not isinstance(told.get("texts"), Mapping):
        return ()
    try:
        read = rangefile.read(Path(told["path"]), Path(told["srctree"] or "."), told["texts"])
    except (KsweepError, LookupError, TypeError, AttributeError):
        return ()
    return tuple(
        f"CONFIG_{line.symbols[0]}={line.text}"
        for line in read.lines
        if f"CONFIG_{line.symbols[0]}" not in varying
    )


def config_reader(results: Results) -> ConfigOf:
    """What reads a trial's `config.txt`; one that is gone is empty."""
    entries = cache(lambda: {entry.name: entry for entry in results.entries})

    def read(name: str) -> str:
        try:
            return results.trial(entries()[name]).config_text()
        except SurroundingsError:
            return ""

    return read


def base_config(results: Results) -> dict[str, str] | None:
    """Symbol → value of the `.config` that the sweep started from; None where there was none."""
    base = results.sweep.get("base")
    text = base.get("text") if isinstance(base, Mapping) else None
    return read_config(text) if isinstance(text, str) else None


def sweep_before(results: Results) -> Results:
    """The sweep beside this one that began last before it, by the times that they recorded.

    Names are in local time, and say nothing across time zones or where clocks are put back.

    Raises:
        InputError: there is none.
    """
    output_dir = os.path.dirname(results.path)
    began = _began(results)
    earlier: list[tuple[datetime, str, Results]] = []
    for path in _newest_sweeps(output_dir):
        with suppress(KsweepError):  # a damaged sweep is none to compare with
            other = Results.open(path, output_dir)
            if other.path != results.path and (_began(other), other.name) < (began, results.name):
                earlier.append((_began(other), other.name, other))
    if earlier:
        return max(earlier, key=itemgetter(0, 1))[2]
    raise InputError(
        "there is no sweep before it to compare with", "name two sweeps", Where(results.path)
    )


def _began(results: Results) -> datetime:
    """When it began; as early as can be where that is not recorded."""
    recorded = results.sweep.get("created_at")
    try:
        found = datetime.fromisoformat(recorded) if isinstance(recorded, str) else _NEVER
    except ValueError:
        return _NEVER
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def planned_trials(results: Results, settings: Settings) -> int:
    """How many trials a sweep will have at most; a search chooses some of them on the way."""
    laid_out = len(results.entries)
    if not settings.method.adaptive or results.used_up:
        return laid_out
    repeated = {f"CONFIG_{symbol}" for symbol in settings.replicate}
    dimensions = read_dimensions(results.sweep.get("axes"))
    sizes = (one.domain.size or 1 for one in dimensions if not repeated.isdisjoint(one.names))
    chosen = {frozenset(without(one.params, repeated).items()) for one in results.entries}
    left = max(settings.trials - len(chosen), 0)
    return laid_out + left * math.prod(sizes) * settings.repeat


def earlier_trial_seconds(output_dir: str, command: str) -> float | None:
    """The mean time of a trial in the newest sweep of the same command, if there is one."""
    for path in _newest_sweeps(output_dir)[:_SWEEPS_LOOKED_AT]:
        try:
            earlier = Results.open(path, output_dir)
            if earlier.sweep.get("command") != command:
                continue
            seconds = mean_seconds(earlier.results())
        except KsweepError:  # a damaged sweep is no reason not to run another
            continue
        if seconds is not None:
            return seconds
    return None


def _newest_sweeps(output_dir: str) -> list[str]:
    try:
        names = [name for name in os.listdir(output_dir) if name.startswith("sweep_")]
    except OSError:
        return []
    return [os.path.join(output_dir, name) for name in sorted(names, reverse=True)]


def _axes(axes: object, where: Where) -> list[tuple[AxisKind, tuple[str, ...]]]:
    """The kind of each axis and its `CONFIG_` names, in the order of the range file."""
    if not isinstance(axes, list):
        raise _damaged(where)
    try:
        return [
            (AxisKind(axis["kind"]), tuple(f"CONFIG_{symbol}" for symbol in axis["symbols"]))
            for axis in axes
        ]
    except (TypeError, KeyError, ValueError):
        raise _damaged(where) from None


def _damaged(where: Where) -> InputError:
    what = "`axes` is not a list of kinds and symbols"
    return InputError(what, "restore the file as ksweep wrote it", where)

"""A results directory, whatever the state of its sweep, as what analysis looks at."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ksweep import settings
from ksweep.analysis.estimate import mean_seconds
from ksweep.analysis.view import View
from ksweep.errors import KsweepError, Where
from ksweep.model import AxisKind
from ksweep.store import Results

_SWEEPS_LOOKED_AT = 20


def read_view(results: Results) -> View:
    """The sweep as it is on disk now.

    Raises:
        InputError: a newer ksweep wrote it, or its `sweep.json` is damaged.
        SurroundingsError: it cannot be read.
    """
    where = Where(f"{results.path}/sweep.json")
    return View(
        path=results.path,
        results=tuple(results.results()),
        directories=tuple(entry.directory for entry in results.entries),
        parameters=_parameters(results.sweep.get("axes")),
        settings=settings.from_json(results.sweep.get("settings"), where),
        choices=_choices(results.sweep.get("axes")),
    )


def earlier_trial_seconds(output_dir: str, command: str) -> float | None:
    """The mean time of a trial in the newest sweep of the same command, if there is one."""
    for path in _newest_sweeps(output_dir):
        try:
            view = read_view(Results.open(path, output_dir))
        except KsweepError:  # a damaged sweep is no reason not to run another
            continue
        seconds = mean_seconds(view.results) if view.settings.command == command else None
        if seconds is not None:
            return seconds
    return None


def _newest_sweeps(output_dir: str) -> list[str]:
    try:
        names = [name for name in os.listdir(output_dir) if name.startswith("sweep_")]
    except OSError:
        return []
    newest = sorted(names, reverse=True)[:_SWEEPS_LOOKED_AT]
    return [os.path.join(output_dir, name) for name in newest]


def _parameters(axes: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"CONFIG_{symbol}" for symbol in _symbols(axes)))


def _symbols(axes: object) -> Iterator[str]:
    for axis in axes if isinstance(axes, list) else []:
        yield from axis["symbols"]


def _choices(axes: object) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(f"CONFIG_{symbol}" for symbol in axis["symbols"])
        for axis in (axes if isinstance(axes, list) else [])
        if axis["kind"] == AxisKind.CHOICE
    )

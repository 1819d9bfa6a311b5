"""A range file of the best few configurations and of nothing else, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ksweep.analysis.dimensions import Dimension, written
from ksweep.analysis.naming import ConfigOf
from ksweep.analysis.overview import Overview
from ksweep.analysis.runs import repeated_axes
from ksweep.analysis.view import View
from ksweep.client import read_config
from ksweep.domain import quote
from ksweep.model import AxisKind, Method, Result, SymbolType
from ksweep.report.display import counted, plain
from ksweep.report.refined import (
    CONFIGS_READ,
    RangeSource,
    fixed_line,
    settings_lines,
    wanted_settings,
)

_SWITCHES = {"y": "1", "m": "0.5", "n": "0"}  # as numbers, which expressions compare


def rerun_text(
    source: RangeSource,
    view: View,
    overview: Overview,
    config_of: ConfigOf,
    top: int,
    repeat: int | None,
) -> str:
    """The whole file: the best `top` configurations, each run `repeat` times.

    Without choices one linked axis carries them. A choice cannot be linked: it has a line of its
    own, and what it does not have with the others is left out by an expression. Axes that only
    repeat stay as they were; the method is the grid, as all are to run.
    """
    best = overview.ranking.ranked[:top]
    repeated = set(repeated_axes(view))
    axes = [one for one in view.dimensions if repeated.isdisjoint(one.names)]
    kept = [one for one in view.dimensions if not repeated.isdisjoint(one.names)]
    wanted = replace(wanted_settings(view, overview.ranking.basis), method=Method.GRID)
    if repeat is not None:
        wanted = replace(wanted, repeat=repeat)
    explicit = wanted.explicit | {"method"} | ({"repeat"} if repeat is not None else set())
    lines = [
        f"# The best {counted(len(best), 'configuration')} of",
        f"# {plain(view.path)}",
        "",
        "# The settings of the sweep",
        *settings_lines(source, replace(wanted, explicit=explicit)),
    ]
    swept = {one.axis.symbols for one in view.dimensions}
    fixed = [line for line in source.file.lines if line.symbols not in swept]
    configs = [read_config(config_of(result.name)) for result in best[:CONFIGS_READ]]
    if fixed:
        lines += ["", "# Fixed as it was", *(fixed_line(source, one, configs) for one in fixed)]
    if kept:
        lines += ["", "# What only repeats, as it was"]
        lines += [f"{one.axis.name}={one.axis.text}" for one in kept]
    lines += ["", f"# {', '.join(one.name for one in best)}", *_axes(axes, best)]
    return "\n".join(lines) + "\n"


def _axes(axes: Sequence[Dimension], best: Sequence[Result]) -> list[str]:
    """The lines that have these configurations alone."""
    choices = [one for one in axes if one.axis.kind is AxisKind.CHOICE]
    types = {
        name: type
        for one in axes
        if one.axis.kind is not AxisKind.CHOICE
        for name, type in zip(one.names, one.types, strict=True)
    }
    active = {name: type for name, type in types.items() if any(name in r.params for r in best)}
    members = [list(dict.fromkeys(map(one.value, best))) for one in choices]
    lines = [line for one in members if (line := _choice(one))]
    if active:
        lines.append(_linked(active, best))
    if any(len(one) > 1 for one in members):
        each = (_condition(result, choices, active) for result in best)
        lines.append(f"exclude if !({' || '.join(each)})")
    return lines


def _choice(members: Sequence[object]) -> str:
    """Its line; empty where none of them has the choice."""
    names = [f"CONFIG_{member}" for member in members if member is not None]
    return f"{'|'.join(names)}=y" if names else ""


def _linked(types: Mapping[str, SymbolType], best: Sequence[Result]) -> str:
    """One row for each; where a symbol is inactive, any value that it may have stands for it."""
    any_of = {name: next(r.params[name] for r in best if name in r.params) for name in types}
    rows = dict.fromkeys(
        tuple(written(result.params.get(name, any_of[name]), type) for name, type in types.items())
        for result in best
    )
    if len(types) == 1:
        return f"{next(iter(types))}={'|'.join(row[0] for row in rows)}"
    texts = [f"({', '.join(row)})" for row in rows]
    return f"({', '.join(types)})={'|'.join(texts)}"


def _condition(
    result: Result, choices: Sequence[Dimension], types: Mapping[str, SymbolType]
) -> str:
    """What is true of this configuration alone: what is inactive follows from the others."""
    chosen = [str(value) for one in choices if (value := one.value(result)) is not None]
    others = [
        f"{name.removeprefix('CONFIG_')} = {_term(result.params[name], type)}"
        for name, type in types.items()
        if name in result.params
    ]
    return f"({' && '.join([*chosen, *others])})"


def _term(text: str, type: SymbolType) -> str:
    if type in (SymbolType.BOOL, SymbolType.TRISTATE):
        return _SWITCHES[text]
    return quote(str(int(text, 16)) if type is SymbolType.HEX else text)

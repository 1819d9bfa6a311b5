"""A finer range file around the best configuration of a sweep, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from ksweep import rangefile, settings
from ksweep.analysis.naming import ConfigOf
from ksweep.analysis.overview import Overview
from ksweep.analysis.ranking import Basis
from ksweep.analysis.refinement import Fate, Refined, refine
from ksweep.analysis.view import View
from ksweep.client import read_config
from ksweep.errors import InputError, Where
from ksweep.measures import measure
from ksweep.model import Result, Settings
from ksweep.rangefile import Line, RangeFile
from ksweep.report.display import labelled, plain, shortened
from ksweep.store import Results

CONFIGS_READ = 200  # in search of one in which a fixed line holds
_WIDTH = 100
_WHY = {
    Fate.FIXED: "no effect is visible; fixed at the best value",
    Fate.REPEATS: "it only repeats; as it was",
    Fate.UNTOUCHED: "the best configuration does not have it, others that are left do; as it was",
    Fate.INACTIVE: "inactive in all that is left",
}


class RangeSource:
    """The range file that a sweep is from, with the files that it includes."""

    def __init__(self, results: Results) -> None:
        """Reads it from `sweep.json`.

        Raises:
            InputError: `sweep.json` does not have it.
        """
        self._where = Where(f"{results.path}/sweep.json")
        found: Any = results.sweep.get("range_file")
        try:
            texts = {str(path): str(text) for path, text in found["texts"].items()}
            path, srctree = str(found["path"]), str(found["srctree"])
            files = list(map(str, found["files"]))
        except (TypeError, KeyError, AttributeError):
            raise self._lacking() from None
        self._texts = {path: text.removeprefix("\ufeff") for path, text in texts.items()}
        self.file: RangeFile = rangefile.read(Path(path), Path(srctree), self._texts)
        if list(self.file.files) != files:
            raise self._lacking()

    def raw(self, where: Where) -> str:
        """A line as it stands there."""
        lines = self._texts[where.file].split("\n")
        return lines[(where.line or 1) - 1].strip()

    def check(self, view: View) -> None:
        """See that the axes are known well enough to write others.

        Raises:
            InputError: they are not.
        """
        lines = {line.symbols for line in self.file.lines}
        axes = {dimension.axis.symbols for dimension in view.dimensions}
        if (view.parameters and not axes) or not axes <= lines:
            raise self._lacking()

    def _lacking(self) -> InputError:
        return InputError(
            "it does not say enough of the range file and its axes to write another",
            "run the sweep again with this ksweep, or write the finer range file by hand",
            self._where,
        )


def refined_text(source: RangeSource, view: View, overview: Overview, config_of: ConfigOf) -> str:
    """The whole file; the ranking of the overview must have a best configuration."""
    axes, alike = refine(view, overview)
    best = alike[0]
    of = {one.symbols: one for one in axes}
    fixed = [line for line in source.file.lines if line.symbols not in of]
    configs = [read_config(config_of(result.name)) for result in islice(alike, CONFIGS_READ)]
    lines = [*head_lines(view, overview, best)]
    held = list(settings_lines(source, wanted_settings(view, overview.ranking.basis)))
    if held:
        lines += ["", "# The settings of the sweep", *held]
    if fixed:
        lines += ["", "# Fixed as it was"]
        lines += [fixed_line(source, line, configs) for line in fixed]
    for one in axes:
        lines += ["", *_axis(one)]
    if source.file.excludes:
        lines += ["", "# Left out as it was"]
        lines += [source.raw(exclude.where) for exclude in source.file.excludes]
    return "\n".join(lines) + "\n"


def head_lines(view: View, overview: Overview, best: Result) -> Iterator[str]:
    yield "# A finer sweep around the best configuration of"
    yield f"# {plain(view.path)}"
    values = ((name, measure(best, name)) for name in overview.ranking.basis.names)
    told = [labelled(name, value) for name, value in values if value is not None]
    yield f"# {best.name}: {', '.join(told)}"


def settings_lines(source: RangeSource, wanted: Settings) -> Iterator[str]:
    """The lines that still hold as they were, then what was set in another place."""
    lines = source.file.settings
    said = settings.resolve({}, lines, None)
    changed = {
        name
        for name in said.explicit | wanted.explicit
        if getattr(said, name) != getattr(wanted, name)
    }
    for line in lines:
        if settings.resolve({}, [line], None).explicit.isdisjoint(changed):
            yield source.raw(line.where)
    yield from settings.lines_of(wanted, changed)


def wanted_settings(view: View, basis: Basis) -> Settings:
    """Those of the sweep; what is best by another metric, where one was asked for now."""
    held = view.settings
    if basis.note or basis.objectives == held.ranked_by:
        return held
    (only,) = basis.objectives
    others = tuple(name for name in held.query.names if name != only.metric)
    explicit = held.explicit | {"metric", "goal", "objectives", "metrics"}
    return replace(
        held, metric=only.metric, goal=only.goal, objectives=(), metrics=others, explicit=explicit
    )


def fixed_line(source: RangeSource, line: Line, configs: Sequence[Mapping[str, str]]) -> str:
    """A fixed line, or a comment in its place where it holds in nothing that is left."""
    raw = source.raw(line.where)
    symbol, value = line.symbols[0], line.rows[0][0].text
    if any(_holds(config.get(symbol, "n"), value) for config in configs):
        return raw
    return f"# {plain(raw).lstrip('# ')}: holds in nothing that is left"


def _holds(found: str, value: str) -> bool:
    if found == value:
        return True
    try:
        return int(found, 0) == int(value, 0)
    except ValueError:
        return found.removeprefix("0x").lower() == value.removeprefix("0x").lower()


def _axis(one: Refined) -> Iterator[str]:
    """A comment that says why, and the line."""
    name = ", ".join(f"CONFIG_{symbol}" for symbol in one.symbols)
    yield f"# {shortened(name, _WIDTH)}: {_why(one)}"
    if one.line is not None:
        yield one.line


def _why(one: Refined) -> str:
    texts = (one.best,) if isinstance(one.best, str) else one.best or ()
    best = shortened(plain(", ".join(text or "" for text in texts)), _WIDTH) or '""'
    if one.fate is Fate.NARROWED:
        return f"narrowed to around the best value, {best}"
    if one.of == 1:
        return f"it has no other value than {best}"
    if one.fate is Fate.ONE_LEFT:
        return f"all other values are worse than the best, {best}"
    if one.fate is Fate.SOME_LEFT:
        return f"{one.left} of {one.of} values cannot be told from the best, {best}"
    return _WHY[one.fate]

"""What to try next: what follows from the results by stated rules, each with its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from ksweep.analysis.contrasts import Contrast, Judged
from ksweep.analysis.dimensions import Dimension, written
from ksweep.analysis.drawing import drawn
from ksweep.analysis.effectless import Effectless, effectless
from ksweep.analysis.excluding import Exclusion, exclusions
from ksweep.analysis.extending import at_limit, extension
from ksweep.analysis.failures import causes
from ksweep.analysis.overview import Overview
from ksweep.analysis.runs import repeated_axes
from ksweep.analysis.view import View
from ksweep.domain import Distribution
from ksweep.model import AxisKind, Result, SymbolType

_TENTHS = 30  # configurations, from which on the outer tenths of a distribution are looked at
_MOST = 10_000  # configurations that are looked at for that


@dataclass(frozen=True, slots=True)
class Extend:
    """The best value lies on the edge of its axis, and is better than the value next to it.

    Attributes:
        name: `CONFIG_X`.
        value: the best value.
        inner: the value next to it; of a distribution, where fifths of the configurations are
            compared, empty.
        contrast: of the two.
        line: the range line that goes on beyond the edge; None where Kconfig's range ends there.
        limited: Kconfig has a constant range for the symbol.
    """

    name: str
    value: str
    inner: str
    contrast: Contrast
    line: str | None
    limited: bool


@dataclass(frozen=True, slots=True)
class Fix:
    """A parameter has no visible effect; `line` fixes it at the best configuration's value."""

    found: Effectless
    line: str


@dataclass(frozen=True, slots=True)
class Exclude:
    """All failures of one cause share a value that no success has; `line` leaves it out."""

    found: Exclusion
    line: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Who is best is not sure.

    Attributes:
        runs: of each configuration now.
        rivals: how many cannot be told from the best; None where nothing ran twice.
        configurations: how many are ranked.
        axis: the `CONFIG_` name of what repeats, a seed say; None where only repeats do.
        line: the setting that runs each more often; None where more values of `axis` do.
    """

    runs: int
    rivals: int | None
    configurations: int
    axis: str | None
    line: str | None


@dataclass(frozen=True, slots=True)
class Refine:
    """The best value is better than those on both sides of it: look closer.

    Attributes:
        name: `CONFIG_X`.
        value: the best value.
        below: the value under it, and what the two were compared by.
        above: the value over it, likewise.
        line: the command that writes a finer range file.
    """

    name: str
    value: str
    below: tuple[str, Contrast]
    above: tuple[str, Contrast]
    line: str


Suggestion: TypeAlias = Extend | Fix | Exclude | Repeat | Refine


def suggestions(view: View, overview: Overview) -> tuple[Suggestion, ...]:
    """What follows from the results, in the order of the rules."""
    best = overview.ranking.best
    found: list[Suggestion] = []
    if best is not None and not _all_equal(overview):
        judged = Judged(overview.ranking, overview.replicates)
        numeric = [one for one in view.dimensions if _numeric(one, view)]
        fixed = [Fix(one, _fixing(view, best, one)) for one in effectless(overview, judged)]
        places = [_place(one, best, judged, len(numeric), view) for one in numeric]
        found += [place for place in places if isinstance(place, Extend)]
        found += [one for one in fixed if one.line]
        found += _repeats(view, overview)
        found += [place for place in places if isinstance(place, Refine)]
    ends = overview.ends
    failures = overview.causes if ends is view else causes(ends)
    return (*found, *(Exclude(one, one.line) for one in exclusions(ends, failures)))


def _all_equal(overview: Overview) -> bool:
    return len(overview.tied) + 1 == len(overview.ranking.ranked)


def _numeric(dimension: Dimension, view: View) -> bool:
    repeated = dimension.names[0] in repeated_axes(view)
    known = isinstance(dimension.domain, Distribution) or dimension.numbers() is not None
    return dimension.single and known and not repeated and _is_number_type(dimension)


def _is_number_type(dimension: Dimension) -> bool:
    return dimension.type in (SymbolType.INT, SymbolType.HEX, SymbolType.STRING)


def _place(
    dimension: Dimension, best: Result, judged: Judged, comparisons: int, view: View
) -> Extend | Refine | None:
    """Where the best value lies on an axis, if the data say so.

    An edge takes one comparison with the value next to it, a place between two values two.
    """
    text = best.params.get(dimension.names[0])
    value = dimension.number(text) if text is not None else None
    if text is None or value is None:
        return None
    if isinstance(dimension.domain, Distribution):
        return _outer(dimension, text, judged, comparisons)
    listed = dimension.numbers()
    order = list(listed or ())
    if listed is None or value not in listed or len(order) < 2:
        return None
    place = order.index(value)
    beside = [listed[order[at]] for at in (place - 1, place + 1) if 0 <= at < len(order)]
    found = [
        judged.contrast(dimension.names, dimension.value, listed[value], one) for one in beside
    ]
    known = [one for one in found if one is not None and one.tells(comparisons)]
    if len(known) < len(beside):
        return None
    if len(beside) == 1:
        return _extend(dimension, text, beside[0], known[0], place > 0)
    line = f"ksweep refine {view.path} -o finer-range"
    return Refine(dimension.names[0], text, (beside[0], known[0]), (beside[1], known[1]), line)


def _extend(
    dimension: Dimension, value: str, inner: str, contrast: Contrast, upwards: bool
) -> Extend | None:
    more = extension(dimension, upwards)
    edge = dimension.number(value)
    limited = dimension.limits[0] is not None
    if more is None and not (edge is not None and at_limit(dimension, edge, upwards)):
        return None
    name = dimension.names[0]
    line = f"{name}={more.right}" if more else None
    return Extend(name, value, inner, contrast, line, limited)


def _outer(dimension: Dimension, text: str, judged: Judged, comparisons: int) -> Extend | None:
    """Of a distribution: the outermost fifth of the configurations against the next.

    The outer half of that fifth may not be worse than the inner, or the best lies within.
    """
    name, best = dimension.names[0], dimension.number(text)
    results = drawn(judged.results, _MOST)
    values = [(dimension.number(result.params.get(name, "")), result) for result in results]
    known: list[tuple[Decimal, Result]] = [(v, r) for v, r in values if v is not None]
    known.sort(key=lambda pair: pair[0])
    if len(known) < _TENTHS or best is None:
        return None
    tenth = len(known) // 10
    for upwards, ordered in ((False, known), (True, known[::-1])):
        last = ordered[2 * tenth - 1][0]
        if not (best >= last if upwards else best <= last):
            continue
        one, two, three, four = (
            [r for _, r in ordered[part * tenth :][:tenth]] for part in range(4)
        )
        contrast, within = judged.groups(one + two, three + four), judged.groups(two, one)
        if contrast is None or within is None or within.advantage > 0:
            continue
        if contrast.tells(comparisons):
            return _extend(dimension, text, "", contrast, upwards)
    return None


def _fixing(view: View, best: Result, found: Effectless) -> str:
    """The line that fixes a parameter; empty where the best configuration does not have it."""
    owner = next((d for d in view.dimensions if set(found.members) <= set(d.names)), None)
    value = owner.value(best) if owner is not None else None
    if owner is None or not isinstance(value, str) or owner.axis.kind is AxisKind.LINKED:
        return ""
    if owner.axis.kind is AxisKind.CHOICE:
        return f"CONFIG_{value}=y"
    return f"{owner.names[0]}={written(value, owner.type)}"


def _repeats(view: View, overview: Overview) -> Iterator[Repeat]:
    """More runs, where the noise is not known or leaves it open who is best."""
    count, runs = len(overview.ranking.ranked), view.settings.repeat
    found = overview.replicates
    if count > 1 and found is None:
        yield Repeat(1, None, count, None, "CONFIG_SWEEP_REPEAT=3")
    elif found is not None and found.indistinct:
        axis = next(iter(found.axes), None)
        line = None if axis else f"CONFIG_SWEEP_REPEAT={max(2 * runs, 3)}"
        yield Repeat(runs, found.indistinct, count, axis, line)

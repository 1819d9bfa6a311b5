"""What becomes of each axis in a finer sweep around the best configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from ksweep.analysis.contrasts import Judged, Value
from ksweep.analysis.dimensions import LONGEST, Dimension, written
from ksweep.analysis.effectless import effectless
from ksweep.analysis.excluding import LEAST
from ksweep.analysis.failures import failed
from ksweep.analysis.narrowing import narrowed, narrowed_distribution
from ksweep.analysis.overview import Overview
from ksweep.analysis.runs import repeated_axes
from ksweep.analysis.suggestions import Extend, suggestions
from ksweep.analysis.view import View
from ksweep.domain import Distribution
from ksweep.model import AxisKind, Result, SymbolType, TrialState


class Fate(StrEnum):
    """What becomes of an axis."""

    NARROWED = "narrowed"  # numbers around the best
    FIXED = "fixed"  # no effect is visible
    ONE_LEFT = "one left"  # the only value that is not worse than the best's
    SOME_LEFT = "some left"  # the values that cannot be told from the best's
    REPEATS = "repeats"  # it only repeats
    UNTOUCHED = "untouched"  # the best does not have it; others that are left do
    INACTIVE = "inactive"  # nothing that is left has it


@dataclass(frozen=True, slots=True)
class Refined:
    """An axis of a finer sweep.

    Attributes:
        symbols: as in the range file, without `CONFIG_`.
        best: what the best configuration has: a text, a row of them, or None.
        line: what to write; None where nothing is left of it.
        left: how many values a list of values has left; None for numbers.
        of: how many it had; None where they were no list.
    """

    symbols: tuple[str, ...]
    fate: Fate
    best: Value
    line: str | None
    left: int | None = None
    of: int | None = None


def refine(view: View, overview: Overview) -> tuple[tuple[Refined, ...], tuple[Result, ...]]:
    """The axes of a finer sweep around the best configuration, which there must be.

    Returns:
        The axes in the order of the range file; and the trials, the best first, that have only
        values which are left (numbers that are narrowed do not count).
    """
    best = overview.ranking.best
    assert best is not None
    judged = Judged(overview.ranking, overview.replicates)
    without = {name for one in effectless(overview, judged) for name in one.members}
    rivals = _rivals(overview)
    edges = {one.name for one in suggestions(view, overview) if isinstance(one, Extend)}
    found = [
        (
            one,
            _refined(one, rivals, overview.ends, judged, not without.isdisjoint(one.names), edges),
        )
        for one in view.dimensions
    ]
    alike = _alike(view, best, [pair for pair in found if pair[1] is not None])
    lines = [_inactive(one, alike) if made is None else made[0] for one, made in found]
    return tuple(lines), alike


_Made = tuple[Refined, frozenset[Value]]
"""An axis, and the values that are left of it; of numbers none is listed."""


def _rivals(overview: Overview) -> tuple[Result, ...]:
    """The best, and after it those that cannot be told from it."""
    names = set(overview.tied)
    if overview.replicates is not None:
        names.update(overview.replicates.indistinguishable)
    best, *others = overview.ranking.ranked
    return (best, *(one for one in others if one.name in names))


def _refined(
    dimension: Dimension,
    rivals: Sequence[Result],
    view: View,
    judged: Judged,
    without: bool,
    edges: Collection[str],
) -> _Made | None:
    """What becomes of an axis; None where the best configuration does not have it."""
    symbols, value = dimension.axis.symbols, dimension.value(rivals[0])
    kept = {other for one in rivals if (other := dimension.value(one)) is not None}
    if set(dimension.names) & set(repeated_axes(view)):
        return Refined(symbols, Fate.REPEATS, None, _as_it_was(dimension)), frozenset()
    if value is None:
        return None
    if without and kept == {value} and isinstance(value, str):
        return Refined(symbols, Fate.FIXED, value, _line(dimension, [value])), frozenset([value])
    hopeless = _hopeless(dimension, view)
    beyond = dimension.names[0] in edges
    right = _numbers(dimension, value, view, hopeless, beyond) if isinstance(value, str) else None
    if right is not None and _has(dimension, right, kept):
        return Refined(symbols, Fate.NARROWED, value, f"{dimension.names[0]}={right}"), frozenset()
    return _chosen(dimension, value, judged, hopeless, kept)


def _has(dimension: Dimension, right: str, kept: Collection[Value]) -> bool:
    """Whether the values of all rivals are left of a numeric axis."""
    if isinstance(dimension.domain, Distribution):
        return True
    listed = {text for piece in right.split("|") for text in dimension.listing(piece) or (piece,)}
    return all(value in listed for value in kept)


def _as_it_was(dimension: Dimension) -> str:
    return f"{dimension.axis.name}={dimension.axis.text}"


def _numbers(
    dimension: Dimension, best: str, view: View, hopeless: frozenset[Value], beyond: bool
) -> str | None:
    """The right-hand side of a numeric axis; None where it has other values than numbers."""
    if isinstance(dimension.domain, Distribution):
        return narrowed_distribution(dimension, dimension.domain, best)
    if dimension.ends() is None or dimension.type in (SymbolType.BOOL, SymbolType.TRISTATE):
        return None
    tried = {result.params.get(dimension.names[0]) for result in view.results}
    known = [text for text in tried if text is not None]
    return narrowed(dimension, best, known, hopeless, beyond=beyond)


def _chosen(
    dimension: Dimension,
    best: Value,
    judged: Judged,
    hopeless: frozenset[Value],
    kept: Collection[Value],
) -> _Made:
    """Those of the rivals, and all that is not worse than the best's: 5 %, by Bonferroni."""
    values = _values(dimension, judged)
    others = [value for value in values if not _matches(value, best)]
    left = [value for value in values if _matches(value, best)] or [best]
    same = partial(_as_one, dimension, left[0])
    for value in others:
        if any(_matches(value, one) for one in kept):
            left.append(value)
            continue
        found = judged.contrast(dimension.names, same, left[0], value)
        if value not in hopeless and (found is None or not found.tells(len(others))):
            left.append(value)
    ordered = [value for value in values if value in left] or left
    fate = Fate.ONE_LEFT if len(ordered) == 1 else Fate.SOME_LEFT
    line = _line(dimension, ordered)
    refined = Refined(dimension.axis.symbols, fate, best, line, len(ordered), len(values))
    return refined, frozenset(ordered)


def _values(dimension: Dimension, judged: Judged) -> list[Value]:
    """The values of a list, of `*` those that were met; of a linked axis its rows."""
    if dimension.axis.kind is AxisKind.LINKED:
        return list(zip(*dimension.axis.domains, strict=True))
    size = dimension.domain.size
    if size is None or size > LONGEST:
        met = dict.fromkeys(dimension.value(result) for result in judged.results)
        return [value for value in met if value is not None]
    return list(dimension.domain)


def _matches(listed: Value, value: Value) -> bool:
    """Whether a configuration's value is that of the list; of a row only what is active counts."""
    if isinstance(listed, tuple) and isinstance(value, tuple):
        pairs = zip(listed, value, strict=True)
        return all(text is None or text == own for own, text in pairs)
    return listed == value


def _as_one(dimension: Dimension, listed: Value, result: Result) -> Value:
    """What a configuration has, or the listed value that it is."""
    value = dimension.value(result)
    return listed if value is not None and _matches(listed, value) else value


def _hopeless(dimension: Dimension, view: View) -> frozenset[Value]:
    """The values with which three configurations have failed, or more, and none succeeded."""
    bad = Counter(dimension.value(result) for result in failed(view.results))
    good = {dimension.value(r) for r in view.results if r.status is TrialState.SUCCESS}
    return frozenset(value for value, count in bad.items() if count >= LEAST) - good


def _line(dimension: Dimension, values: Sequence[Value]) -> str:
    """The range line with these values alone."""
    if dimension.axis.kind is AxisKind.CHOICE:
        return "|".join(f"CONFIG_{value}" for value in values) + "=y"
    if dimension.axis.kind is AxisKind.SINGLE:
        texts = [written(str(value), dimension.type) for value in values]
        return f"{dimension.names[0]}={'|'.join(texts)}"
    rows = []
    for row in values:
        texts = [_in_row(text, type) for text, type in zip(row or (), dimension.types, strict=True)]
        rows.append(f"({', '.join(texts)})")
    return f"{dimension.axis.name}={'|'.join(rows)}"


def _in_row(text: str | None, type: SymbolType) -> str:
    return written(text or "", type)


def _alike(
    view: View, best: Result, found: Sequence[tuple[Dimension, _Made | None]]
) -> tuple[Result, ...]:
    """The trials that have only values that are left, or none; the best first."""
    kept = [(one, made[1]) for one, made in found if made is not None and made[1]]

    def fits(result: Result) -> bool:
        for dimension, left in kept:
            value = dimension.value(result)
            if value is not None and not any(_matches(one, value) for one in left):
                return False
        return True

    others = (result for result in view.results if result.name != best.name and fits(result))
    return (best, *others)


def _inactive(dimension: Dimension, alike: Sequence[Result]) -> Refined:
    """An axis that the best configuration does not have."""
    active = any(dimension.value(result) is not None for result in alike)
    fate, line = (Fate.UNTOUCHED, _as_it_was(dimension)) if active else (Fate.INACTIVE, None)
    return Refined(dimension.axis.symbols, fate, None, line)

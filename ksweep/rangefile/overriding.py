"""Which of several lines for one symbol holds: an including file overrides what it includes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ksweep.errors import InputError
from ksweep.model import AxisKind
from ksweep.rangefile.statements import Line


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read and the one that includes it; a path occurs once in one reading."""

    path: str
    parent: Source | None

    def ancestors(self) -> tuple[Source, ...]:
        """The files above, the nearest first."""
        return (self.parent, *self.parent.ancestors()) if self.parent else ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A line and the file that it is in."""

    line: Line
    source: Source


def resolve(lines: Sequence[Placed]) -> tuple[tuple[Line, ...], tuple[InputError, ...]]:
    """The lines that hold, in their order, and the repetitions that nothing overrides."""
    overridden: dict[Line, set[str]] = defaultdict(set)
    errors: dict[tuple[Line, Line], InputError] = {}
    for symbol, setters in _by_symbol(lines).items():
        top = min(setters, key=lambda placed: len(placed.source.ancestors()))
        for first, second in _conflicts(setters, top):
            errors.setdefault((first.line, second.line), _repetition(symbol, first, second))
        for placed in setters:
            if placed is not top:
                overridden[placed.line].add(symbol)
    partial = _partly_overridden(overridden)
    kept = tuple(placed.line for placed in lines if placed.line not in overridden)
    return kept, tuple(errors.values()) or tuple(partial)


def _by_symbol(lines: Sequence[Placed]) -> dict[str, list[Placed]]:
    setters: dict[str, list[Placed]] = defaultdict(list)
    for placed in lines:
        for symbol in placed.line.symbols:
            setters[symbol].append(placed)
    return {symbol: several for symbol, several in setters.items() if len(several) > 1}


def _conflicts(setters: Sequence[Placed], top: Placed) -> Iterator[tuple[Placed, Placed]]:
    """Pairs of lines for one symbol of which neither may override the other."""
    first_in: dict[Source, Placed] = {}
    for placed in setters:
        first = first_in.setdefault(placed.source, placed)
        if first is not placed:
            yield first, placed
        elif placed.source != top.source and top.source not in placed.source.ancestors():
            yield top, placed


def _repetition(symbol: str, first: Placed, second: Placed) -> InputError:
    if first.source == second.source:
        fix = "keep one of the two lines"
    else:
        above = next(
            source for source in first.source.ancestors() if source in second.source.ancestors()
        )
        fix = f"keep one of the two lines, or set it in {above.path}, which includes both"
    return InputError(
        f"CONFIG_{symbol} is already set at {first.line.where}", fix, second.line.where
    )


def _partly_overridden(overridden: dict[Line, set[str]]) -> Iterator[InputError]:
    """Linked lines that lose some of their symbols: the others would silently vanish."""
    for line, symbols in overridden.items():
        rest = [symbol for symbol in line.symbols if symbol not in symbols]
        if line.kind is AxisKind.LINKED and rest:
            lost = ", ".join(f"CONFIG_{symbol}" for symbol in line.symbols if symbol in symbols)
            yield InputError(
                f"an including file sets {lost} of the linked symbols, but not CONFIG_{rest[0]}",
                "set all of them there, or none",
                line.where,
            )

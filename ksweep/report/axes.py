"""The axes that a `sweep.json` lists, as they were written in the range file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ksweep import rangefile
from ksweep.analysis.dimensions import Dimension
from ksweep.domain import Choices, bind
from ksweep.errors import InputError, Where
from ksweep.model import Axis, AxisKind, SymbolType


def read_dimensions(axes: object) -> tuple[Dimension, ...]:
    """Every axis in the order of the range file; empty where the list does not say enough.

    An earlier ksweep did not write the types of the symbols.
    """
    try:
        return tuple(_dimension(axis) for axis in axes)  # type: ignore[attr-defined]
    except (TypeError, KeyError, ValueError, IndexError, InputError):
        return ()


def _dimension(axis: Mapping[str, Any]) -> Dimension:
    """One axis.

    Raises:
        InputError, TypeError, KeyError, ValueError, IndexError: it is none.
    """
    kind, symbols = AxisKind(axis["kind"]), tuple(map(str, axis["symbols"]))
    types = tuple(SymbolType(type) for type in axis["types"])
    limits = tuple(None if limit is None else _limit(limit) for limit in axis["limits"])
    if not len(symbols) == len(types) == len(limits):
        raise ValueError("an axis has a type and limits for each of its symbols")
    where = Where(str(axis.get("where", "sweep.json")))
    empty = Axis(kind, symbols, (), where, str(axis["values"]))
    line = rangefile.parse_line(f"{empty.name}={empty.text}", where)
    if not isinstance(line, rangefile.Line) or (line.kind, line.symbols) != (kind, symbols):
        raise ValueError("it is no axis")
    return Dimension(Axis(kind, symbols, _domains(line, types), where, empty.text), types, limits)


def _domains(line: rangefile.Line, types: Sequence[SymbolType]) -> tuple[Any, ...]:
    if line.kind is AxisKind.CHOICE:
        return (Choices(line.symbols),)
    if line.kind is AxisKind.SINGLE:
        return (bind(line.rows[0], types[0], line.where, line.symbols[0]),)
    columns = zip(*line.rows, strict=True)
    return tuple(
        Choices(tuple(next(iter(bind([piece], type, line.where, name))) for piece in column))
        for column, type, name in zip(columns, types, line.symbols, strict=True)
    )


def _limit(limit: Sequence[Any]) -> tuple[int, int]:
    low, high = limit
    return int(low), int(high)

"""The columns that somebody chose, as a table, as records, as CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ksweep.analysis.naming import Column, Kind, Native
from ksweep.analysis.ranking import Ranking
from ksweep.analysis.records import Scalar, param_value
from ksweep.measures import finite
from ksweep.model import Result
from ksweep.report.display import metric_value, plain
from ksweep.report.tables import INACTIVE, Table


def chosen_table(columns: Sequence[Column], results: Sequence[Result]) -> Table:
    """One row a result."""
    return Table(
        tuple(plain(column.name) for column in columns),
        tuple(tuple(_text(column, result) for column in columns) for result in results),
        frozenset(plain(column.name) for column in columns if column.figures),
    )


def chosen_records(columns: Sequence[Column], results: Sequence[Result]) -> list[dict[str, Scalar]]:
    """The same for programs, in the values of `sweep_summary.json`."""
    return [{column.name: _scalar(column, result) for column in columns} for result in results]


def place_columns(ranking: Ranking) -> dict[str, Column]:
    """What only a ranking tells of a trial, in the names of the leaderboard's records."""
    places = {id(result): place for place, result in enumerate(ranking.ranked, 1)}
    found: dict[str, Callable[[Result], Native]] = {"rank": lambda r: places.get(id(r))}
    if ranking.scores:
        scores = dict(zip(places, ranking.scores, strict=True))
        front = {id(result) for result in ranking.front}
        found |= {"score": lambda r: scores.get(id(r)), "on_front": lambda r: id(r) in front}
    return {name: Column(name, Kind.FACT, name, of, figures=True) for name, of in found.items()}


def _text(column: Column, result: Result) -> str:
    value = column.of(result)
    if value is None:
        return INACTIVE if column.kind in (Kind.SYMBOL, Kind.AXIS) else ""
    if column.kind is Kind.MEASURE and not isinstance(value, str):
        return metric_value(column.key, value)
    if isinstance(value, bool):
        return "*" if value else ""
    return plain(f"{value:.4f}" if isinstance(value, float) else str(value))


def _scalar(column: Column, result: Result) -> Scalar:
    value = column.of(result)
    if isinstance(value, str):
        return param_value(value) if column.kind is Kind.SYMBOL else value
    return finite(value)

"""The columns that somebody chose, as a table, as records, as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ksweep import number
from ksweep.analysis.naming import Column, Kind, Native
from ksweep.analysis.records import Scalar, param_value
from ksweep.measures import finite
from ksweep.model import Result
from ksweep.report.display import figure, metric_value, plain
from ksweep.report.parameters import INACTIVE
from ksweep.report.tables import Table


def chosen_table(columns: Sequence[Column], results: Sequence[Result]) -> Table:
    """One row a result."""
    return Table(
        tuple(plain(column.name) for column in columns),
        tuple(tuple(_text(column, result) for column in columns) for result in results),
        frozenset(plain(column.name) for column in columns if column.figures),
    )


def chosen_records(columns: Sequence[Column], results: Sequence[Result]) -> list[dict[str, Scalar]]:
    """The same for programs, in the values of `sweep_summary.json`."""
    values = [_scalars(column, results) for column in columns]
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def recorded_columns(
    records: Sequence[Mapping[str, Scalar]], ranked: Sequence[Result]
) -> dict[str, Column]:
    """What the leaderboard's records tell of its trials, by the names that it has there."""
    by_trial = {id(result): record for record, result in zip(records, ranked, strict=False)}

    def column(name: str) -> Column:
        def of(result: Result) -> Native:
            return by_trial.get(id(result), {}).get(name)

        return Column(name, Kind.FACT, name, of, figures=True)

    names = dict.fromkeys(name for record in records for name in record)
    return {name: column(name) for name in names or ("rank",)}


def _text(column: Column, result: Result) -> str:
    value = column.of(result)
    if value is None:
        return INACTIVE if column.kind in (Kind.SYMBOL, Kind.AXIS) else ""
    if column.kind is Kind.MEASURE and not isinstance(value, str):
        return metric_value(column.key, value)
    if isinstance(value, bool):
        return "*" if value else ""
    return plain(figure(value) if isinstance(value, float) else str(value))


def _scalars(column: Column, results: Sequence[Result]) -> list[Scalar]:
    values = [column.of(result) for result in results]
    texts = {value for value in values if isinstance(value, str)}
    stay = column.kind is not Kind.SYMBOL or column.texts or not number.told_apart(texts)
    return [
        finite(value) if not isinstance(value, str) else value if stay else param_value(value)
        for value in values
    ]

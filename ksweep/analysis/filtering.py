"""The trials of a sweep that an expression holds for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ksweep import number
from ksweep.analysis.naming import Column, Kind, Names, Native
from ksweep.analysis.view import View
from ksweep.errors import InputError
from ksweep.expression import Expression
from ksweep.model import Result

_TRUTH = {"y": Decimal(1), "m": Decimal("0.5"), "n": Decimal(0)}


def filtered(view: View, expression: Expression, names: Names) -> View:
    """The view of those trials alone; what a search has still to choose is no part of it.

    A comparison with what a trial does not have (an inactive parameter, a metric that it did not
    give or that is not finite) is false.

    Raises:
        InputError: a name in it stands for nothing, or it has no value for one of the trials.
    """
    terms = [
        _Term(column, names) for column in names.terms(sorted(expression.names), expression.where)
    ]
    pairs = zip(view.results, view.directories, strict=True)
    kept = [(result, directory) for result, directory in pairs if _holds(expression, terms, result)]
    return replace(
        view,
        results=tuple(result for result, _ in kept),
        directories=tuple(directory for _, directory in kept),
        planned=0,
    )


class _Term:
    """A name of the expression and its value for each trial."""

    def __init__(self, column: Column, names: Names) -> None:
        self.name = column.name
        self._column = column
        self._names = names
        self._is_text: bool | None = None

    def value(self, result: Result) -> Decimal | str | None:
        native = self._column.of(result)
        if isinstance(native, str):
            return self._symbol(native) if self._column.kind is Kind.SYMBOL else native
        return _number(native)

    def _symbol(self, text: str) -> Decimal | str:
        """What the text means depends, for a few texts, on whether Kconfig keeps it in quotes."""
        bare = _TRUTH.get(text) if text in _TRUTH else _hexadecimal(text)
        if bare is None:
            return text
        if self._is_text is None:
            self._is_text = self._names.is_text(self._column.key)
        return text if self._is_text else bare


def _holds(expression: Expression, terms: Sequence[_Term], result: Result) -> bool:
    values = ((term.name, term.value(result)) for term in terms)
    environment = {name: value for name, value in values if value is not None}
    try:
        return expression.holds(environment)
    except InputError as error:
        raise InputError(f"{result.name}: {error.what}", error.fix, error.where) from None


def _number(value: Native) -> Decimal | None:
    """A measured value as it is written: 0.1 is 0.1."""
    if value is None or isinstance(value, str) or not math.isfinite(value):
        return None
    return Decimal(repr(value))


def _hexadecimal(text: str) -> Decimal | None:
    return number.parse_hex(text) if text[:2] in ("0x", "0X") else None

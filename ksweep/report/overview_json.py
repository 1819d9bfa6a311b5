"""The overview for programs: a value that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TypeAlias

from ksweep.analysis.failures import FailureGroup
from ksweep.analysis.overview import LEADING, Overview
from ksweep.analysis.ranking import Ranking
from ksweep.analysis.replicates import Replicates
from ksweep.analysis.view import View
from ksweep.report.suggestions_text import suggestion_records

Value: TypeAlias = "str | bool | int | float | list[Value] | dict[str, Value] | None"


def overview_value(overview: Overview) -> dict[str, Value]:
    """What it says under the names of its fields; what is not known is None.

    `best` is a name, and `indistinguishable` has those that cannot be told from it, the best not
    among them; null where no noise is known. The ranking has names in place of results, the best
    100 of them; so have ties, the front, and the trials of a cause of failure.
    """
    special = ("ranking", "replicates", "tied", "causes", "ends")
    found = {
        field.name: _plain(getattr(overview, field.name))
        for field in fields(overview)
        if field.name not in special
    }
    tied: list[Value] = [*overview.tied[:LEADING]]
    causes: list[Value] = [_cause(cause) for cause in overview.causes]
    return {
        **_best(overview),
        "ranking": _ranking(overview.ranking),
        "tied": tied,
        **found,
        "replicates": _replicates(overview.replicates),
        "causes": causes,
    }


def analysis_value(view: View, overview: Overview) -> dict[str, Value]:
    """The overview with `suggestions`: of each its rule, what, why, and the line or None."""
    found: list[Value] = [{**one} for one in suggestion_records(view, overview)]
    return {**overview_value(overview), "suggestions": found}


def _best(overview: Overview) -> dict[str, Value]:
    best, repeated = overview.ranking.best, overview.replicates
    known = repeated is not None and repeated.tested
    return {
        "best": None if best is None else best.name,
        "indistinguishable": [*repeated.indistinguishable] if repeated and known else None,
    }


def _replicates(replicates: Replicates | None) -> Value:
    """With the number of those whose names stand in `indistinguishable`."""
    if replicates is None:
        return None
    names = (field.name for field in fields(replicates) if field.name != "indistinguishable")
    found = {name: _plain(getattr(replicates, name)) for name in names}
    return {**found, "indistinct": replicates.indistinct}


def _ranking(ranking: Ranking) -> dict[str, Value]:
    return {
        "note": ranking.basis.note,
        "ranked": [result.name for result in ranking.ranked[:LEADING]],
        "scores": [*ranking.scores[:LEADING]],
        "front": [result.name for result in ranking.front[:LEADING]],
        "configurations": len(ranking.ranked),
        "on_front": len(ranking.front),
        "unranked": len(ranking.unranked),
    }


def _cause(cause: FailureGroup) -> dict[str, Value]:
    first = cause.first
    return {
        "status": first.status.value,
        "exit_code": first.exit_code,
        "error": first.error,
        "failures": len(cause.trials),
        "trials": [result.name for result in cause.trials[:LEADING]],
        "shares": [_plain(share) for share in cause.shares],
    }


def _plain(value: object) -> Value:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)  # enums among them

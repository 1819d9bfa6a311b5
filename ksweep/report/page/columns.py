"""What a page knows of each trial, column by column: short, so that 100,000 trials fit into one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ksweep import number
from ksweep.analysis.axes import Members, axes, common_words
from ksweep.analysis.ranking import Basis, goal_of
from ksweep.analysis.view import View
from ksweep.measures import RESOURCES, finite, measure
from ksweep.model import Result
from ksweep.report.times import times_of

Json: TypeAlias = dict[str, Any]

_EXACT = 5_000  # trials whose values keep all their digits; with more of them seven are enough
_INACTIVE = -1


def trial_columns(results: Sequence[Result], directories: Sequence[str]) -> Json:
    """Who, how and when; times are what `times_of` gives.

    Args:
        results: the trials that the page has.
        directories: of each.
    """
    times = times_of(results)
    return {
        "names": [result.name for result in results],
        "directories": list(directories),
        "repeats": [result.repeat for result in results],
        "status": _levels(result.status.value for result in results),
        "errors": _levels(result.error for result in results),
        "hosts": _levels(result.host or None for result in results),
        "exit_codes": [result.exit_code for result in results],
        "t0": times.t0,
        "started": times.started,
        "finished": times.finished,
    }


def parameter_columns(
    view: View, results: Sequence[Result], taken: Iterable[str]
) -> dict[Members, Json]:
    """The axes of the sweep, each by the `CONFIG_` names that it consists of.

    Their names are without `CONFIG_`, but where a metric has that name: it is `taken`. `numbers`
    are there where all values are numbers, with the levels rising.
    """
    used = set(taken)
    return {
        members: {
            "name": f"CONFIG_{title}" if title in used else title,
            **_parameter(results, members, members[0] not in view.texts),
        }
        for title, members in axes(view).items()
    }


def measured_columns(
    view: View, basis: Basis, results: Sequence[Result], names: Mapping[str, str]
) -> list[Json]:
    """Metrics and resources of which any trial has a finite value, and which end of each is better.

    That is a guess where nobody said so, and whoever reads the page can turn it round.

    Args:
        view: the sweep.
        basis: what is ranked by.
        results: the trials that the page has.
        names: the column of each metric.
    """
    asked = {one.metric: one.goal for one in basis.objectives}
    shorten = _exact if len(results) <= _EXACT else _seven_digits
    found = []
    for metric, name in (*names.items(), *((name, name) for name in RESOURCES)):
        of = measure if name in RESOURCES else _own
        values = [finite(of(result, metric)) for result in results]
        if all(value is None for value in values):
            continue
        goal = asked.get(metric) or goal_of(metric, view.settings)
        found.append(
            {
                "name": name,
                "kind": "resource" if name in RESOURCES else "metric",
                "goal": goal.value,
                "values": [None if value is None else shorten(value) for value in values],
            }
        )
    return found


def _own(result: Result, metric: str) -> float | None:
    return result.metrics.get(metric)


def _parameter(results: Sequence[Result], members: Members, may_be_numeric: bool) -> Json:
    value_of = _single(members[0]) if len(members) == 1 else _choice(members)
    texts = [value_of(result) for result in results]
    seen = dict.fromkeys(text for text in texts if text is not None)
    values = {text: _value(text) for text in seen}
    known = [value for value in values.values() if value is not None]
    numeric = may_be_numeric and bool(seen) and len(known) == len(seen)
    levels = sorted(seen, key=lambda text: (values[text], text)) if numeric else list(seen)
    place = {text: index for index, text in enumerate(levels)}
    return {
        "levels": levels,
        "numbers": [values[text] for text in levels] if numeric else None,
        "codes": [_INACTIVE if text is None else place[text] for text in texts],
    }


def _single(name: str) -> Callable[[Result], str | None]:
    return lambda result: result.params.get(name)


def _choice(members: Members) -> Callable[[Result], str | None]:
    shared = len(common_words(members))
    texts = {name: name[shared:] for name in members}
    return lambda result: next(
        (texts[name] for name in members if result.params.get(name) == "y"), None
    )


def _value(text: str) -> float | None:
    """The number that a parameter's text is, where a plot can place it."""
    parsed = number.parse_hex(text) if text[:2] in ("0x", "0X") else number.parse(text)
    return finite(float(parsed)) if parsed is not None else None


def _levels(texts: Iterable[str | None]) -> Json:
    """Texts of which many are equal; `_INACTIVE` is the code of None."""
    place: dict[str, int] = {}
    codes = [_INACTIVE if text is None else place.setdefault(text, len(place)) for text in texts]
    return {"levels": list(place), "codes": codes}


def _exact(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _seven_digits(value: float) -> float:
    return _exact(value if value.is_integer() else float(f"{value:.7g}"))


def thinned(count: int, most: int, always: Iterable[int]) -> list[int]:
    """At most about `most` of `count` places, rising: those of `always`, others evenly spread."""
    if count <= most:
        return list(range(count))
    kept = set(always)
    kept.update(_spread(count, max(most - len(kept), 1)))
    return sorted(kept)


def _spread(count: int, parts: int) -> Iterator[int]:
    step = count / parts
    return (math.floor(part * step) for part in range(parts))

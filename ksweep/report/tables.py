"""Tables of text: what stands in them, and how they look where there is no terminal."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ksweep.analysis.ranking import Ranking
from ksweep.analysis.records import Scalar
from ksweep.analysis.view import View
from ksweep.measures import measure
from ksweep.model import Result
from ksweep.report.analysis_text import metric_order
from ksweep.report.display import metric_value, plain
from ksweep.report.summary import records

_METRICS = 4
_ON_FRONT = " *"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text; the columns named in `figures` are set to the right."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[str] = frozenset()


def table_text(table: Table) -> str:
    """A table for files and pipes, without its last line feed."""
    from tabulate import tabulate

    aligned = ["right" if name in table.figures else "left" for name in table.headers]
    return tabulate(
        [list(row) for row in table.rows],
        headers=list(table.headers),
        tablefmt="simple",
        disable_numparse=True,
        colalign=aligned if table.rows else None,
    )


def leaderboard(view: View, ranking: Ranking, top: int) -> Table:
    """The best `top` trials: what they are ranked by, a few other metrics, what varies.

    With several objectives there is the score as well, and a star behind those on the front.
    """
    ranked = ranking.ranked[:top]
    order = [name for name in metric_order(view, ranking) if _any_has(ranked, name)]
    first = max(_METRICS, len(ranking.basis.names))
    metrics = list(dict.fromkeys([*order[:first], *order[-1:]]))
    front = {id(result) for result in ranking.front}
    columns = _parameter_columns(view)
    rows = (
        (
            str(place),
            result.name + (_ON_FRONT if id(result) in front else ""),
            *([f"{ranking.scores[place - 1]:.4f}"] if ranking.scores else []),
            *(value_text(result, name) for name in metrics),
            *(plain(_parameter_text(result, members)) for members in columns.values()),
        )
        for place, result in enumerate(ranked, 1)
    )
    shown = [*(["score"] if ranking.scores else []), *(plain(name) for name in metrics)]
    return Table(("#", "config", *shown, *columns), tuple(rows), frozenset({"#", *shown}))


def leaderboard_records(view: View, ranking: Ranking, top: int) -> list[dict[str, Scalar]]:
    """The same for programs: the flat records of the best `top`, with their `rank`.

    With several objectives also `score`, and `on_front` where nothing beats it in everything.
    """
    by_place = {
        id(result): record for result, record in zip(view.results, records(view), strict=True)
    }
    found = [
        {"rank": place, **by_place[id(result)]}
        for place, result in enumerate(ranking.ranked[:top], 1)
    ]
    front = {id(result) for result in ranking.front}
    for record, result, score in zip(found, ranking.ranked, ranking.scores, strict=False):
        record |= {"score": score, "on_front": id(result) in front}
    return found


def _parameter_columns(view: View) -> dict[str, tuple[str, ...]]:
    """What varies: a column a parameter, one for all members of a choice, named as they begin."""
    columns: dict[str, tuple[str, ...]] = {}
    of_choice = {name: members for members in view.choices for name in members}
    for name in view.parameters:
        members = of_choice.get(name, (name,))
        if any(_varies(view.results, member) for member in members):
            title = _common(members) if len(members) > 1 else name
            columns[title.removeprefix("CONFIG_").rstrip("_") or "choice"] = members
    return columns


def _parameter_text(result: Result, members: tuple[str, ...]) -> str:
    """A parameter's value, or of a choice the member that is y without what they all begin with."""
    if len(members) == 1:
        return result.params.get(members[0], "-")
    common = len(_common(members))
    return next((name[common:] for name in members if result.params.get(name) == "y"), "-")


def _common(members: tuple[str, ...]) -> str:
    """The words that all names begin with, `CONFIG_OPTIMIZER_` say."""
    places = zip(*(name.split("_") for name in members), strict=False)
    shared = itertools.takewhile(lambda words: len(set(words)) == 1, places)
    return "".join(f"{words[0]}_" for words in shared)


def value_text(result: Result, name: str) -> str:
    """A measured value with its unit; empty where there is none."""
    value = measure(result, name)
    return "" if value is None else metric_value(name, value)


def _any_has(results: Sequence[Result], name: str) -> bool:
    return any(measure(result, name) is not None for result in results)


def _varies(results: Sequence[Result], parameter: str) -> bool:
    return len({result.params.get(parameter) for result in results}) > 1

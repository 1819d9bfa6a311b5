"""Tables of text: what stands in them, and how they look where there is no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ksweep.analysis.axes import axes, varies
from ksweep.analysis.ranking import Ranking
from ksweep.analysis.records import Scalar
from ksweep.analysis.replicates import Group, Replicates
from ksweep.analysis.view import View
from ksweep.measures import RESOURCES, measure
from ksweep.model import Result
from ksweep.report.analysis_text import metric_order
from ksweep.report.display import metric_value, plain
from ksweep.report.parameters import axis_text
from ksweep.report.replicates_text import group_named, known_part, runs_text, spread_text
from ksweep.report.summary import records

_METRICS = 4
_ON_FRONT = " *"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text.

    Attributes:
        headers: the names of the columns, the most important first.
        rows: as many cells each.
        figures: the columns that are set to the right, by name.
        further: how many of the last columns stand only where a terminal has room for them, or
            where all are asked for.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[str] = frozenset()
    further: int = 0

    def first(self, count: int) -> Table:
        """With no more than so many columns."""
        further = max(self.further - (len(self.headers) - count), 0)
        rows = tuple(row[:count] for row in self.rows)
        return Table(self.headers[:count], rows, self.figures, further)


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


def leaderboard(
    view: View, ranking: Ranking, top: int, replicates: Replicates | None = None
) -> Table:
    """The best `top`: what they are ranked by, what varies in them, what else was measured.

    With several objectives there is the score as well, and a star behind those on the front; with
    replicates the number of runs, and behind each mean its deviation.
    """
    ranked = ranking.ranked[:top]
    asked, more, further = _measures(view, ranking, ranked)
    front = {id(result) for result in ranking.front}
    told_apart = ranked if len(ranked) > 1 else view.results
    columns = {title: names for title, names in axes(view).items() if varies(told_apart, names)}
    rows = (
        (
            str(place),
            result.name + (_ON_FRONT if id(result) in front else ""),
            *([f"{ranking.scores[place - 1]:.4f}"] if ranking.scores else []),
            *([runs_text(group)] if (group := group_named(replicates, result.name)) else []),
            *(value_text(result, name, group) + spread_text(group, name) for name in asked),
            *(axis_text(result, members) for members in columns.values()),
            *(
                value_text(result, name, group) + spread_text(group, name)
                for name in (*more, *further)
            ),
        )
        for place, result in enumerate(ranked, 1)
    )
    counts = [*(["score"] if ranking.scores else []), *(["runs"] if replicates else [])]
    first, last = [*counts, *map(plain, asked)], [*map(plain, (*more, *further))]
    return Table(
        headers=("#", "config", *first, *columns, *last),
        rows=tuple(rows),
        figures=frozenset({"#", *first, *last}),
        further=len(further),
    )


def _measures(
    view: View, ranking: Ranking, ranked: Sequence[Result]
) -> tuple[list[str], list[str], list[str]]:
    """What they are ranked by; a few other metrics and the time; all else, resources last."""
    known = [
        name
        for name in dict.fromkeys((*metric_order(view, ranking), *RESOURCES))
        if _any_has(ranked, name)
    ]
    asked = [name for name in known if name in ranking.basis.names]
    others = [name for name in known if name not in asked]
    few = [name for name in others if name not in RESOURCES][: max(_METRICS - len(asked), 0)]
    few += [name for name in ("total_time",) if name in others]
    return asked, few, [name for name in others if name not in few]


def shared_text(view: View, ranking: Ranking, top: int) -> str:
    """`LR=0.1, MODEL=resnet18`: what varies in the sweep but not in the best `top` trials."""
    ranked = ranking.ranked[:top]
    if len(ranked) < 2:
        return ""
    found = (
        f"{title}={axis_text(ranked[0], names)}"
        for title, names in axes(view).items()
        if varies(view.results, names) and not varies(ranked, names)
    )
    return ", ".join(found)


def leaderboard_records(
    view: View, ranking: Ranking, top: int, replicates: Replicates | None = None
) -> list[dict[str, Scalar]]:
    """The same for programs: the flat records of the best `top`, with their `rank`.

    With several objectives also `score`, and `on_front` where nothing beats it in everything. With
    replicates also `runs`, `indistinct`: it cannot be told from the best, and for what is
    ranked by the deviation and the interval: `test_acc.deviation`, `.low`, `.high`.
    """
    by_place = {
        id(result): record for result, record in zip(view.results, records(view), strict=True)
    }
    found: list[dict[str, Scalar]] = [
        {"rank": place, **by_place[id(result)]}
        for place, result in enumerate(ranking.ranked[:top], 1)
    ]
    front = {id(result) for result in ranking.front}
    for record, result, score in zip(found, ranking.ranked, ranking.scores, strict=False):
        record |= {"score": score, "on_front": id(result) in front}
    for record, group in zip(found, replicates.leading if replicates else (), strict=False):
        record |= _spread(group, ranking.basis.names)
    return found


def _spread(group: Group, names: Sequence[str]) -> dict[str, Scalar]:
    """What its runs say beyond their mean."""
    found: dict[str, Scalar] = {"runs": group.runs, "indistinct": group.indistinct}
    for name in names:
        if (one := group.estimates.get(name)) is not None:
            spread = {"deviation": one.deviation, "low": one.low, "high": one.high}
            found |= {f"{name}.{key}": value for key, value in spread.items()}
    return found


def value_text(result: Result, name: str, group: Group | None) -> str:
    """A measured value with its unit; empty where there is none."""
    value = measure(result, name)
    return "" if value is None else metric_value(name, known_part(group, name, value))


def _any_has(results: Sequence[Result], name: str) -> bool:
    return any(measure(result, name) is not None for result in results)

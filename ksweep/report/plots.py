"""The main plots as pictures, by matplotlib; the extra `report` has it.

The functions give figures, to be changed or saved: `plot_convergence(view, ranking).savefig(...)`.
A view is what `ksweep.report.reading.read_view` gives.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ksweep import extras, number
from ksweep.analysis.axes import Members, axes, axis_value, common_words, varies
from ksweep.analysis.importance import Importance
from ksweep.analysis.overview import Overview
from ksweep.analysis.ranking import Ranking
from ksweep.analysis.runs import repeated_axes
from ksweep.analysis.view import View
from ksweep.errors import InputError, Where
from ksweep.measures import finite, measure
from ksweep.model import Goal, Result, TrialState
from ksweep.report.display import shortened
from ksweep.report.times import times_of

Figure: TypeAlias = Any  # matplotlib's: nothing but `extras` imports it
Axes: TypeAlias = Any

_DOT, _BEST, _OTHER = "#2f74b5", "#d9480f", "#b5b9c2"
_LEVELS = 12  # different numbers that get a place each; more of them are an axis
_LOG_FROM = 50  # times the smallest value that the largest has to be
_DPI = 130
_LABEL_WIDTH, _LABELS_WIDTH = 24, 60  # characters of a category, and of all in one line
_GOLDEN = 0.6180339887  # its multiples spread evenly between whole numbers
_ZOOM_FROM = 8  # trials
_FARTHEST = 1e300  # from 0: matplotlib fails where the room between two numbers is none itself


def plot_convergence(view: View, ranking: Ranking) -> Figure:
    """The first objective of each trial that ended, and the best so far: over trials and time.

    Raises:
        InputError: matplotlib is not installed.
    """
    figure = _figure(10, 4)
    name, sign = _objective(ranking)
    seconds = times_of(view.results).finished
    ended = [at for at, result in enumerate(view.results) if result.status.ended]
    ended.sort(key=lambda at: (seconds[at] or 0.0, at))
    values = [_value(view.results[at], name) for at in ended]
    over_trials, over_time = figure.subplots(1, 2, sharey=True)
    counted = [
        (float(place), at, v) for place, (at, v) in enumerate(zip(ended, values, strict=True), 1)
    ]
    timed = [(s, at, v) for _, at, v in counted if (s := seconds[at]) is not None]
    for drawn, points, title in (
        (over_trials, counted, "trials that ended"),
        (over_time, timed, "seconds since the first start"),
    ):
        _draw_progress(drawn, view, [(x, at, v) for x, at, v in points if v is not None], sign)
        drawn.set_xlabel(title)
    over_trials.set_ylabel(_literal(name))
    good = [v for at, v in zip(ended, values, strict=True) if _succeeded(view.results[at])]
    _zoom(over_trials, [v for v in good if v is not None], sign)
    return figure


def plot_importance(importance: Importance) -> Figure:
    """How much each parameter matters.

    Raises:
        InputError: matplotlib is not installed.
    """
    shares = list(reversed(importance.shares))
    figure = _figure(7, 1.2 + 0.35 * len(shares))
    drawn = figure.subplots()
    names = [_literal(_title(share.factor)) for share in shares]
    drawn.barh(range(len(shares)), [100 * share.share for share in shares], color=_DOT)
    drawn.set_yticks(range(len(shares)), names)
    drawn.set_xlabel(f"share of the importance for {_literal(importance.measure)} (%)")
    drawn.set_title(f"Importance by {importance.method.value}", loc="left", fontsize=10)
    _plain_frame(drawn)
    return figure


def plot_parameter_vs_metric(view: View, ranking: Ranking, parameter: str) -> Figure:
    """The first objective against a parameter, which is named with or without `CONFIG_`.

    A choice has the name that its members begin with.

    Raises:
        InputError: matplotlib is not installed, or there is no such parameter.
    """
    known = axes(view)
    members = known.get(parameter.removeprefix("CONFIG_"))
    if members is None:
        fix = f"there are {', '.join(known)}" if known else "nothing varies"
        raise InputError(f"no parameter `{parameter}` varies", fix, Where("plot"))
    name, sign = _objective(ranking)
    figure = _figure(6, 4)
    drawn = figure.subplots()
    pairs = list(_pairs(view, ranking, members))
    _draw_parameter(drawn, pairs)
    _zoom(drawn, [value for _, value in pairs], sign)
    drawn.set_xlabel(parameter.removeprefix("CONFIG_"))
    drawn.set_ylabel(_literal(name))
    return figure


def pictures(view: View, ranking: Ranking, found: Overview) -> dict[str, bytes]:
    """The plots of a sweep as PNG, by name; none where nothing has been ranked.

    Raises:
        InputError: matplotlib is not installed.
    """
    if not ranking.ranked:
        return {}
    figures = {"convergence": plot_convergence(view, ranking)}
    if found.importances and found.importances[0].shares:
        figures["importance"] = plot_importance(found.importances[0])
    repeated = repeated_axes(view)
    for title, members in axes(view).items():
        if (
            members[0] not in repeated
            and varies(view.results, members)
            and any(_pairs(view, ranking, members))
        ):
            figures[f"parameter_{title}"] = plot_parameter_vs_metric(view, ranking, title)
    return {name: _png(figure) for name, figure in figures.items()}


def _figure(width: float, height: float) -> Figure:
    """Made without a window, and known to nobody else: it is gone when it is not used any more."""
    module = extras.load("matplotlib", "matplotlib.figure", "plots/")
    return module.Figure(figsize=(width, height), layout="constrained", dpi=_DPI)


def _png(figure: Figure) -> bytes:
    data = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph ")  # a name in letters the font has not
        figure.savefig(data, format="png")
    return data.getvalue()


def _title(factor: str) -> str:
    """A parameter without `CONFIG_`; a choice by what its members begin with."""
    members = factor.split("|")
    shared = common_words(tuple(members)) if len(members) > 1 else factor
    return shared.removeprefix("CONFIG_").rstrip("_") or "choice"


def _objective(ranking: Ranking) -> tuple[str, int]:
    """The name of the first objective, and 1 where more of it is better, else -1."""
    first = ranking.basis.objectives[0]
    return first.metric, 1 if first.goal is Goal.MAXIMIZE else -1


def _value(result: Result, name: str) -> float | None:
    """What a trial comes to, where a picture can place it."""
    value = finite(measure(result, name))
    return value if value is not None and abs(value) <= _FARTHEST else None


def _draw_progress(
    drawn: Axes, view: View, points: Sequence[tuple[float, int, float]], sign: int
) -> None:
    good = [(x, v) for x, at, v in points if _succeeded(view.results[at])]
    other = [(x, v) for x, at, v in points if not _succeeded(view.results[at])]
    for chosen, colour, label in ((other, _OTHER, "not successful"), (good, _DOT, "successful")):
        if chosen:
            xs, ys = zip(*chosen, strict=True)
            drawn.scatter(xs, ys, s=12, color=colour, label=label)
    best: list[tuple[float, float]] = []
    for x, value in good:
        if not best or sign * value > sign * best[-1][1]:
            best.append((x, value))
    if best:
        steps = [*best, (points[-1][0], best[-1][1])]
        drawn.step(*zip(*steps, strict=True), where="post", color=_BEST, label="best so far")
        drawn.legend(frameon=False, fontsize=8)
    _plain_frame(drawn)


def _pairs(view: View, ranking: Ranking, members: Members) -> Iterator[tuple[str, float]]:
    """Value and first objective of each ranked trial in which the parameter is active."""
    name, _ = _objective(ranking)
    for result in ranking.ranked:
        text, value = axis_value(result, members), _value(result, name)
        if text is not None and value is not None:
            yield text, value


def _draw_parameter(drawn: Axes, pairs: Sequence[tuple[str, float]]) -> None:
    """Against a number, or with a place for each text and its mean."""
    texts = dict.fromkeys(text for text, _ in pairs)
    parsed = {text: float(value) for text in texts if (value := number.parse(text)) is not None}
    numbers = {text: value for text, value in parsed.items() if abs(value) <= _FARTHEST}
    if len(numbers) == len(texts) > _LEVELS and len(set(numbers.values())) == len(texts):
        drawn.scatter([numbers[text] for text, _ in pairs], [v for _, v in pairs], s=14, color=_DOT)
        if min(numbers.values()) > 0 and max(numbers.values()) / min(numbers.values()) >= _LOG_FROM:
            drawn.set_xscale("log")
    else:
        levels = sorted(texts, key=lambda text: numbers.get(text, 0.0))
        _draw_levels(drawn, pairs, {text: at for at, text in enumerate(levels)})
    _plain_frame(drawn)


def _draw_levels(
    drawn: Axes, pairs: Sequence[tuple[str, float]], places: Mapping[str, int]
) -> None:
    at = [places[text] + _aside(place) for place, (text, _) in enumerate(pairs)]
    drawn.scatter(at, [v for _, v in pairs], s=14, color=_DOT, alpha=0.7, label="a trial")
    groups: dict[str, list[float]] = {text: [] for text in places}
    for text, value in pairs:
        groups[text].append(value)
    for text, own in groups.items():
        place, mean = places[text], sum(own) / len(own)
        label = None if place else "the mean"
        drawn.plot([place - 0.25, place + 0.25], [mean, mean], color=_BEST, label=label)
    names = [shortened(text, _LABEL_WIDTH) for text in places]
    crowded = sum(map(len, names)) > _LABELS_WIDTH
    drawn.set_xticks(list(places.values()), [_literal(name) for name in names])
    drawn.tick_params(axis="x", labelrotation=90 if crowded else 0)
    drawn.legend(frameon=False, fontsize=8)


def _aside(place: int) -> float:
    """Where a dot stands beside its place, so that equal values are seen: the same each time."""
    return 0.36 * ((place * _GOLDEN) % 1 - 0.5)


def _zoom(drawn: Axes, values: Sequence[float], sign: int) -> None:
    """Show where the good trials are, and say how many are far worse and not shown."""
    from_best = sorted(-sign * value for value in values)
    if len(from_best) < _ZOOM_FROM:
        return
    best, usual = from_best[0], from_best[3 * (len(from_best) - 1) // 4]
    limit = usual + 1.5 * (usual - best)
    hidden = sum(cost > limit for cost in from_best)
    if usual <= best or not hidden or not math.isfinite(limit - best):
        return
    margin = 0.05 * (limit - best)
    ends = sorted((-sign * (best - margin), -sign * limit))
    drawn.set_ylim(*ends)
    told = f"{hidden} of {len(values)} ({hidden / len(values):.0%}) are worse than is shown"
    drawn.set_title(told, loc="right", fontsize=8)


def _succeeded(result: Result) -> bool:
    return result.status is TrialState.SUCCESS


def _literal(text: str) -> str:
    """A text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")


def _plain_frame(drawn: Axes) -> None:
    drawn.spines[["top", "right"]].set_visible(False)
    drawn.grid(alpha=0.3)

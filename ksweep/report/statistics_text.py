"""The statistics of a sweep for people: the sections after the best and the failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ksweep.analysis.counting import count_states
from ksweep.analysis.describe import Description
from ksweep.analysis.effects import Effect, LevelEffect
from ksweep.analysis.factors import Factor
from ksweep.analysis.importance import Importance
from ksweep.analysis.interactions import Interaction
from ksweep.analysis.overview import Overview
from ksweep.measures import RESOURCES
from ksweep.model import TrialState
from ksweep.report.display import counted, metric_value, plain, shortened
from ksweep.report.progress import counts_text

_WIDE = "=" * 60
_NARROW = "-" * 40
_NAME_WIDTH, _LEVEL_WIDTH = 60, 40
_MOST_LINES = 30
_SOME, _MOST_NAMED = 0.05, 5  # what a share has to be to matter, and how many are named first
_LEAST = 3  # configurations, as two always lie on a line


def statistics_lines(overview: Overview) -> Iterator[str]:
    """The sections; none where nothing was measured."""
    yield from _section("METRICS AND RESOURCES:", _measures(overview))
    yield from _section("PARAMETERS:", _parameters(overview))
    yield from _section("IMPORTANCE:", _importances(overview))
    yield from _section("CORRELATIONS:", _correlations(overview))


def matters_lines(overview: Overview) -> Iterator[str]:
    """The section of the parameters that matter, in a line for each objective."""
    yield from _section("WHAT MATTERS:", map(_matters, overview.importances))


def _matters(one: Importance) -> str:
    if one.why_not:
        return f"For {plain(one.measure)} nothing can be said: {one.why_not}."
    shares = [share for share in one.shares if share.share >= _SOME][:_MOST_NAMED]
    named = ", ".join(f"{_name(share.factor)} {share.share:.0%}" for share in shares)
    return f"For {plain(one.measure)}: {named or 'none stands out'} (see IMPORTANCE)"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    """Nothing where there are no lines."""
    found = list(lines)
    if found:
        yield from (_WIDE, title, _NARROW, "", *found)


def _measures(overview: Overview) -> Iterator[str]:
    if not overview.measures:
        return
    rows: list[tuple[str, ...]] = [("", *_SPREAD)]
    rows += [(plain(name), *_spread(name, one)) for name, one in overview.measures.items()]
    yield from _aligned(rows)


_SPREAD = ("trials", "mean", "deviation", "least", "quartile", "median", "quartile", "greatest")


def _spread(name: str, one: Description) -> tuple[str, ...]:
    quartiles = (one.lower_quartile, one.median, one.upper_quartile)
    values = (one.mean, one.deviation, one.least, *quartiles, one.greatest)
    return (f"{one.count:,}", *(_value(name, value, one) for value in values))


def _parameters(overview: Overview) -> Iterator[str]:
    """What each does to what is ranked by, the most important parameter first."""
    names = [objective.metric for objective in overview.objectives]
    found = {(effect.factor, effect.measure): effect for effect in overview.effects}
    shown = [
        (factor, effect)
        for factor in _by_importance(overview)
        for name in names
        if (effect := found.get((factor.name, name))) is not None
    ]
    if shown:
        yield "Each value against all others; difference with its 95% confidence interval (Welch)."
    for factor, effect in shown[:_MOST_LINES]:
        yield ""
        yield f"{_name(factor.name)}{_activity(factor, overview)}: {_explained(effect)}"
        yield from _levels(effect)
    yield from _more(shown)


def _by_importance(overview: Overview) -> Sequence[Factor]:
    if not overview.importances:
        return overview.factors
    ordered = (share.factor for share in overview.importances[0].shares)
    every = (factor.name for factor in overview.factors)
    return [overview.factor(name) for name in dict.fromkeys((*ordered, *every))]


def _activity(factor: Factor, overview: Overview) -> str:
    if not factor.conditional:
        return ""
    return f" (active in {factor.active:,} of {overview.configurations:,} configurations)"


def _explained(effect: Effect) -> str:
    measure = plain(effect.measure)
    if effect.explained is None or effect.chance is None:
        return f"{measure}, too few configurations a value to tell its share of the variance"
    chance = _chance(effect.chance)
    return f"explains {effect.explained:.0%} of the variance of {measure} ({chance})"


def _levels(effect: Effect) -> Iterator[str]:
    quartiles = ("quartile", "median", "quartile")
    rows: list[tuple[str, ...]] = [
        ("value", "n", "mean", "deviation", *quartiles, "difference", "")
    ]
    rows += [_level(effect.measure, one) for one in effect.levels[:_MOST_LINES]]
    yield from _aligned(rows)
    yield from _more(effect.levels)


def _level(measure: str, one: LevelEffect) -> tuple[str, ...]:
    about = one.description
    quartiles = (about.lower_quartile, about.median, about.upper_quartile)
    interval = ""
    if one.low is not None and one.high is not None:
        low, high = (_signed(measure, bound, about) for bound in (one.low, one.high))
        interval = f"({low} to {high})"
    return (
        shortened(plain(one.level), _LEVEL_WIDTH) or '""',
        f"{about.count:,}",
        *(_value(measure, value, about) for value in (about.mean, about.deviation, *quartiles)),
        "-" if one.difference is None else _signed(measure, one.difference, about),
        interval,
    )


def _importances(overview: Overview) -> Iterator[str]:
    for place, one in enumerate(overview.importances):
        yield from [""] if place else []
        yield from _shares(one)
        yield from _left_out(overview)
        if one.unjudged:
            names = ", ".join(map(_name, one.unjudged))
            yield f"Not judged, as almost every value ran once: {names}"
    for interaction in overview.interactions:
        yield ""
        yield from _interaction(interaction)


def _shares(one: Importance) -> Iterator[str]:
    if one.why_not:
        yield f"For {plain(one.measure)} nothing can be said: {one.why_not} ({_method(one)})."
        return
    yield f"For {plain(one.measure)}, {_method(one)}:"
    shares = [(_name(share.factor), f"{share.share:.0%}") for share in one.shares]
    yield from _aligned(shares[:_MOST_LINES])
    yield from _more(shares)


def _left_out(overview: Overview) -> Iterator[str]:
    """What is not looked at, as its values are not those of a whole run."""
    if left := left_out_text(overview):
        yield left


def left_out_text(overview: Overview) -> str:
    """How many configurations have no part in it, and why; empty where all have."""
    ended = (one.status for one in overview.ends.results if one.status.ended)
    counts = count_states(state for state in ended if state is not TrialState.SUCCESS)
    if not counts:
        return ""
    early = ", and after early stopping those that are left are the good ones"
    why = "only what succeeded is looked at" + (early if TrialState.PRUNED in counts else "")
    return f"Left out: {counts_text(counts)}; {why}."


def _method(one: Importance) -> str:
    model = ""
    if one.predicted is not None:
        model = " of a random forest"
        if not one.why_not:
            model += f" that predicts {one.predicted:.0%} of the variance of others"
    return f"by {one.method.value}{model} over {_thinned(one)}"


def _thinned(one: Importance) -> str:
    if one.configurations == one.of:
        return counted(one.of, "configuration")
    return f"{one.configurations:,} of {one.of:,} configurations, drawn at random"


def _interaction(one: Interaction) -> Iterator[str]:
    yield f"{_name(one.one)} and {_name(one.other)} together, for {plain(one.measure)}:"
    yield f"   their effects added up explain {one.apart:.0%} of the variance"
    beyond = one.together - one.apart
    if one.chance is None:
        yield f"   {beyond:.0%} more goes with the pairs of values; noise or not cannot be told"
    else:
        yield f"   their interaction explains {beyond:.0%} more ({_chance(one.chance)})"


def _correlations(overview: Overview) -> Iterator[str]:
    """Those with what is ranked by first; a resource only where it is ranked by."""
    asked = {objective.metric for objective in overview.objectives}
    ordered = [
        one
        for one in overview.correlations
        if one.configurations >= _LEAST and (one.measure in asked or one.measure not in RESOURCES)
    ]
    if not ordered:
        return
    rows = [("parameter", "measure", "n", "Pearson", "Spearman")]
    rows += [
        (
            f"log {_name(one.parameter)}" if one.logarithmic else _name(one.parameter),
            plain(one.measure),
            f"{one.configurations:,}",
            _coefficient(one.pearson),
            _coefficient(one.spearman),
        )
        for one in ordered[:_MOST_LINES]
    ]
    yield from _aligned(rows)
    yield from _more(ordered)


def _more(found: Sequence[object]) -> Iterator[str]:
    if len(found) > _MOST_LINES:
        yield f"   and {len(found) - _MOST_LINES:,} more"


def _coefficient(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _value(measure: str, value: float | None, among: Description) -> str:
    return "-" if value is None else metric_value(measure, value, _largest(among))


def _signed(measure: str, value: float, among: Description) -> str:
    sign = "+" if value > 0 else "-" if value < 0 else ""
    return sign + metric_value(measure, abs(value), _largest(among))


def _largest(among: Description) -> float:
    return max(abs(among.least), abs(among.greatest))


def _chance(chance: float) -> str:
    return "p < 0.001" if chance < 0.001 else f"p = {chance:.2g}"


def _name(factor: str) -> str:
    return shortened(plain(factor), _NAME_WIDTH)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Lines with the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
        yield "   " + "  ".join([first.ljust(widths[0]), *cells]).rstrip()

"""`sweep_analysis.txt`: the best, the best ten and what failed, for people."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from ksweep.analysis.axes import axes
from ksweep.analysis.counting import count_states, count_tested
from ksweep.analysis.overview import Overview
from ksweep.analysis.ranking import Basis, Ranking
from ksweep.analysis.records import config_file
from ksweep.analysis.replicates import Group
from ksweep.analysis.runs import by_configuration
from ksweep.analysis.view import View
from ksweep.measures import RESOURCES, measure, measured_names, metric_columns, metric_names
from ksweep.model import Goal, Result, TrialState
from ksweep.report.display import briefly_labelled, counted, labelled, plain
from ksweep.report.failures_text import failures_lines, names_line
from ksweep.report.incomplete import incomplete_lines
from ksweep.report.parameters import parameters_text
from ksweep.report.progress import counts_text
from ksweep.report.replicates_text import (
    SPREAD,
    group_named,
    interval_text,
    known_part,
    list_text,
    rivals_lines,
    runs_line,
    spread_text,
)
from ksweep.report.rewritten import rewritten_lines
from ksweep.report.statistics_text import matters_lines, statistics_lines
from ksweep.report.suggestions_text import suggestions_lines
from ksweep.report.versions import version_lines

_WIDE = "=" * 60
_NARROW = "-" * 40
_METRICS_A_LINE = 5
_NAMES_A_LINE = 10


def analysis_text(view: View, overview: Overview, top: int) -> str:
    """The whole file; `top` is how many configurations its list has at most."""
    ranking = overview.ranking
    lines = [
        "Hyperparameter Sweep Analysis",
        _WIDE,
        "",
        f"Total configurations tested: {_tested(view, overview)}",
        *_states(view.results),
        *_notes(overview),
        *incomplete_lines(view.results),
        *rewritten_lines(view.results),
        *version_lines(view.results),
        "",
        "BEST CONFIGURATION:",
        _NARROW,
        *_best(view, overview),
        _WIDE,
        f"TOP {top} CONFIGURATIONS:",
        _NARROW,
        *_top(view, overview, top),
        *_front(view, ranking, top),
        *matters_lines(overview),
        _WIDE,
        "WHAT NEXT:",
        _NARROW,
        *suggestions_lines(view, overview),
        _WIDE,
        "FAILED TESTS:",
        _NARROW,
        *failures_lines(overview.causes),
        *_pruned(view.results),
        *statistics_lines(overview),
    ]
    return "\n".join(lines) + "\n"


def _tested(view: View, overview: Overview) -> str:
    """`36`, or `12 (36 trials)` where configurations run several times."""
    trials = count_tested(view.results)
    if overview.replicates is None:
        return str(trials)
    ended = (result for result in overview.ends.results if result.status.final)
    configurations = len(by_configuration(ended, overview.replicates.axes))
    return f"{configurations} ({counted(trials, 'trial')})"


def _states(results: Sequence[Result]) -> Iterator[str]:
    if any(result.status is not TrialState.SUCCESS for result in results):
        yield f"By state: {counts_text(count_states(result.status for result in results))}"


def _notes(overview: Overview) -> Iterator[str]:
    ranking = overview.ranking
    if ranking.basis.note:
        yield f"Note: {plain(ranking.basis.note)}"
    else:
        yield f"Ranked by: {basis_text(ranking.basis)}"
    if ranking.ranked and ranking.unranked:
        yield (
            f"Not ranked, as they gave no {names_text(ranking)}: " + names_line(ranking.unranked)
        )
    if ranking.ranked and overview.replicates is not None:
        yield f"Note: {SPREAD}."
    elif ranking.ranked:
        yield (
            "Note: Each configuration ran once, so how much of a difference is noise cannot be "
            "known; CONFIG_SWEEP_REPEAT=3 runs each three times."
        )


def _best(view: View, overview: Overview) -> Iterator[str]:
    ranking, best = overview.ranking, overview.ranking.best
    if best is None:
        yield why_none_is_best(view.results, ranking)
        return
    group = group_named(overview.replicates, best.name)
    yield f"Config file: {config_file(best)}"
    if group is not None:
        yield runs_line(group)
    if ranking.scores:
        yield f"Score: {ranking.scores[0]:.4f}"
    for name in metric_order(view, ranking):
        value = measure(best, name)
        if value is not None:
            shown = labelled(name, known_part(group, name, value))
            yield shown + spread_text(group, name) + interval_text(group, name)
    if overview.tied:
        yield f"Exactly as good: {list_text(overview.tied)}"
    if overview.replicates is not None:
        rivals = ranking.ranked[: len(overview.replicates.leading)]
        values = {one.name: parameters_text(one, axes(view)) for one in rivals}
        yield from rivals_lines(overview.replicates, values)
    yield ""
    yield "Hyperparameters:"
    for name, text in best.params.items():
        yield f"  {name}={plain(text)}"
    yield from _again(view, best)


def _again(view: View, best: Result) -> Iterator[str]:
    """What else it takes to have the best once more."""
    if view.fixed:
        yield from ("", "Fixed in all configurations:")
        yield from (f"  {plain(line)}" for line in view.fixed)
    places = dict(zip((one.name for one in view.results), view.directories, strict=True))
    yield from ("", f"Directory: {plain(places.get(best.name, best.name))}")
    if view.settings.command:
        yield f"Command: {plain(view.settings.command)}"
    again = f"ksweep resume {shlex.quote(view.path)} --only {config_file(best)}"
    yield f"Run it again: {plain(again)}"


def why_none_is_best(results: Sequence[Result], ranking: Ranking) -> str:
    """One sentence, for a sweep in which nothing can be ranked."""
    if not ranking.unranked:
        return "None: no trial has succeeded."
    known = ", ".join(map(plain, measured_names(ranking.unranked))) or "none at all"
    trials = counted(len(ranking.unranked), "successful trial")
    return f"None: no finite {names_text(ranking)} among {trials}; what was measured: {known}."


def metric_order(view: View, ranking: Ranking) -> tuple[str, ...]:
    """What to show of a trial: what it is ranked by, the known metrics, the others, the time."""
    asked = (*ranking.basis.names, "test_acc", "final_sparsity", *view.settings.metrics)
    succeeded = (result for result in view.results if result.status is TrialState.SUCCESS)
    seen = metric_columns(metric_names(succeeded), RESOURCES)
    ordered = dict.fromkeys((*asked, *seen.values()))
    ordered.pop("total_time", None)
    return (*ordered, "total_time")


def _top(view: View, overview: Overview, top: int) -> Iterator[str]:
    ranking = overview.ranking
    if not ranking.ranked:
        yield ""
        yield "None."
    names = metric_order(view, ranking)
    for place, result in enumerate(ranking.ranked[:top], 1):
        yield ""
        yield f"{place}. {result.name}"
        score = [f"Score: {ranking.scores[place - 1]:.4f}"] if ranking.scores else []
        group = group_named(overview.replicates, result.name)
        yield "   " + " | ".join([*score, *_brief(result, group, names)])
        if values := parameters_text(result, axes(view)):
            yield f"   {values}"


def _front(view: View, ranking: Ranking, top: int) -> Iterator[str]:
    """What nothing beats in every objective, the best score first."""
    if not ranking.basis.several:
        return
    yield from (_WIDE, "PARETO FRONT:", _NARROW, "")
    yield f"{counted(len(ranking.front), 'configuration')} that no other one beats in everything"
    for result in ranking.front[:top]:
        measured = ((name, measure(result, name)) for name in ranking.basis.names)
        shown = (briefly_labelled(name, value) for name, value in measured if value is not None)
        values = f" ({parameters_text(result, axes(view))})" if view.parameters else ""
        yield f"   {result.name}: {' | '.join(shown)}{values}"
    if len(ranking.front) > top:
        yield f"   and {len(ranking.front) - top:,} more"


def _pruned(results: Sequence[Result]) -> Iterator[str]:
    """What was stopped early, and by which rule."""
    stopped = [result for result in results if result.status is TrialState.PRUNED]
    if not stopped:
        return
    yield from (_WIDE, "PRUNED TRIALS:", _NARROW, "")
    yield f"{counted(len(stopped), 'trial')} stopped early"
    for result in stopped[:_NAMES_A_LINE]:
        yield f"   {result.name}: {plain(result.error or '')}"
    if len(stopped) > _NAMES_A_LINE:
        yield f"   and {len(stopped) - _NAMES_A_LINE:,} more"


def basis_text(basis: Basis) -> str:
    """`test_acc (highest)`, or `test_acc (highest, weight 0.5), size (lowest, weight 1)`."""
    found = []
    for one in basis.objectives:
        end = "highest" if one.goal is Goal.MAXIMIZE else "lowest"
        weight = f", weight {one.weight:g}" if basis.several else ""
        found.append(f"{plain(one.metric)} ({end}{weight})")
    return ", ".join(found)


def names_text(ranking: Ranking) -> str:
    """What is ranked by: `test_acc`, or `test_acc or loss` where any may be missing."""
    return " or ".join(plain(name) for name in ranking.basis.names)


def _brief(result: Result, group: Group | None, names: Sequence[str]) -> Iterator[str]:
    *metrics, time = names
    known = [(name, value) for name in metrics if (value := measure(result, name)) is not None]
    for name, value in known[:_METRICS_A_LINE]:
        yield briefly_labelled(name, known_part(group, name, value)) + spread_text(group, name)
    seconds = measure(result, time)
    if seconds is not None:
        yield briefly_labelled(time, known_part(group, time, seconds)) + spread_text(group, time)

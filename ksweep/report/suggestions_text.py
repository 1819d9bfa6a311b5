"""What to try next, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ksweep.analysis.contrasts import Contrast, Evidence
from ksweep.analysis.failures import Relation
from ksweep.analysis.overview import Overview
from ksweep.analysis.suggestions import (
    Exclude,
    Extend,
    Fix,
    Refine,
    Repeat,
    Suggestion,
    suggestions,
)
from ksweep.analysis.view import View
from ksweep.report.display import counted, figure, plain, shortened

_WIDTH = 60

Record = dict[str, str | None]


def suggestions_lines(view: View, overview: Overview) -> Iterator[str]:
    """Each suggestion with its reason and the line to write, after an empty line."""
    found = suggestion_records(view, overview)
    if not found:
        yield from ("", f"None: {why_nothing_follows(overview)}.")
    for place, one in enumerate(found, 1):
        yield from ("", f"{place}. {one['what']}", f"   {one['why']}")
        if one["line"]:
            yield f"   {one['line']}"


def why_nothing_follows(overview: Overview) -> str:
    """What to say where there is no suggestion."""
    if overview.configurations:
        return "the results do not say more"
    if overview.causes:
        return "no trial has succeeded; what made them fail has to be mended first"
    return "no trial has succeeded yet"


def suggestion_records(view: View, overview: Overview) -> list[Record]:
    """The same for programs: `rule`, `what`, `why` with its numbers, and `line` or None."""
    return [_record(one, overview) for one in suggestions(view, overview)]


def _record(one: Suggestion, overview: Overview) -> Record:
    match one:
        case Extend():
            what, why = _extend(one, overview)
        case Fix():
            what, why = _fix(one)
        case Exclude():
            what, why = _exclude(one)
        case Repeat():
            what, why = _repeat(one)
        case Refine():
            what, why = _refine(one, overview)
    line = None if one.line is None else plain(one.line)
    return {"rule": type(one).__name__.lower(), "what": what, "why": why, "line": line}


def _extend(one: Extend, overview: Overview) -> tuple[str, str]:
    name, value = _names((one.name,)), _value(one.value)
    if one.inner:
        where, beside = "lies on the edge: it", _value(one.inner)
    else:
        where, beside = "is in the outermost fifth of the configurations, which", "the next fifth"
    why = (
        f"the best value, {value}, {where} is {_better(one.contrast, overview)} than {beside} "
        f"({_evidence(one.contrast)})"
    )
    if one.line is None:
        return f"See whether {name} may go beyond {value}: its range in Kconfig ends there", why
    if not one.limited:
        why += "; Kconfig has no constant range for it, the program may have one"
    return f"Extend {name} beyond {value}", why


def _fix(one: Fix) -> tuple[str, str]:
    found = one.found
    why = (
        f"no effect is visible among {counted(found.values, 'value')} in "
        f"{counted(found.configurations, 'configuration')}: F-test {_chance(found.chance)}"
    )
    if found.importance:
        why += f", {found.importance:.0%} of the importance"
    return f"Fix {_names(found.members)}", why


def _exclude(one: Exclude) -> tuple[str, str]:
    share = one.found.share
    trait = share.trait
    sign = "=" if trait.relation is Relation.EQUAL else f" {trait.relation.value} "
    what = f"Leave out {_names((trait.parameter,))}{sign}{_value(trait.value)}"
    why = (
        f"all {counted(share.failures, 'configuration')} that failed of one cause "
        f"({one.found.status.value}) have it, and none of the {share.of_successes:,} that "
        f"succeeded ({_chance(one.found.chance)}, Fisher's exact test)"
    )
    return what, why


def _repeat(one: Repeat) -> tuple[str, str]:
    if one.rivals is None:
        why = (
            f"each of {counted(one.configurations, 'configuration')} ran once: how much of a "
            "difference is noise is not known"
        )
        return "Run the best few several times, in a range file with them alone", why
    rivals = f"{one.rivals:,} of {counted(one.configurations - 1, 'other configuration')}"
    more = f", with more values of {_names((one.axis,))}" if one.axis else ""
    return f"Run more often what may be the best{more}", f"{rivals} cannot be told from the best"


def _refine(one: Refine, overview: Overview) -> tuple[str, str]:
    sides = (
        f"{_better(contrast, overview)} than {_value(text)} ({_evidence(contrast)})"
        for text, contrast in (one.below, one.above)
    )
    why = f"the best value, {_value(one.value)}, lies within: it is {' and '.join(sides)}"
    return f"Look closer around {_names((one.name,))}={_value(one.value)}", why


def _better(contrast: Contrast, overview: Overview) -> str:
    """`better by 1.5 in test_acc`."""
    names = [objective.metric for objective in overview.objectives]
    unit = plain(names[0]) if len(names) == 1 else "score"
    return f"better by {figure(contrast.advantage)} in {unit}"


def _evidence(contrast: Contrast) -> str:
    said = {
        Evidence.RUNS: f"{contrast.count:,} runs of the two",
        Evidence.PAIRS: f"{contrast.count:,} pairs that differ in nothing else",
        Evidence.GROUPS: f"{contrast.count:,} configurations",
    }
    return f"{said[contrast.evidence]}, {_chance(contrast.chance)}"


def _chance(chance: float) -> str:
    return "p < 0.001" if chance < 0.001 else f"p = {chance:.2g}"


def _names(members: Sequence[str]) -> str:
    return shortened(plain("|".join(members)), _WIDTH)


def _value(text: str) -> str:
    return shortened(plain(text), _WIDTH) or '""'

"""The differences to a baseline, as a section of the analysis and as columns of its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ksweep.analysis.baseline import Baseline, changed
from ksweep.analysis.differing import Difference, Verdict
from ksweep.analysis.records import Scalar
from ksweep.analysis.view import View
from ksweep.measures import finite
from ksweep.model import Result
from ksweep.report.comparison import change_texts, noise_line, sample_text, verdicts_text
from ksweep.report.display import plain
from ksweep.report.parameters import INACTIVE

_WIDE = "=" * 60
_NARROW = "-" * 40


def baseline_text(baseline: Baseline, view: View, top: int) -> str:
    """The best `top` of the first objective, and what they are in the others."""
    return "\n".join(_lines(baseline, view, top)) + "\n"


def add_differences(
    records: Sequence[dict[str, Scalar]], trials: Sequence[Result], baseline: Baseline
) -> None:
    """Add to each trial's record what its configuration is against the baseline.

    All of it is None in the records of the baseline itself.
    """
    for record, trial in zip(records, trials, strict=True):
        found = baseline.by_trial.get(trial.name)
        for place, measured in enumerate(baseline.objectives):
            metric = measured.objective.metric
            one = found[place] if found else None
            record[f"change.{metric}"] = finite(one.change) if one else None
            record[f"relative.{metric}"] = finite(one.relative) if one else None
            record[f"chance.{metric}"] = one.chance if one else None
            record[f"verdict.{metric}"] = one.verdict.value if one else None


def _lines(baseline: Baseline, view: View, top: int) -> Iterator[str]:
    name = baseline.group.name
    yield from (_WIDE, f"COMPARED WITH {name}:", _NARROW, "")
    if baseline.own:
        yield f"{name} has the values of the base .config."
    for measured in baseline.objectives:
        metric = measured.objective.metric
        yield f"{plain(metric)} of {name}: {sample_text(metric, measured.baseline)}"
        yield f"   the others: {verdicts_text(measured.differences)}"
    yield noise_line(measured.differences)
    ordered = sorted(baseline.objectives[0].differences, key=_place)
    for place, one in enumerate(ordered[:top], 1):
        yield ""
        yield f"{place}. {one.other.name}"
        for each in baseline.by_trial[one.other.trials[0].name]:
            yield f"   {_difference(each)}"
        yield f"   {_values(changed(baseline.group, one.other, view))}"


def _difference(one: Difference) -> str:
    """`score: 3002 (+1000, +49.98%, p = 0.001): better`."""
    metric = one.objective.metric
    if one.change is None:
        return f"{plain(metric)}: {one.verdict.value}"
    change, share, chance = change_texts(one)
    details = ", ".join(text for text in (change, share, f"p = {chance}" if chance else "") if text)
    return f"{plain(metric)}: {sample_text(metric, one.now)} ({details}): {one.verdict.value}"


def _values(changed: Mapping[str, tuple[str | None, str | None]]) -> str:
    """`SIZE 2 -> 3, FAST y -> n`."""
    pairs = ((title, [_shown(value) for value in pair]) for title, pair in changed.items())
    return ", ".join(f"{title} {' -> '.join(pair)}" for title, pair in pairs)


def _shown(value: str | None) -> str:
    return INACTIVE if value is None else plain(value)


def _place(one: Difference) -> tuple[bool, float]:
    """The best first; what has no value last."""
    unknown = one.verdict in (Verdict.BROKEN, Verdict.UNKNOWN)
    return unknown, 0.0 if unknown else one.harm

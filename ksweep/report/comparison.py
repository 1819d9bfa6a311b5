"""What became of a sweep in another one, as text, as a table and for programs."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Sequence

from ksweep.analysis.axes import axes, varies
from ksweep.analysis.comparing import Compared, Comparison, MatchedBy, Shift
from ksweep.analysis.differing import Difference, Sample, Verdict, all_copies, noise_known
from ksweep.analysis.distributions import LEVEL
from ksweep.analysis.pairwise import MODERATED_TEST
from ksweep.measures import finite
from ksweep.model import Goal, Objective
from ksweep.report.display import counted, figure, metric_value, plain
from ksweep.report.parameters import axis_text
from ksweep.report.tables import Table

_ORDER = list(Verdict)
_SHOWN_FIRST = (
    Verdict.BROKEN,
    Verdict.WORSE,
    Verdict.SEEMS_WORSE,
    Verdict.BETTER,
    Verdict.SEEMS_BETTER,
    Verdict.MENDED,
)

BETWEEN_SWEEPS = (
    "what else changed between the sweeps (load, heat, libraries) is in neither test. To leave it",
    "out, run old and new as one sweep, in turns (docs/judgements.md):",
    "   config PROGRAM                          # in Kconfig, with `string` below it",
    '   CONFIG_PROGRAM="./old"|"./new"          # in the range file',
    '   CONFIG_SWEEP_COMMAND="{PROGRAM} ..."    # the command of before with {PROGRAM} in it',
    "   CONFIG_SWEEP_REPEAT=3",
)
"""What no comparison of two sweeps can know, and the way out."""


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Who is compared, and how much they have in common."""
    base, other = comparison.base, comparison.other
    for side, view in (("base", base), ("now", other)):
        name = plain(os.path.basename(view.path))
        yield f"{side}: {name}, {counted(len(view.results), 'trial')}"
    ways = Counter(match.by for match in comparison.matches)
    how = ", ".join(f"{ways[way]:,} by {way.value}" for way in MatchedBy if ways[way])
    both = counted(len(comparison.matches), "configuration")
    yield (
        f"{both} in both{f' ({how})' if how else ''}; {len(comparison.only_base):,} only in the "
        f"base, {len(comparison.only_other):,} only now"
    )
    if base.settings.command != other.settings.command:
        yield "note: they ran different commands"


def compared_lines(compared: Compared) -> Iterator[str]:
    """What came out in one objective."""
    objective = compared.objective
    end = "highest" if objective.goal is Goal.MAXIMIZE else "lowest"
    yield f"{plain(objective.metric)} ({end} is best): {verdicts_text(compared.differences)}"
    if compared.shift is not None:
        yield f"  all together: {_shift_text(compared.shift, objective)}"
    if compared.best_before is not None and compared.best_now is not None:
        sides = (compared.best_before, compared.best_now)
        texts = [f"{name} {metric_value(objective.metric, value)}" for name, value in sides]
        yield f"  the best: {' -> '.join(texts)}"


def verdicts_text(found: Sequence[Difference]) -> str:
    """`1 fails, 4 worse, 3 same`."""
    verdicts = Counter(one.verdict for one in found)
    counts = (f"{verdicts[one]:,} {one.value}" for one in _ORDER if verdicts[one])
    return ", ".join(counts) or "nothing to compare"


def noise_line(found: Sequence[Difference]) -> str:
    """How differences were told from noise, or that nothing says what it is."""
    if noise_known(found):
        return f"noise: {MODERATED_TEST}, at {LEVEL:.0%}"
    if all_copies(found):
        return (
            "noise: not known, as all runs of a configuration gave the very same; does the program "
            "use KSWEEP_REPEAT as its seed?"
        )
    return "noise: not known, as no configuration ran more than once; --set REPEAT=3 tells"


def decision_line(compared: Compared) -> str:
    """What `--fail-if-worse` decides by."""
    if compared.undecided:
        return "one run of one configuration on each side decides nothing"
    if not noise_known(compared.differences):
        return "with one run each, all together alone decides; what only seems so may be noise"
    return "either test decides, and both share the 5%"


def differences_table(comparison: Comparison, compared: Compared, top: int) -> Table:
    """The configurations that differ most, what fails now first, then the worst, then the best."""
    ordered = sorted(compared.differences, key=_urgency)[:top]
    trials = [one.base.trials[0] for one in ordered]
    told_apart = trials if len(trials) > 1 else comparison.base.results
    shown = {
        title: names
        for title, names in axes(comparison.base).items()
        if varies(told_apart, names) and set(names) <= set(comparison.other.parameters)
    }
    metric = compared.objective.metric
    rows = (
        (
            one.base.name,
            one.other.name,
            *(axis_text(trial, names) for names in shown.values()),
            *(sample_text(metric, sample) for sample in (one.before, one.now)),
            *change_texts(one),
            one.verdict.value,
        )
        for one, trial in zip(ordered, trials, strict=True)
    )
    figures = (f"{plain(metric)} before", "now", "change", "percent", "p")
    headers = ("config", "is now", *shown, *figures, "verdict")
    return Table(headers, tuple(rows), frozenset(figures))


def sample_text(metric: str, sample: Sample) -> str:
    """`88.51% ± 0.2 (3)`: the mean, and where there are several values their spread."""
    if sample.mean is None:
        return ""
    shown = metric_value(metric, sample.mean)
    if sample.deviation is None:
        return shown
    return f"{shown} ± {figure(float(f'{sample.deviation:.2g}'))} ({len(sample.values)})"


def change_texts(one: Difference) -> tuple[str, str, str]:
    """The change, its share of what was before, and its probability between equals."""
    if one.change is None:
        return ("", "", "")
    change = figure(float(f"{one.change:.4g}"))
    share = "" if one.relative is None else percent_text(one.relative)
    chance = "" if one.chance is None else f"{one.chance:.2g}"
    return (f"+{change}" if one.change > 0 else change, share, chance)


def percent_text(share: float) -> str:
    """`+1.40%`, `-0.031%`: with a sign, in two digits or more."""
    percent = 100 * share
    if percent == 0 or not math.isfinite(percent):
        return f"{percent:+g}%" if percent else "0%"
    if abs(percent) >= 10:
        return f"{percent:+.1f}%"
    return f"{percent:+.2f}%" if abs(percent) >= 0.1 else f"{percent:+.2g}%"


def comparison_json(comparison: Comparison) -> dict[str, object]:
    """Everything, for programs; what is unknown or infinite is null."""
    return {
        "sweep": comparison.other.path,
        "matched": {
            way.value: sum(match.by is way for match in comparison.matches) for way in MatchedBy
        },
        "only_base": [group.name for group in comparison.only_base],
        "only_now": [group.name for group in comparison.only_other],
        "objectives": [_compared_json(comparison, one) for one in comparison.objectives],
    }


def _compared_json(comparison: Comparison, compared: Compared) -> dict[str, object]:
    shift = compared.shift
    pairs = zip(comparison.matches, compared.differences, strict=True)
    return {
        "metric": compared.objective.metric,
        "goal": compared.objective.goal.value,
        "noise_known": noise_known(compared.differences),
        "all_together": None
        if shift is None
        else {
            "relative": finite(shift.mean),
            "configurations": shift.configurations,
            "chance": shift.chance,
            "verdict": _shift_verdict(shift, compared.objective).value,
        },
        "best": {
            "base": _best_json(compared.best_before),
            "now": _best_json(compared.best_now),
        },
        "configurations": [
            {"matched_by": match.by.value, **difference_json(one)} for match, one in pairs
        ],
    }


def difference_json(one: Difference) -> dict[str, object]:
    """One difference, with the names that its configuration has on both sides."""
    return {
        "base": one.base.name,
        "now": one.other.name,
        "params": dict(one.other.params),
        "before_mean": one.before.mean,
        "before_deviation": finite(one.before.deviation),
        "before_runs": len(one.before.values),
        "now_mean": one.now.mean,
        "now_deviation": finite(one.now.deviation),
        "now_runs": len(one.now.values),
        "change": finite(one.change),
        "relative": finite(one.relative),
        "chance": one.chance,
        "verdict": one.verdict.value,
    }


def _best_json(best: tuple[str, float] | None) -> dict[str, object] | None:
    return None if best is None else {"config_file": best[0], "value": best[1]}


def _shift_text(shift: Shift, objective: Objective) -> str:
    verdict = _shift_verdict(shift, objective)
    change = f"{percent_text(shift.mean)} in the mean of {shift.configurations:,}"
    if verdict is Verdict.UNKNOWN:
        return f"{change}: one configuration shows no shift"
    if verdict is Verdict.SAME:
        return f"{change}: the same"
    said = "no shift can be seen" if verdict is Verdict.NOISE else verdict.value
    return f"{change}: {said} (p = {shift.chance:.2g}, paired t-test)"


def _shift_verdict(shift: Shift, objective: Objective) -> Verdict:
    if shift.mean == 0:
        return Verdict.SAME
    if shift.chance is None:
        return Verdict.UNKNOWN
    if not shift.seen:
        return Verdict.NOISE
    better = (shift.mean > 0) is (objective.goal is Goal.MAXIMIZE)
    return Verdict.BETTER if better else Verdict.WORSE


def _urgency(one: Difference) -> tuple[int, float]:
    verdict = one.verdict
    place = _SHOWN_FIRST.index(verdict) if verdict in _SHOWN_FIRST else len(_SHOWN_FIRST)
    return place, -abs(one.loss)

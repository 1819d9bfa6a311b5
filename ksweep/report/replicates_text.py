"""What repeated runs say, for people: means with their spread, and who cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from ksweep.analysis.replicates import Group, Replicates
from ksweep.report.display import counted, metric_value, plain, spread_value

SPREAD = "Values are means; ± is the standard deviation between the runs"

_NAMES = 10
_NEAREST = 5


def group_named(replicates: Replicates | None, name: str) -> Group | None:
    """The runs of a configuration; None where the sweep runs each once."""
    leading = () if replicates is None else replicates.leading
    return next((one for one in leading if one.name == name), None)


def spread_text(group: Group | None, measure: str) -> str:
    """` ± 0.21%`, to stand behind a mean; empty without repeated runs."""
    estimate = group.estimates.get(measure) if group else None
    if estimate is None or estimate.deviation is None:
        return ""
    return f" ± {spread_value(measure, estimate.deviation, estimate.mean)}"


def known_part(group: Group | None, measure: str, value: float) -> float:
    """A mean, or a bound of it, to the digits of a deviation that is shown with two."""
    estimate = group.estimates.get(measure) if group else None
    if estimate is None or not estimate.deviation or not math.isfinite(value):
        return value
    return round(value, max(1 - math.floor(math.log10(estimate.deviation)), 0))


def runs_text(group: Group) -> str:
    """`3`, or `2 of 3` where some did not succeed."""
    trials = len(group.trials)
    return str(trials) if group.runs == trials else f"{group.runs} of {trials}"


def interval_text(group: Group | None, measure: str) -> str:
    """`, 95% interval 87.99% to 89.03%`, to stand behind that."""
    estimate = group.estimates.get(measure) if group else None
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    bounds = (known_part(group, measure, one) for one in (estimate.low, estimate.high))
    low, high = (metric_value(measure, bound, estimate.mean) for bound in bounds)
    return f", 95% interval {low} to {high}"


def runs_line(group: Group) -> str:
    """`Runs: 3 (config_004, config_005, config_006)`."""
    return f"Runs: {runs_text(group)} ({list_text(group.trials)})"


def rivals_lines(replicates: Replicates, values: Mapping[str, str]) -> Iterator[str]:
    """Which configurations cannot be told from the best, by which test; the nearest by name.

    Args:
        replicates: what the runs say.
        values: what each configuration has of the axes, by its name.
    """
    yield from rivals_text(replicates)
    named = [group for group in replicates.leading if group.indistinct][:_NEAREST]
    for group in named:
        runs = ", a single run" if group.runs == 1 else ", copies" if group.copies else ""
        yield f"   {group.name}: p = {group.chance:.2g}{runs} ({values[group.name]})"
    if replicates.indistinct > len(named):
        yield f"   and {replicates.indistinct - len(named):,} more"


def rivals_text(replicates: Replicates) -> tuple[str, ...]:
    """What the runs say of the noise, and how many cannot be told from the best."""
    others = replicates.configurations - 1
    found = (_copies(replicates), _told(replicates) if others > 0 else "")
    return tuple(line for line in found if line)


def _told(replicates: Replicates) -> str:
    others = replicates.configurations - 1
    test = f"{replicates.test}, at {replicates.level:.0%}"
    if not replicates.tested:
        known = "" if replicates.copies else "no configuration has several successful runs"
        return known and f"The noise cannot be known: {known}"
    if not replicates.indistinct:
        return f"Better than all {others:,} others beyond the noise ({test})"
    of = counted(others, "other configuration")
    return f"Cannot be told from the best: {replicates.indistinct:,} of {of} ({test})"


def _copies(replicates: Replicates) -> str:
    """Where runs say nothing of the noise, as each gave the very same value."""
    if not replicates.copies:
        return ""
    if replicates.tested:
        whose = counted(replicates.copies, "configuration")
        return (
            f"All runs of {whose} gave the very same value: they are taken for copies of one run, "
            "with the noise of the others"
        )
    seed = ", ".join(map(plain, replicates.axes)) or "KSWEEP_REPEAT"
    return (
        "All runs of a configuration gave the very same value: they are copies, the noise is not "
        f"known and nothing was tested; does the program use `{seed}` as its seed?"
    )


def list_text(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more:,} more" if more > 0 else "")

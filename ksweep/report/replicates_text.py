"""What repeated runs say, for people: means with their spread, and who cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ksweep.analysis.replicates import Group, Replicates
from ksweep.report.display import counted, metric_value, spread_value

_NAMES = 10


def group_named(replicates: Replicates | None, name: str) -> Group | None:
    """The runs of a configuration; None where the sweep runs each once."""
    leading = () if replicates is None else replicates.leading
    return next((one for one in leading if one.name == name), None)


def spread_text(group: Group | None, measure: str) -> str:
    """` ± 0.21%`, to stand behind a mean; empty without repeated runs."""
    estimate = group.estimates.get(measure) if group else None
    if estimate is None or estimate.deviation is None:
        return ""
    return f" ± {spread_value(measure, estimate.deviation)}"


def runs_text(group: Group) -> str:
    """`3`, or `2 of 3` where some did not succeed."""
    trials = len(group.trials)
    return str(trials) if group.runs == trials else f"{group.runs} of {trials}"


def interval_text(group: Group | None, measure: str) -> str:
    """`, 95% interval 87.99% to 89.03%`, to stand behind that."""
    estimate = group.estimates.get(measure) if group else None
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    low, high = (metric_value(measure, bound) for bound in (estimate.low, estimate.high))
    return f", 95% interval {low} to {high}"


def runs_line(group: Group) -> str:
    """`Runs: 3 (config_004, config_005, config_006)`."""
    return f"Runs: {runs_text(group)} ({list_text(group.trials)})"


def rivals_lines(replicates: Replicates, values: Mapping[str, str]) -> Iterator[str]:
    """Which configurations cannot be told from the best, by which test.

    Args:
        replicates: what the runs say.
        values: what each configuration has of the axes, by its name.
    """
    best, others = replicates.best, replicates.configurations - 1
    if best is None or not others:
        return
    test = f"{replicates.test}, at {replicates.level:.0%}"
    if all(group.chance is None for group in replicates.leading):
        yield "The noise cannot be known: no two configurations have several successful runs"
        return
    if not replicates.indistinct:
        yield f"Better than all {others:,} others beyond the noise ({test})"
        return
    yield (
        f"Cannot be told from the best: {replicates.indistinct:,} of "
        f"{counted(others, 'other configuration')} ({test})"
    )
    named = [group for group in replicates.leading if group.indistinct]
    for group in named[:_NAMES]:
        chance = "a single run" if group.chance is None else f"p = {group.chance:.2g}"
        yield f"   {group.name}: {chance} ({values[group.name]})"
    if replicates.indistinct > len(named[:_NAMES]):
        yield f"   and {replicates.indistinct - len(named[:_NAMES]):,} more"


def list_text(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more:,} more" if more > 0 else "")

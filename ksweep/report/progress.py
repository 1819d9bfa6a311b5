"""How far a sweep is, as one value, and as the plain lines of a log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ksweep.analysis.axes import Members
from ksweep.analysis.ranking import Ranking
from ksweep.analysis.replicates import Replicates
from ksweep.measures import measure
from ksweep.model import TrialState
from ksweep.report.display import briefly_labelled, counted, duration, plain
from ksweep.report.parameters import parameter_texts
from ksweep.report.replicates_text import group_named, known_part, spread_text


@dataclass(frozen=True, slots=True)
class Progress:
    """A sweep at one moment.

    Attributes:
        total: trials of the sweep.
        counts: how many of them stand where; see `count_states`.
        elapsed_s: since this run began.
        remaining_s: None where nothing says how long a trial takes.
        unseen: the axis of which only one value has run yet, so that the rest is little known.
        running: the running trials with the seconds they have run, the oldest first.
        values: what they have of the axes, by their names.
        best: the best so far with its configuration, empty where there is none.
    """

    total: int
    counts: Mapping[TrialState, int]
    elapsed_s: float
    remaining_s: float | None
    running: tuple[tuple[str, float], ...] = ()
    best: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    unseen: str = ""
    ended: int = field(init=False)

    def __post_init__(self) -> None:
        ended = sum(count for state, count in self.counts.items() if state.ended)
        object.__setattr__(self, "ended", ended)


def running_texts(progress: Progress) -> tuple[str, ...]:
    """`config_007  3m 20s  LR=0.1, OPT=ADAM`, the oldest first."""
    found = (
        (name, duration(seconds), progress.values.get(name, ""))
        for name, seconds in progress.running
    )
    return tuple("  ".join(filter(None, texts)) for texts in found)


def states_text(progress: Progress) -> str:
    """`success 30, running 2, pending 4`."""
    return counts_text(progress.counts)


def counts_text(counts: Mapping[TrialState, int]) -> str:
    """The same of any counts."""
    return ", ".join(f"{state.value} {count}" for state, count in counts.items())


def times_text(progress: Progress) -> str:
    """`3m 20s elapsed, about 10m 00s remaining`."""
    elapsed = f"{duration(progress.elapsed_s)} elapsed"
    if progress.ended == progress.total:
        return elapsed
    if progress.remaining_s is None:
        return f"{elapsed}, remaining time not known yet"
    remaining = f"{elapsed}, about {duration(progress.remaining_s)} remaining"
    unseen = progress.unseen
    return f"{remaining} (no other {plain(unseen)} has run yet)" if unseen else remaining


def progress_line(progress: Progress) -> str:
    """All but the running trials' names in one line."""
    percent = 100 * progress.ended // progress.total if progress.total else 100
    parts = [
        f"{progress.ended}/{counted(progress.total, 'trial')} ended ({percent}%)",
        states_text(progress),
        times_text(progress),
    ]
    best = f"best so far: {best_text(progress.best)}" if progress.best else ""
    return "; ".join(part for part in (*parts, best) if part)


def best_text(best: tuple[str, ...]) -> str:
    """`config_017, Test Acc: 88.51% (LR=0.1, OPT=ADAM)`."""
    named, *values = best
    return f"{named} ({', '.join(values)})" if values else named


def best_texts(
    ranking: Ranking,
    axes: Mapping[str, Members],
    replicates: Replicates | None = None,
    runs: int = 1,
) -> tuple[str, ...]:
    """`config_017, Test Acc: 88.51%`, then `LR=0.1` and so on; empty without a best.

    Where the values are means, `runs` says of how many, or `replicates` their spread as well.
    """
    best = ranking.best
    if best is None:
        return ()
    group = group_named(replicates, best.name)
    values = ((name, measure(best, name)) for name in ranking.basis.names)
    shown = "".join(
        f", {briefly_labelled(name, known_part(group, name, value))}{spread_text(group, name)}"
        for name, value in values
        if value is not None
    )
    shown += f" (mean of {runs} runs)" if runs > 1 else ""
    return (best.name + shown, *parameter_texts(best, axes))

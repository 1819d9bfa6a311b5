"""Repeated runs of one configuration: their mean and spread, and who can be told from the best."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ksweep.analysis.best import PROCEDURE, copies, lags
from ksweep.analysis.columns import measures_of
from ksweep.analysis.describe import describe
from ksweep.analysis.distributions import LEVEL, t_limit
from ksweep.analysis.noise import samples_of
from ksweep.analysis.ranking import Ranking, costs_of, score, spans_of
from ksweep.analysis.runs import Runs
from ksweep.measures import RESOURCES


@dataclass(frozen=True, slots=True)
class Estimate:
    """What runs of one configuration say of a measure.

    Attributes:
        runs: those that gave a finite value.
        deviation: between the runs (n - 1); None for a single one.
        low: with `high` the 95 % confidence interval of the mean (Student's t); None for a single
            run.
    """

    runs: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one configuration.

    Attributes:
        name: of the first of its trials that succeeded.
        params: what they share: `CONFIG_X` to text, without the axes that only repeat.
        trials: the names of all of them, whatever became of them.
        estimates: by the name of the metric or resource in the summary.
        score: from 0 to 1, with several objectives; None with one.
        chance: how probable it is to lag so far behind any other one for what is the best; None
            for the first, and where no noise is known.
        behind: the name of the one that it lags behind most clearly; None where `chance` is.
        indistinct: it cannot be told from the best: `chance` is above the level.
        copies: it ran several times, and all its runs gave the very same.
    """

    name: str
    params: Mapping[str, str]
    trials: tuple[str, ...]
    estimates: Mapping[str, Estimate]
    score: float | None
    chance: float | None
    behind: str | None
    indistinct: bool
    copies: bool

    @property
    def runs(self) -> int:
        """How many of the trials gave any value."""
        return max((one.runs for one in self.estimates.values()), default=0)


@dataclass(frozen=True, slots=True)
class Replicates:
    """A sweep whose configurations ran more than once.

    Attributes:
        axes: the `CONFIG_` names that only repeat.
        configurations: how many were ranked.
        leading: the best of them first, as many as were asked for.
        tested: whether any noise is known; else nothing is said to be worse than the best.
        indistinguishable: the names of those that cannot be told from the best, itself not among
            them; the nearest first.
        copies: how many ran several times and gave the very same each time. They have no noise of
            their own, and count as one run.
        test: how they were compared, at which `level`.
    """

    axes: tuple[str, ...]
    configurations: int
    leading: tuple[Group, ...]
    tested: bool
    indistinguishable: tuple[str, ...]
    copies: int
    test: str = PROCEDURE
    level: float = LEVEL

    @property
    def best(self) -> Group | None:
        """The one with the best mean."""
        return self.leading[0] if self.leading else None

    @property
    def indistinct(self) -> int:
        """How many cannot be told from the best, itself not counted."""
        return len(self.indistinguishable)


def replicates(
    runs: Sequence[Runs],
    ranking: Ranking,
    axes: tuple[str, ...],
    parameters: Sequence[str],
    leading: int,
) -> Replicates:
    """The configurations in the order of their means, and which cannot be told from the first.

    Args:
        runs: of all configurations.
        ranking: of the means in `runs`.
        axes: the `CONFIG_` names that only repeat.
        parameters: the `CONFIG_` names that vary.
        leading: how many to describe at most.
    """
    own = {id(one.mean): one for one in runs}
    ranked = [own[id(result)] for result in ranking.ranked]
    names = [one.mean.name for one in ranked]
    levels = samples_of(list(_judged(ranked, ranking)))
    same, lag = copies(levels).tolist(), lags(levels)
    chances = [None] * len(ranked) if lag is None else [None, *lag.chances.tolist()[1:]]
    groups = []
    for place, one in enumerate(ranked[:leading]):
        chance = chances[place]
        groups.append(
            Group(
                name=names[place],
                params=one.mean.params,
                trials=tuple(trial.name for trial in one.trials),
                estimates=_estimates(one, parameters),
                score=ranking.scores[place] if ranking.scores else None,
                chance=chance,
                behind=None if lag is None or chance is None else names[lag.behind[place]],
                indistinct=_indistinct(chance),
                copies=same[place],
            )
        )
    pairs = zip(names, chances, strict=True)
    return Replicates(
        axes=axes,
        configurations=len(ranked),
        leading=tuple(groups),
        tested=lag is not None,
        indistinguishable=tuple(name for name, chance in pairs if _indistinct(chance)),
        copies=sum(same),
    )


def _indistinct(chance: float | None) -> bool:
    return chance is not None and chance > LEVEL


def _estimates(runs: Runs, parameters: Sequence[str]) -> dict[str, Estimate]:
    found = {}
    for name, column in measures_of(runs.counted, parameters).items():
        described = describe(column)
        low = high = None
        if described.deviation is not None:
            reach = t_limit(described.count - 1) * described.deviation / math.sqrt(described.count)
            low, high = described.mean - reach, described.mean + reach
            low = max(low, 0.0) if name in RESOURCES and described.least >= 0 else low
        found[name] = Estimate(described.count, described.mean, described.deviation, low, high)
    return found


def _judged(ranked: Sequence[Runs], ranking: Ranking) -> Iterator[list[float]]:
    """What the runs of each cost: in one objective, or by the score on the scale of the means."""
    basis = ranking.basis
    spans: tuple[tuple[float, float], ...] = ()
    if basis.several:
        means = (costs_of(one.mean, basis) for one in ranked)
        spans = spans_of([costs for costs in means if costs is not None])
    for one in ranked:
        every = (costs_of(trial, basis) for trial in one.counted)
        known = [costs for costs in every if costs is not None]  # else it would not be counted
        yield [-score(costs, spans, basis) if basis.several else costs[0] for costs in known]

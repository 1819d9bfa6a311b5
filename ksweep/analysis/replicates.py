"""Repeated runs of one configuration: their mean and spread, and who can be told from the best."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ksweep.analysis.columns import measures_of
from ksweep.analysis.describe import describe
from ksweep.analysis.distributions import LEVEL, t_limit
from ksweep.analysis.noise import TEST, Moments, holm, known_chances, samples_of, welch_chances
from ksweep.analysis.ranking import Ranking, costs_of, score, spans_of
from ksweep.analysis.runs import Runs


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
        chance: how probable so large a difference to the best is between equals, corrected for
            the number of comparisons; None for the best, and where one of the two has one run.
        indistinct: it cannot be told from the best: `chance` is above the level, or None.
    """

    name: str
    params: Mapping[str, str]
    trials: tuple[str, ...]
    estimates: Mapping[str, Estimate]
    score: float | None
    chance: float | None
    indistinct: bool

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
        indistinct: how many cannot be told from the best, itself not counted.
        test: how they were compared, at which `level`.
    """

    axes: tuple[str, ...]
    configurations: int
    leading: tuple[Group, ...]
    indistinct: int
    test: str = TEST
    level: float = LEVEL

    @property
    def best(self) -> Group | None:
        """The one with the best mean."""
        return self.leading[0] if self.leading else None


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
    chances = _chances(ranked, ranking)
    groups = []
    for place, one in enumerate(ranked[:leading]):
        chance = chances[place]
        groups.append(
            Group(
                name=one.mean.name,
                params=one.mean.params,
                trials=tuple(trial.name for trial in one.trials),
                estimates=_estimates(one, parameters),
                score=ranking.scores[place] if ranking.scores else None,
                chance=chance,
                indistinct=place > 0 and _indistinct(chance),
            )
        )
    indistinct = sum(_indistinct(chance) for chance in chances[1:])
    return Replicates(axes, len(ranked), tuple(groups), indistinct)


def _indistinct(chance: float | None) -> bool:
    return chance is None or chance > LEVEL


def _estimates(runs: Runs, parameters: Sequence[str]) -> dict[str, Estimate]:
    found = {}
    for name, column in measures_of(runs.counted, parameters).items():
        described = describe(column)
        low = high = None
        if described.deviation is not None:
            reach = t_limit(described.count - 1) * described.deviation / math.sqrt(described.count)
            low, high = described.mean - reach, described.mean + reach
        found[name] = Estimate(described.count, described.mean, described.deviation, low, high)
    return found


def _chances(ranked: Sequence[Runs], ranking: Ranking) -> list[float | None]:
    """Of each against the first, with Holm's correction; None for itself and a single run."""
    if not ranked:
        return []
    levels = samples_of(list(_judged(ranked, ranking)))
    first, others = Moments.of(levels, slice(0, 1)), Moments.of(levels, slice(1, None))
    return [None, *known_chances(holm(welch_chances(first, others)))]


def _judged(ranked: Sequence[Runs], ranking: Ranking) -> Iterator[list[float]]:
    """What the runs of each are judged by: the cost, or the score on the scale of the means."""
    basis = ranking.basis
    spans: tuple[tuple[float, float], ...] = ()
    if basis.several:
        means = (costs_of(one.mean, basis) for one in ranked)
        spans = spans_of([costs for costs in means if costs is not None])
    for one in ranked:
        every = (costs_of(trial, basis) for trial in one.counted)
        known = [costs for costs in every if costs is not None]  # else it would not be counted
        yield [score(costs, spans, basis) if basis.several else costs[0] for costs in known]

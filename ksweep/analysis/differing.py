"""Two configurations, before and now: better or worse, by how much, and whether that is noise."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ksweep.analysis.columns import measured
from ksweep.analysis.describe import describe
from ksweep.analysis.distributions import LEVEL
from ksweep.analysis.pairwise import moderated_chances
from ksweep.analysis.records import config_file
from ksweep.analysis.runs import by_configuration, mean, without
from ksweep.analysis.view import View
from ksweep.measures import finite, measure
from ksweep.model import Goal, Objective, Result, TrialState

_FAILED = frozenset({TrialState.FAILED, TrialState.TIMEOUT, TrialState.OOM, TrialState.SUCCESS})


@dataclass(frozen=True, slots=True)
class Group:
    """The trials of one configuration: its repeats, and its replicates.

    `params` are those of all of them, without the axes that only repeat.
    """

    params: Mapping[str, str]
    trials: tuple[Result, ...]

    @property
    def name(self) -> str:
        """`config_017`, of the first of them."""
        return config_file(self.trials[0])

    @property
    def ids(self) -> frozenset[str]:
        """Their identities: more than one with replicates."""
        return frozenset(trial.id for trial in self.trials)

    def sample(self, metric: str) -> Sample:
        """The finite values of the trials that succeeded."""
        succeeded = (trial for trial in self.trials if trial.status is TrialState.SUCCESS)
        values = (finite(measure(trial, metric)) for trial in succeeded)
        return Sample(tuple(value for value in values if value is not None))

    @property
    def failed(self) -> bool:
        """Whether a trial ended by its own fault; what has no value for all its success counts."""
        return any(trial.status in _FAILED for trial in self.trials)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one configuration gave, run by run; it may be nothing."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """None where there is no value."""
        return mean(self.values)

    @property
    def deviation(self) -> float | None:
        """Of the sample (n - 1); None below two values."""
        return describe(measured(self.values)).deviation if self.values else None


class Verdict(StrEnum):
    """How one configuration stands to another; where `fails`, the other has a value."""

    BROKEN = "fails"
    WORSE = "worse"
    SEEMS_WORSE = "seems worse"  # the noise is not known
    NOISE = "within the noise"
    SAME = "same"
    SEEMS_BETTER = "seems better"
    BETTER = "better"
    MENDED = "succeeds"
    UNKNOWN = "no value"


@dataclass(frozen=True, slots=True)
class Difference:
    """One objective of two configurations.

    Attributes:
        objective: what is compared.
        base: what is compared with.
        other: what is compared.
        before: what the one gave.
        now: what the other gave.
        chance: how probable so large a difference is between equals, corrected for the number of
            tests; None where no noise is known.
    """

    objective: Objective
    base: Group
    other: Group
    before: Sample
    now: Sample
    chance: float | None = None

    @property
    def change(self) -> float | None:
        """In the unit of the objective."""
        before, now = self.before.mean, self.now.mean
        return None if before is None or now is None else now - before

    @property
    def relative(self) -> float | None:
        """The change as a share of the size before; None also where that was 0."""
        if self.change is None or not self.before.mean:
            return None
        return self.change / abs(self.before.mean)

    @property
    def harm(self) -> float:
        """How much worse, in the unit of the objective; negative where it is better."""
        change = self.change or 0.0
        return -change if self.objective.goal is Goal.MAXIMIZE else change

    @property
    def loss(self) -> float:
        """How much worse, as a share of the size before; negative where it is better.

        Infinite for what fails now or was 0 before; 0 where there is nothing to compare.
        """
        if self.verdict is Verdict.BROKEN:
            return math.inf
        if not self.change:
            return 0.0
        before = self.before.mean
        return self.harm / abs(before) if before else math.copysign(math.inf, self.harm)

    @property
    def verdict(self) -> Verdict:
        """What the data can carry; where the noise is not known, it only seems so."""
        if self.change is None:
            if self.before.values and self.other.failed:
                return Verdict.BROKEN
            return Verdict.MENDED if self.now.values and self.base.failed else Verdict.UNKNOWN
        if self.change == 0:
            return Verdict.SAME
        if self.chance is not None and self.chance > LEVEL:
            return Verdict.NOISE
        worse = self.harm > 0
        if self.chance is None:
            return Verdict.SEEMS_WORSE if worse else Verdict.SEEMS_BETTER
        return Verdict.WORSE if worse else Verdict.BETTER


def groups_of(view: View, repeated: Collection[str]) -> tuple[Group, ...]:
    """The configurations of a sweep in the order of their first trials.

    Args:
        view: the sweep.
        repeated: the symbols, without `CONFIG_`, that only repeat.
    """
    names = frozenset(f"CONFIG_{symbol}" for symbol in repeated)
    found = by_configuration(view.results, names)
    return tuple(Group(without(trials[0].params, names), trials) for trials in found)


def differences(
    objective: Objective, pairs: Sequence[tuple[Group, Group]], families: int = 1
) -> tuple[Difference, ...]:
    """Each pair of a base and what is compared with it, in one objective.

    Moderated t-tests where any configuration ran more than once, with Holm's correction for the
    number of pairs.

    Args:
        objective: what is compared.
        pairs: the base and the other.
        families: how many such sets of tests share the level (Bonferroni).
    """
    groups = list({id(group): group for pair in pairs for group in pair}.values())
    samples = [group.sample(objective.metric) for group in groups]
    place = {id(group): index for index, group in enumerate(groups)}
    places = [(place[id(base)], place[id(other)]) for base, other in pairs]
    chances = moderated_chances([one.values for one in samples], places, _noises(places))
    return tuple(
        Difference(
            objective,
            base,
            other,
            samples[one],
            samples[two],
            None if chance is None else min(1.0, families * chance),
        )
        for (base, other), (one, two), chance in zip(pairs, places, chances, strict=True)
    )


def _noises(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """One for each pair where they are of one configuration each, else one for each group."""
    groups = sorted({place for pair in pairs for place in pair})
    if len(groups) < 2 * len(pairs):
        return groups
    pair_of = {place: number for number, pair in enumerate(pairs) for place in pair}
    return [pair_of[place] for place in groups]


def noise_known(found: Sequence[Difference]) -> bool:
    """Whether any of them was told from noise, or found to be it."""
    return any(one.chance is not None for one in found)


def all_copies(found: Sequence[Difference]) -> bool:
    """Whether configurations ran several times, and each gave the very same every time."""
    samples = [sample.values for one in found for sample in (one.before, one.now)]
    several = [values for values in samples if len(values) > 1]
    return bool(several) and all(len(set(values)) == 1 for values in several)

"""Whether one value of an axis is better than another, beyond what the data can deny."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TypeAlias

from ksweep.analysis.distributions import LEVEL
from ksweep.analysis.drawing import drawn
from ksweep.analysis.noise import pair_chances, shift_chance
from ksweep.analysis.ranking import Ranking, costs_of
from ksweep.analysis.replicates import Replicates
from ksweep.analysis.runs import mean
from ksweep.model import Result

LEAST = 3  # pairs, or configurations of either value
_MOST_PAIRED = 20_000  # configurations; of more as many are drawn, and groups compared
_MOST = 2_000  # configurations of either value that are looked at

Value: TypeAlias = str | tuple[str | None, ...] | None
"""What a configuration has of an axis: a text, or one a symbol of a linked axis; None inactive."""

Rest: TypeAlias = frozenset[tuple[str, str]]
"""The parameters of a configuration but for some: `CONFIG_` names and texts."""

ValueOf: TypeAlias = Callable[[Result], Value]


class Evidence(StrEnum):
    """What two values of an axis were compared by.

    Runs: the runs of the best and of a configuration that differs from it in nothing else, by
    multiple comparisons with the best. Pairs: configurations that differ in nothing else but what
    is active with one of the values alone (of those that still are several the mean), by the paired
    t-test. Groups: all configurations that have the one or the other, by Welch's t-test.
    """

    RUNS = "runs"
    PAIRS = "pairs"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One value of an axis against another.

    Attributes:
        advantage: by how much the one is better in the mean: in units of the metric, or of the
            score where there are several objectives; negative where it is worse.
        chance: how probable so large a difference is between equals, two-sided.
        count: of the pairs; otherwise of the runs or configurations on both sides.
    """

    evidence: Evidence
    advantage: float
    chance: float
    count: int

    def tells(self, comparisons: int = 1) -> bool:
        """Whether the one is better, at 5 % by Bonferroni for the number of comparisons."""
        return self.advantage > 0 and self.chance * comparisons <= LEVEL

    def differs(self) -> bool:
        """Whether the two are different, in whichever direction, at 5 %."""
        return self.chance <= LEVEL


class Judged:
    """The ranked configurations of a sweep, each with its cost: the lower the better."""

    def __init__(self, ranking: Ranking, replicates: Replicates | None) -> None:
        self.results = ranking.ranked
        self._paired = len(ranking.ranked) <= _MOST_PAIRED
        some = ranking.ranked if self._paired else drawn(ranking.ranked, _MOST_PAIRED)
        self._by_name = sorted(some, key=attrgetter("name"))
        self._value_of: ValueOf | None = None
        self._by_value: dict[Value, list[Result]] = {}
        self._groups = {} if replicates is None else {g.name: g for g in replicates.leading}
        self._leading = ranking.ranked[: len(self._groups)]
        self._basis = ranking.basis
        scored = zip(ranking.ranked, ranking.scores, strict=False)  # no scores with one objective
        self._scores = {id(result): score for result, score in scored}

    def contrast(
        self, names: Sequence[str], value_of: ValueOf, one: Value, other: Value
    ) -> Contrast | None:
        """One value against another; None where nothing can be said.

        Of runs, pairs and groups it is the first that tells them apart, else the last that says
        anything.

        Args:
            names: the `CONFIG_` names of the axis.
            value_of: what a configuration has of it.
            one: a value.
            other: another.
        """
        runs = self._by_runs(value_of, one, other, frozenset(names))
        if runs is not None and runs.differs():
            return runs
        sides = self._having(value_of, one), self._having(value_of, other)
        pairs = self._by_pairs(*sides, frozenset(names)) if self._paired else None
        return pairs or self._by_groups(*sides) or runs

    def groups(self, one: Sequence[Result], other: Sequence[Result]) -> Contrast | None:
        """Some configurations against others; None where either are fewer than three."""
        return self._by_groups(one, other)

    def differences(
        self, names: Sequence[str], value_of: ValueOf, one: Value, other: Value
    ) -> list[tuple[Mapping[str, str], float]]:
        """What is equal in each pair, and by how much the one value is better in it.

        There are none in more than 20,000 configurations, where groups say enough.
        """
        if not self._paired:
            return []
        sides = self._having(value_of, one), self._having(value_of, other)
        return [(dict(rest), gain) for rest, gain in self._pairs(*sides, frozenset(names))]

    def _cost(self, result: Result) -> float:
        if self._scores:
            return -self._scores[id(result)]
        found = costs_of(result, self._basis)
        assert found is not None  # else it would not be ranked
        return found[0]

    def _having(self, value_of: ValueOf, value: Value) -> Sequence[Result]:
        """At most 2,000, by name: of a grid, drawn from either of two values, they are pairs.

        The values of one axis are asked for one after another.
        """
        if value_of != self._value_of:
            self._value_of, self._by_value = value_of, {}
            for result in self._by_name:
                self._by_value.setdefault(value_of(result), []).append(result)
        return drawn(self._by_value.get(value, []), _MOST)

    def _by_runs(
        self, value_of: ValueOf, one: Value, other: Value, names: frozenset[str]
    ) -> Contrast | None:
        """The best, where it has the one value, against its neighbour."""
        best = self.results[0] if self.results else None
        if best is None or best.name not in self._groups or value_of(best) != one:
            return None
        rest = _rest(best, names)
        having = (result for result in self._leading if value_of(result) == other)
        neighbour = next((result for result in having if _rest(result, names) == rest), None)
        group = self._groups[neighbour.name] if neighbour is not None else None
        if neighbour is None or group is None or group.chance is None:
            return None
        if group.behind != best.name:  # then the chance is that of another pair
            return None
        advantage = self._cost(neighbour) - self._cost(best)
        runs = group.runs + self._groups[best.name].runs
        return Contrast(Evidence.RUNS, advantage, group.chance, runs)

    def _by_pairs(
        self, one: Sequence[Result], other: Sequence[Result], names: frozenset[str]
    ) -> Contrast | None:
        found = [gain for _, gain in self._pairs(one, other, names)]
        chance, advantage = shift_chance(found), mean(found)
        if len(found) < LEAST or chance is None or advantage is None:
            return None
        return Contrast(Evidence.PAIRS, advantage, chance, len(found))

    def _pairs(
        self, one: Sequence[Result], other: Sequence[Result], names: frozenset[str]
    ) -> list[tuple[Rest, float]]:
        alone = _active(one) ^ _active(other)  # what follows from the one value or the other
        left, right = (self._by_rest(side, names | alone) for side in (one, other))
        return [(rest, right[rest] - cost) for rest, cost in left.items() if rest in right]

    def _by_rest(self, results: Iterable[Result], names: frozenset[str]) -> dict[Rest, float]:
        """The mean cost by all parameters but some."""
        costs: dict[Rest, list[float]] = {}
        for result in results:
            costs.setdefault(_rest(result, names), []).append(self._cost(result))
        return {rest: sum(one / len(several) for one in several) for rest, several in costs.items()}

    def _by_groups(self, one: Sequence[Result], other: Sequence[Result]) -> Contrast | None:
        if min(len(one), len(other)) < LEAST:
            return None
        costs = [[self._cost(result) for result in side] for side in (one, other)]
        (chance,), (better, worse) = pair_chances([(costs[0], costs[1])]), map(mean, costs)
        if chance is None or better is None or worse is None:
            return None
        return Contrast(Evidence.GROUPS, worse - better, chance, len(one) + len(other))


def _active(results: Iterable[Result]) -> frozenset[str]:
    """What any of them has."""
    return frozenset(name for result in results for name in result.params)


def _rest(result: Result, names: frozenset[str]) -> Rest:
    return frozenset(item for item in result.params.items() if item[0] not in names)

"""Two sweeps: which configurations are in both, and what became of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from ksweep import number
from ksweep.analysis.differing import (
    Difference,
    Group,
    Verdict,
    differences,
    groups_of,
    noise_known,
)
from ksweep.analysis.distributions import LEVEL
from ksweep.analysis.noise import shift_chance
from ksweep.analysis.ranking import Basis
from ksweep.analysis.runs import mean
from ksweep.analysis.view import View, numeric_parameters
from ksweep.model import Goal, Objective

_Key: TypeAlias = frozenset[tuple[str, Decimal | str]]
_MARGIN = 2  # of a hundred comparisons of equals at most five may fail, and not five in the mean
_BAD = (Verdict.WORSE, Verdict.BROKEN)


class MatchedBy(StrEnum):
    """Why two configurations are taken for the same."""

    IDENTITY = "identity"
    PARAMETERS = "parameters"


@dataclass(frozen=True, slots=True)
class Match:
    """A configuration of the base and the same one of the other sweep."""

    base: Group
    other: Group
    by: MatchedBy


@dataclass(frozen=True, slots=True)
class Shift:
    """All configurations together.

    Attributes:
        mean: of their relative changes; infinite where all were 0 before.
        configurations: how many those are.
        chance: how probable so large a shift is where nothing has changed, corrected for the number
            of tests; None for a single configuration. The paired t-test, of changes as shares of
            what is halfway between before and now: of equals these are as often up as down.
    """

    mean: float
    configurations: int
    chance: float | None

    @property
    def seen(self) -> bool:
        """Whether it is more than noise, at 5 %."""
        return self.chance is not None and self.chance <= LEVEL and self.mean != 0


@dataclass(frozen=True, slots=True)
class Compared:
    """One objective of two sweeps.

    Attributes:
        objective: what is compared.
        differences: one a match, in the order of the base.
        shift: of those that have values in both; None where there are none.
        best_before: the best of the base by its mean, whether or not the other sweep has it.
        best_now: the best of the other.
    """

    objective: Objective
    differences: tuple[Difference, ...]
    shift: Shift | None
    best_before: tuple[str, float] | None
    best_now: tuple[str, float] | None

    @property
    def loss(self) -> float:
        """How much worse all together are, as a share; 0 or below where they are not."""
        if self.shift is None or not self.shift.seen:
            return 0.0
        return -self.shift.mean if self.objective.goal is Goal.MAXIMIZE else self.shift.mean

    @property
    def undecided(self) -> bool:
        """Whether there is a change, and nothing to judge it by: a single run of a single one."""
        if noise_known(self.differences) or self.shift is None:
            return False
        return self.shift.chance is None and self.shift.mean != 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of a base in another sweep; `only_base` and `only_other` are not in both."""

    base: View
    other: View
    matches: tuple[Match, ...]
    only_base: tuple[Group, ...]
    only_other: tuple[Group, ...]
    objectives: tuple[Compared, ...]

    def worse_by(self, share: float) -> list[Difference]:
        """What fails now, or is worse by more than that share beyond what noise explains."""
        every = (one for compared in self.objectives for one in compared.differences)
        return [one for one in every if one.verdict in _BAD and one.loss > share]

    def shifted_by(self, share: float) -> list[Compared]:
        """The objectives in which all together are worse by more than that share."""
        return [compared for compared in self.objectives if compared.loss > share]


def compare(base: View, other: View, basis: Basis) -> Comparison:
    """Compare two sweeps in each objective of `basis`."""
    repeated = {*base.settings.replicate, *other.settings.replicate}
    before, now = groups_of(base, repeated), groups_of(other, repeated)
    matches = _matches(base, other, before, now)
    pairs = [(match.base, match.other) for match in matches]
    matched = {id(group) for pair in pairs for group in pair}
    return Comparison(
        base=base,
        other=other,
        matches=matches,
        only_base=tuple(group for group in before if id(group) not in matched),
        only_other=tuple(group for group in now if id(group) not in matched),
        objectives=tuple(
            _compared(objective, pairs, (before, now), len(basis.objectives))
            for objective in basis.objectives
        ),
    )


def _matches(
    base: View, other: View, before: Sequence[Group], now: Sequence[Group]
) -> tuple[Match, ...]:
    """By identity; what is left by the parameters that both sweeps vary, where that is clear."""
    by_id = {identity: group for group in now for identity in group.ids}
    found: dict[int, Match] = {}
    taken: set[int] = set()
    for group in before:
        same = next((by_id[one] for one in sorted(group.ids) if one in by_id), None)
        if same is not None and id(same) not in taken:
            found[id(group)] = Match(group, same, MatchedBy.IDENTITY)
            taken.add(id(same))
    shared = frozenset(base.parameters) & frozenset(other.parameters)
    numbers = numeric_parameters(base) | numeric_parameters(other)
    left = _unique((group for group in before if id(group) not in found), shared, numbers)
    right = _unique((group for group in now if id(group) not in taken), shared, numbers)
    for key in left.keys() & right.keys():
        found[id(left[key])] = Match(left[key], right[key], MatchedBy.PARAMETERS)
    return tuple(found[id(group)] for group in before if id(group) in found)


def _unique(
    groups: Iterable[Group], names: frozenset[str], numbers: frozenset[str]
) -> dict[_Key, Group]:
    """The groups by their values of these parameters, without those that share all of them."""
    found: dict[_Key, list[Group]] = {}
    for group in groups:
        found.setdefault(frozenset(_values(group, names, numbers)), []).append(group)
    return {key: same[0] for key, same in found.items() if len(same) == 1}


def _values(
    group: Group, names: frozenset[str], numbers: frozenset[str]
) -> Iterator[tuple[str, Decimal | str]]:
    for name, text in group.params.items():
        if name in names:
            value = number.parse(text) if name in numbers else None
            yield name, text if value is None else value


def _compared(
    objective: Objective,
    pairs: Sequence[tuple[Group, Group]],
    sides: tuple[Sequence[Group], Sequence[Group]],
    objectives: int,
) -> Compared:
    """Both tests of all objectives share the level, so that equal sweeps rarely fail in any."""
    families = _MARGIN * objectives
    found = differences(objective, pairs, 2 * families)
    shift = _shift(found, 2 * families if noise_known(found) else families)
    before, now = (_best(objective, side) for side in sides)
    return Compared(objective, found, shift, before, now)


def _shift(found: Sequence[Difference], families: int) -> Shift | None:
    means = [(one.before.mean, one.now.mean) for one in found]
    pairs = [(one, two) for one, two in means if one is not None and two is not None]
    if not pairs:
        return None
    shares = [_share(before, now) for before, now in pairs]
    relative = mean([one.relative for one in found])
    if relative is None:
        relative = math.copysign(math.inf, math.fsum(shares)) if any(shares) else 0.0
    chance = shift_chance(shares)
    return Shift(relative, len(pairs), None if chance is None else min(1.0, families * chance))


def _share(before: float, now: float) -> float:
    """The change as a share of what is halfway: from -2 to 2."""
    size = abs(before) / 2 + abs(now) / 2  # halved first, as a sum may be too large
    return now / size - before / size if size else 0.0


def _best(objective: Objective, groups: Sequence[Group]) -> tuple[str, float] | None:
    means = ((group.name, group.sample(objective.metric).mean) for group in groups)
    known = [(name, value) for name, value in means if value is not None]
    if not known:
        return None
    end = max if objective.goal is Goal.MAXIMIZE else min
    return end(known, key=lambda pair: pair[1])

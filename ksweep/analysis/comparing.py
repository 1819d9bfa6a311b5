"""Two sweeps: which configurations are in both, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from ksweep import number
from ksweep.analysis.differing import Difference, Group, Verdict, differences, groups_of
from ksweep.analysis.noise import shift_chance
from ksweep.analysis.ranking import Basis
from ksweep.analysis.runs import mean
from ksweep.analysis.view import View, numeric_parameters
from ksweep.measures import finite
from ksweep.model import Goal, Objective

_Key: TypeAlias = frozenset[tuple[str, Decimal | str]]
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
        mean: of their relative changes.
        configurations: how many those are.
        chance: how probable so large a mean is where nothing has changed (paired t-test); None for
            a single one.
    """

    mean: float
    configurations: int
    chance: float | None


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
            _compared(objective, pairs, before, now) for objective in basis.objectives
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
    before: Sequence[Group],
    now: Sequence[Group],
) -> Compared:
    found = differences(objective, pairs)
    relative = [share for one in found if (share := finite(one.relative)) is not None]
    average = mean(relative)
    shift = None
    if average is not None:
        shift = Shift(average, len(relative), shift_chance(relative))
    return Compared(objective, found, shift, _best(objective, before), _best(objective, now))


def _best(objective: Objective, groups: Sequence[Group]) -> tuple[str, float] | None:
    means = ((group.name, group.sample(objective.metric).mean) for group in groups)
    known = [(name, value) for name, value in means if value is not None]
    if not known:
        return None
    end = max if objective.goal is Goal.MAXIMIZE else min
    return end(known, key=lambda pair: pair[1])

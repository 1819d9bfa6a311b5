"""Which parameters have no visible effect on what the sweep is ranked by."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ksweep.analysis.columns import Columns, columns_of
from ksweep.analysis.contrasts import Judged
from ksweep.analysis.effects import Effect
from ksweep.analysis.factors import Factor
from ksweep.analysis.interactions import interaction
from ksweep.analysis.overview import Overview
from ksweep.analysis.runs import repeated_axes
from ksweep.analysis.view import View
from ksweep.model import Result

LEAST_CHANCE = 0.2
MOST_IMPORTANCE = 0.05
LEAST_CONFIGURATIONS = 20
LEAST_A_VALUE = 5

_MOST = 2_000  # configurations in which interactions are looked for
_BY_CHANCE = 0.05
_NEARLY_ALL = 0.9  # of the variance


@dataclass(frozen=True, slots=True)
class Effectless:
    """A parameter whose values cannot be told apart.

    Attributes:
        name: of the `Factor`.
        members: its `CONFIG_` names.
        configurations: in which it is active.
        values: how many it has there.
        chance: the lowest of `Effect.chance` over what is ranked by.
        importance: its highest share, from 0 to 1.
    """

    name: str
    members: tuple[str, ...]
    configurations: int
    values: int
    chance: float
    importance: float


def effectless(view: View, overview: Overview, judged: Judged) -> Iterator[Effectless]:
    """The parameters without a visible effect, in the order of the range file.

    It takes 20 configurations in which the parameter is active, and five a value. Then a parameter
    has no visible effect where for everything that is ranked by

    - the F-test finds a chance above 0.2,
    - its share of the importance is below 5 %,
    - no pair of its values differs by the paired t-test at 5 %,
    - no interaction with another parameter is visible: the F-test finds a chance above 0.05, or,
      where it cannot judge, the two effects added up explain nine tenths of the variance.
    """
    columns: Columns | None = None
    for factor in overview.factors:
        if not _enough(factor):
            continue
        found = _by_itself(overview, factor)
        if found is None or _told_in_pairs(factor, judged):
            continue
        columns = columns or columns_of(_some(judged), view, repeated_axes(view))
        if not _interacts(columns, factor, overview):
            yield found


def _enough(factor: Factor) -> bool:
    return factor.active >= max(LEAST_CONFIGURATIONS, LEAST_A_VALUE * len(factor.levels))


def _by_itself(overview: Overview, factor: Factor) -> Effectless | None:
    """What the tests of the parameter alone say; None where it has an effect, or may have."""
    effects = [overview.effect(factor.name, one.metric) for one in overview.objectives]
    chances = [_chance(effect) for effect in effects if effect is not None]
    shares = [
        share.share
        for one in overview.importances
        for share in one.shares
        if share.factor == factor.name
    ]
    if not chances or not shares:
        return None
    lowest, highest = min(chances), max(shares)
    if lowest <= LEAST_CHANCE or highest >= MOST_IMPORTANCE:
        return None
    return Effectless(
        factor.name, factor.members, factor.active, len(factor.levels), lowest, highest
    )


def _chance(effect: Effect) -> float:
    return 0.0 if effect.chance is None else effect.chance


def _told_in_pairs(factor: Factor, judged: Judged) -> bool:
    """Whether a value differs from the first one where all else is equal."""
    if factor.binned:
        return False

    def value_of(result: Result) -> str | None:
        if len(factor.members) == 1:
            return result.params.get(factor.name)
        return next((name for name in factor.members if result.params.get(name) == "y"), None)

    first, *others = factor.levels
    found = (judged.contrast(factor.members, value_of, first, other) for other in others)
    return any(one is not None and one.differs() for one in found)


def _some(judged: Judged) -> Sequence[Result]:
    results = judged.results
    return results if len(results) <= _MOST else random.Random(0).sample(results, _MOST)


def _interacts(columns: Columns, factor: Factor, overview: Overview) -> bool:
    coded = {one.factor.name: one for one in columns.factors}
    own = coded.pop(factor.name, None)
    if own is None:
        return True
    for objective in overview.objectives:
        measured = columns.measures.get(objective.metric)
        if measured is None or not measured.varies:
            continue
        for other in coded.values():
            found = interaction([own, other], objective.metric, measured)
            if found is None:
                continue
            if found.chance is None and found.apart < _NEARLY_ALL:
                return True
            if found.chance is not None and found.chance <= _BY_CHANCE:
                return True
    return False

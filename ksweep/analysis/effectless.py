"""Which parameters have no visible effect on what the sweep is ranked by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ksweep.analysis.columns import Columns, columns_of, measured
from ksweep.analysis.contrasts import Judged
from ksweep.analysis.describe import by_level
from ksweep.analysis.drawing import drawn
from ksweep.analysis.effects import Effect, explained
from ksweep.analysis.factors import Factor, texts_of
from ksweep.analysis.interactions import interaction
from ksweep.analysis.overview import Overview
from ksweep.model import Result, TrialState

LEAST_CHANCE = 0.2
MOST_IMPORTANCE = 0.05
LEAST_CONFIGURATIONS = 20
LEAST_A_VALUE = 5

_MOST = 2_000  # configurations in which interactions are looked for
_MOST_ENDED = 20_000  # trials whose ends are looked at
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
        importance: its highest share, from 0 to 1; 0 where nothing can be said of importance.
    """

    name: str
    members: tuple[str, ...]
    configurations: int
    values: int
    chance: float
    importance: float


def effectless(overview: Overview, judged: Judged) -> Iterator[Effectless]:
    """The parameters without a visible effect, in the order of the range file.

    It takes 20 configurations in which the parameter is active, and five a value. Then a parameter
    has no visible effect where for everything that is ranked by

    - the F-test finds a chance above 0.2,
    - its share of the importance is below 5 %,
    - trials end well with all of its values alike, rather than fail or are stopped early: the
      F-test finds a chance above 0.05,
    - no value differs from the first where all else is equal: by the paired t-test at 5 %, and
      by an F-test whether the differences go with the values of another parameter,
    - no interaction with another parameter is visible: the F-test finds a chance above 0.05, or,
      where it cannot judge, the two effects added up explain nine tenths of the variance.
    """
    columns: Columns | None = None
    ended = drawn([one for one in overview.ends.results if one.status.final], _MOST_ENDED)
    for factor in overview.factors:
        if not _enough(factor):
            continue
        found = _by_itself(overview, factor)
        if found is None or _told_by_ends(factor, ended):
            continue
        if _told_in_pairs(factor, judged, overview.factors):
            continue
        columns = columns or columns_of(drawn(judged.results, _MOST), overview.ends)
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
    if not chances:
        return None
    lowest, highest = min(chances), max(shares, default=0.0)
    if lowest <= LEAST_CHANCE or highest >= MOST_IMPORTANCE:
        return None
    return Effectless(
        factor.name, factor.members, factor.active, len(factor.levels), lowest, highest
    )


def _chance(effect: Effect) -> float:
    return 0.0 if effect.chance is None else effect.chance


def _told_by_ends(factor: Factor, ended: Sequence[Result]) -> bool:
    """Whether some values go with failures or early stops, which no effect on the rest shows."""
    import numpy as np

    if factor.binned or all(one.status is TrialState.SUCCESS for one in ended):
        return False
    places = {level: place for place, level in enumerate(factor.levels)}
    texts = texts_of([result.params for result in ended], factor.members)
    codes = [-1 if text is None else places.get(text, -1) for text in texts]
    column = measured([float(result.status is TrialState.SUCCESS) for result in ended])
    _, chance = explained(by_level(column, np.array(codes, dtype=np.int64), len(places)))
    return chance is not None and chance <= _BY_CHANCE


def _told_in_pairs(factor: Factor, judged: Judged, others: Sequence[Factor]) -> bool:
    """Whether a value differs from the first one where all else is equal, always or sometimes."""
    if factor.binned:
        return False
    level_of = partial(_level, factor)
    first, *more = factor.levels
    for level in more:
        found = judged.contrast(factor.members, level_of, first, level)
        if found is not None and found.differs():
            return True
        pairs = judged.differences(factor.members, level_of, first, level)
        if any(_depends(pairs, other) for other in others if other is not factor):
            return True
    return False


def _level(factor: Factor, result: Result) -> str | None:
    return _level_of(factor, result.params)


def _level_of(factor: Factor, params: Mapping[str, str]) -> str | None:
    if len(factor.members) == 1:
        return params.get(factor.name)
    return next((name for name in factor.members if params.get(name) == "y"), None)


def _depends(pairs: Sequence[tuple[Mapping[str, str], float]], other: Factor) -> bool:
    """Whether the differences between two values go with the values of another parameter."""
    import numpy as np

    places: dict[str, int] = {}
    levels = [_level_of(other, rest) for rest, _ in pairs]
    codes = [-1 if one is None else places.setdefault(one, len(places)) for one in levels]
    if len(places) < 2:
        return False
    column = measured([gain for _, gain in pairs])
    _, chance = explained(by_level(column, np.array(codes, dtype=np.int64), len(places)))
    return chance is not None and chance <= _BY_CHANCE


def _interacts(columns: Columns, factor: Factor, overview: Overview) -> bool:
    coded = {one.factor.name: one for one in columns.factors}
    own = coded.pop(factor.name, None)
    if own is None:
        return True
    for objective in overview.objectives:
        column = columns.measures.get(objective.metric)
        if column is None or not column.varies:
            continue
        for other in coded.values():
            found = interaction([own, other], objective.metric, column)
            if found is None:
                continue
            if found.chance is None and found.apart < _NEARLY_ALL:
                return True
            if found.chance is not None and found.chance <= _BY_CHANCE:
                return True
    return False

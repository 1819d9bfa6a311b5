"""What a parameter explains beside the others, in a model in which effects are added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ksweep.analysis.columns import Measured
from ksweep.analysis.distributions import f_chance
from ksweep.analysis.factors import Coded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST = 2_000  # configurations: of more, what chance does is little against any effect
_A_TERM = 2  # configurations for each term of the model at least
_IN_BLOCKS = 0.8  # of the configurations, as in a grid of which some failed
_FREE = 3  # degrees of freedom that blocks must leave
_ROUNDING = 1e-18  # of the sum of squares
_ALIASED = 1e-9  # the size of what is left of a column that others make up


class Explained(NamedTuple):
    """A share of the variance from 0 to 1, and how probable as much is without any effect."""

    share: float
    chance: float


class Additive:
    """The sums of the effects of some factors, each of which can be told from the others.

    An analysis of variance without interactions. A conditional factor is nested under what
    activates it: it has an effect where it is active, and none elsewhere. The share of a factor is
    the covariance of its effect with the measure (Pratt, "Dividing the indivisible", 1987), so
    that the shares add up where a random design lets parameters go together by chance.

    Its test asks what the factor adds to the others. Where most configurations differ from another
    one in this factor alone, it looks at these differences: what the others do together, whatever
    it is, is no noise then.
    """

    def __init__(self, factors: Sequence[Coded]) -> None:
        """Nothing is computed before it is asked for; what several measures share is kept."""
        self._factors = factors
        self._models: dict[tuple[str, bytes], tuple[_Model | None, _Model | None]] = {}

    def explained(self, coded: Coded, measured: Measured) -> Explained | None:
        """Of one of the factors on a measure that varies, where the factor is active.

        None where that cannot be told: there are fewer than two configurations for each term, more
        than 2,000, or what the factor does goes with what others do.
        """
        import numpy as np

        rows = (coded.codes >= 0) & ~np.isnan(measured.values)
        if (
            not 1 < rows.sum() <= _MOST
            or measured.values[rows].min() == measured.values[rows].max()
        ):
            return None
        key = (coded.factor.name, rows.tobytes())
        if key not in self._models:
            others = [one for one in self._factors if one is not coded]
            self._models[key] = _summed(coded, others, rows), _blocked(coded, others, rows)
        summed, blocked = self._models[key]
        testing, sharing = blocked or summed, summed or blocked
        if testing is None or sharing is None:
            return None
        values = measured.values[rows]
        away = values - values.mean()
        test, total = testing.tested(away), float(away @ away)
        covariance = sharing.covariance(away) - sharing.terms * test.noise
        return Explained(min(max(covariance / total, 0.0), 1.0), test.chance)


class _Test(NamedTuple):
    """The mean square of what is left, and the chance of what the factor adds."""

    noise: float
    chance: float


@dataclass(frozen=True)
class _Model:
    """What a factor adds to others.

    Attributes:
        blocks: the block of each configuration; the others may do anything between blocks.
        beside: orthonormal columns of what else the others explain.
        own: the columns of the factor.
        added: what they add, taken apart: orthonormal columns, their sizes, and directions.
        free: the degrees of freedom of what is left.
    """

    blocks: NDArray[np.int64]
    beside: NDArray[np.float64]
    own: NDArray[np.float64]
    added: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    free: int

    @property
    def terms(self) -> int:
        return int(self.added[1].size)

    def tested(self, away: NDArray[np.float64]) -> _Test:
        """The F-test of what the factor adds to the others."""
        left = _within(away, self.blocks)
        left = left - self.beside @ (self.beside.T @ left)
        of_factor = self.added[0].T @ left
        rest = left - self.added[0] @ of_factor
        extra, within = float(of_factor @ of_factor), float(rest @ rest)
        total = float(away @ away)
        extra, within = (part if part > _ROUNDING * total else 0.0 for part in (extra, within))
        noise = within / self.free
        if not within:
            return _Test(0.0, 0.0 if extra else 1.0)
        return _Test(noise, f_chance(extra / self.terms / noise, self.terms, self.free))

    def covariance(self, away: NDArray[np.float64]) -> float:
        """Of the effect of the factor with the measure, times the number of configurations."""
        columns, sizes, directions = self.added
        levels = directions.T @ ((columns.T @ away) / sizes)
        return float((self.own @ levels) @ away)


def _summed(coded: Coded, others: Sequence[Coded], rows: NDArray[np.bool_]) -> _Model | None:
    """Of all the others, whose effects are added up."""
    import numpy as np

    blocks = np.zeros(int(rows.sum()), dtype=np.int64)
    found = _model(_columns(coded, rows), blocks, [_columns(one, rows) for one in others])
    if found is None or len(blocks) < _A_TERM * (1 + found.beside.shape[1] + found.terms):
        return None
    return found


def _blocked(coded: Coded, others: Sequence[Coded], rows: NDArray[np.bool_]) -> _Model | None:
    """Of configurations that differ in the factor alone, and in what its values switch off."""
    import numpy as np

    own = coded.codes[rows]
    levels = [own == level for level in np.unique(own)]
    children = [
        bool((one.codes[rows] >= 0).any()) and any((one.codes[rows][of] < 0).all() for of in levels)
        for one in others
    ]
    apart = [one.ranks[rows] for one, child in zip(others, children, strict=True) if not child]
    if not apart:
        return None
    _, blocks = np.unique(np.column_stack(apart), axis=0, return_inverse=True)
    blocks = blocks.reshape(-1)
    several = np.zeros(int(blocks.max()) + 1, dtype=np.int64)
    for of in levels:
        several[np.unique(blocks[of])] += 1
    if int((several[blocks] > 1).sum()) < _IN_BLOCKS * own.size:
        return None
    nested = [_columns(one, rows) for one, child in zip(others, children, strict=True) if child]
    found = _model(_columns(coded, rows), blocks, nested)
    return found if found is not None and found.free >= _FREE else None


def _model(
    own: NDArray[np.float64], blocks: NDArray[np.int64], others: Sequence[NDArray[np.float64]]
) -> _Model | None:
    """None where not all that the factor may do can be told from what the others do."""
    import numpy as np

    every = [_within(columns, blocks) for columns in others]
    beside = _parts(np.hstack(every))[0] if every else np.zeros((len(own), 0))
    left = _within(own, blocks)
    added = _parts(left - beside @ (beside.T @ left))
    free = len(own) - int(np.unique(blocks).size) - beside.shape[1] - added[1].size
    if not 0 < added[1].size == _parts(own)[1].size or free < 1:
        return None
    return _Model(blocks, beside, own, added, free)


def _columns(coded: Coded, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What a factor may do: one column a level, or of a number with many values a polynomial.

    Each has a mean of 0 where the factor is active, and is 0 elsewhere.
    """
    import numpy as np

    codes = coded.codes[rows]
    active = codes >= 0
    present = np.unique(codes[active])
    if coded.factor.numeric and coded.factor.binned and present.size > 2:
        _, ranks = np.unique(coded.ranks[rows][active], return_inverse=True)
        scaled = 2 * ranks / max(int(ranks.max()), 1) - 1
        some = np.polynomial.legendre.legvander(scaled, present.size - 2)[:, 1:]
    else:
        some = np.equal(codes[active][:, None], present).astype(np.float64)
    found = np.zeros((codes.size, some.shape[1]))
    found[active] = some - (some.mean(axis=0) if some.size else 0.0)
    return found


def _within(values: NDArray[np.float64], blocks: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far they are from the mean of their block."""
    import numpy as np

    columns = values.reshape(blocks.size, -1)
    sums = np.zeros((int(blocks.max()) + 1, columns.shape[1]))
    np.add.at(sums, blocks, columns)
    counts = np.bincount(blocks, minlength=sums.shape[0])
    means = sums / np.maximum(counts, 1)[:, None]
    return np.asarray((columns - means[blocks]).reshape(values.shape))


def _parts(
    columns: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The singular value decomposition, without what is only rounding."""
    import numpy as np

    left, sizes, right = np.linalg.svd(columns, full_matrices=False)
    kept = sizes > _ALIASED * max(columns.shape)
    return left[:, kept], sizes[kept], right[kept]

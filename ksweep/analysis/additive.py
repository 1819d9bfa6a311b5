"""What a parameter explains beside the others, in a model in which effects are added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ksweep.analysis.columns import Measured
from ksweep.analysis.distributions import f_chance
from ksweep.analysis.factors import Coded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST = 2_000  # configurations: of more, what chance does is little against any effect
_A_TERM = 2  # configurations for each term of the model at least
_ROUNDING = 1e-18  # of the sum of squares
_ALIASED = 1e-9  # the size of what is left of a column that others make up


class Explained(NamedTuple):
    """A share of the variance from 0 to 1, and how probable as much is without any effect."""

    share: float
    chance: float


class Additive:
    """The sums of the effects of some factors, each of which can be told from the others.

    An analysis of variance with sums of squares of type II, without interactions. Where a grid has
    few configurations, the effects of the others are no noise in it, as they are in the one-way
    analysis.
    """

    def __init__(self, factors: Sequence[Coded]) -> None:
        """Nothing is computed before it is asked for; what several measures share is kept."""
        self._factors = factors
        self._bases: dict[tuple[str, bytes], _Bases | None] = {}

    def explained(self, coded: Coded, measured: Measured) -> Explained | None:
        """Of one of the factors on a measure that varies, where the factor is active.

        None where that cannot be told: there are fewer than two configurations for each term, more
        than 2,000, or what the factor does goes with what others do.
        """
        import numpy as np

        rows = (coded.codes >= 0) & ~np.isnan(measured.values)
        if not 1 < rows.sum() <= _MOST:
            return None
        key = (coded.factor.name, rows.tobytes())
        if key not in self._bases:
            self._bases[key] = self._fitted(coded, rows)
        bases = self._bases[key]
        return None if bases is None else bases.explained(measured.values[rows])

    def _fitted(self, coded: Coded, rows: NDArray[np.bool_]) -> _Bases | None:
        import numpy as np

        own = _indicators(coded.codes[rows])
        others = [one.codes[rows] for one in self._factors if one is not coded]
        active = [_indicators(codes) for codes in others if codes.min() >= 0]
        beside = _basis(np.hstack([np.ones((own.shape[0], 1)), *active]))
        added = _basis(own - beside @ (beside.T @ own))
        terms = beside.shape[1] + added.shape[1]
        if not 0 < added.shape[1] == own.shape[1] - 1 or own.shape[0] < _A_TERM * terms:
            return None
        return _Bases(beside, added)


class _Bases(NamedTuple):
    """Orthonormal columns: of what the others can explain, and of what the factor adds to it."""

    beside: NDArray[np.float64]
    added: NDArray[np.float64]

    def explained(self, values: NDArray[np.float64]) -> Explained | None:
        if values.min() == values.max():
            return None
        away = values - values.mean()
        total = float(away @ away)
        left = away - self.beside @ (self.beside.T @ away)
        of_factor = self.added.T @ left
        rest = left - self.added @ of_factor
        extra, within = float(of_factor @ of_factor), float(rest @ rest)
        extra, within = (part if part > _ROUNDING * total else 0.0 for part in (extra, within))
        terms, free = self.added.shape[1], len(values) - self.beside.shape[1] - self.added.shape[1]
        share = min(max((extra - terms * within / free) / total, 0.0), 1.0)
        if not within:
            return Explained(share, 0.0 if extra else 1.0)
        return Explained(share, f_chance(extra / terms / (within / free), terms, free))


def _indicators(codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """A column of 0 and 1 for each level that there is."""
    import numpy as np

    return np.equal(codes[:, None], np.unique(codes)).astype(np.float64)


def _basis(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal columns that span the same."""
    import numpy as np

    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, sizes > _ALIASED * max(columns.shape)]

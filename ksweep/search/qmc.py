"""Quasi-random search: scrambled Sobol points, mapped onto the decisions of the space."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from ksweep import extras
from ksweep.domain import Distribution
from ksweep.model import Settings
from ksweep.search.base import Choice, Outcome, Outlook
from ksweep.search.candidates import Candidates
from ksweep.search.looking import outlook
from ksweep.space import Choices, Options, length

_BLOCK = 64  # Sobol points are even in blocks of a power of two
_PASSED_OVER = 200


class QmcSearch:
    """Each decision has a dimension; a point whose choice was made before is passed over.

    Sobol, "On the distribution of points in a cube", 1967; scrambled as in Owen, "Randomly
    permuted (t,m,s)-nets and (t,s)-sequences", 1995, by SciPy.
    """

    outlook: Outlook

    def __init__(self, choices: Choices, settings: Settings) -> None:
        """Prepares it.

        Raises:
            InputError: SciPy is not installed.
        """
        self.outlook = outlook(choices, settings.trials)
        self._candidates = Candidates(choices)
        self._rng = random.Random(f"qmc {settings.seed}")
        qmc = extras.load("scipy", "scipy.stats.qmc", "CONFIG_SWEEP_METHOD_QMC")
        dimensions = max(1, len(choices.nodes))
        self._points = _without_end(qmc.Sobol(dimensions, scramble=True, rng=settings.seed))
        self._dimension = {node: place for place, node in enumerate(choices.nodes)}

    def ask(self) -> Choice | None:
        for _ in range(_PASSED_OVER):
            shares = next(self._points)
            point = self._candidates.choices.descend(
                lambda node, options, at=shares: _at(options, at[self._dimension[node]])  # type: ignore[misc]
            )
            choice = self._candidates.take(point) if point is not None else None
            if choice is not None:
                return choice
        return self._candidates.draw(self._rng)

    def tell(self, outcome: Outcome) -> None:
        self._candidates.mark(outcome.ids)


def _without_end(engine: Any) -> Iterator[list[float]]:
    """Points of the unit cube, block by block."""
    while True:
        yield from engine.random(_BLOCK).tolist()


def _at(options: Options, share: float) -> str:
    """The option at a share, from 0 to below 1, of the way through them."""
    if isinstance(options, Distribution):
        return options.quantile(share)
    width = length(options)
    return options[min(int(share * width), width - 1)]

"""Choices that nobody has tried yet."""

from __future__ import annotations

import random
from collections.abc import Iterable

from ksweep.domain import Distribution
from ksweep.search.base import Choice
from ksweep.space import Choices, Node, Options, Point, length

_DRAWS = 50
_DRAWS_WITHOUT_END = 1_000
_REDRAWS = 20
_DESCENTS = 16


class Candidates:
    """Makes choices of points, each once."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self._tried: set[str] = set()
        self._known: set[Point] = set()

    def mark(self, ids: Iterable[str]) -> None:
        """Configurations that were tried elsewhere."""
        self._tried.update(ids)

    def take(self, point: Point) -> Choice | None:
        """The choice that a point stands for; None where it is not allowed, or was tried."""
        if point in self._known:
            return None
        self._known.add(point)
        found = self.choices.configurations(point)
        if not found or any(one.id in self._tried for one in found):
            return None
        self.mark(one.id for one in found)
        return Choice(found)

    def draw(self, rng: random.Random) -> Choice | None:
        """One of those that are left, each as likely as any other; None: nothing is left.

        Where the space was not counted, and where values are drawn from distributions, nothing
        counts as left when a thousand draws in a row find only what was tried.
        """
        ended = self.choices.cells is not None
        for _ in range(_DRAWS if ended else _DRAWS_WITHOUT_END):
            choice = self._one(rng)
            if choice is not None:
                return choice
        return self._search_all(rng) if ended else None

    def _one(self, rng: random.Random) -> Choice | None:
        """A draw; what an exclusion refuses of drawn values is drawn again, the rest kept."""
        diagram, total = self.choices.diagram, self.choices.count
        if diagram is None or total is None:
            point = self._weighted(rng)
            return self.take(point) if point is not None else None
        index = rng.randrange(total)
        for _ in range(_REDRAWS if self.choices.continuous else 1):
            choice = self.take(diagram.at(index, lambda values: values.quantile(rng.random())))
            if choice is not None:
                return choice
        return None

    def _weighted(self, rng: random.Random) -> Point | None:
        """One of several ways down, in proportion to the number of choices that each stands for.

        A way down on which the numbers of open values were n1, n2, ... is taken with the
        probability 1 / (n1 n2 ...), so that product estimates the size of the space (Knuth,
        "Estimating the efficiency of backtrack programs", 1975). The draw is even only in the
        limit of many ways.
        """
        ways = [self._way(rng) for _ in range(_DESCENTS)]
        return _in_proportion([way for way in ways if way is not None], rng)

    def _way(self, rng: random.Random) -> tuple[Point, int] | None:
        """One way down, and how many choices it stands for."""
        weight = 1

        def pick(_node: Node, options: Options) -> str:
            nonlocal weight
            if isinstance(options, Distribution):
                return options.quantile(rng.random())
            weight *= length(options)
            return options[rng.randrange(length(options))]

        point = self.choices.descend(pick)
        return None if point is None else (point, weight)

    def _search_all(self, rng: random.Random) -> Choice | None:
        """Go through all that there is in a random order: nearly everything was tried."""
        diagram, total = self.choices.diagram, self.choices.cells
        assert diagram is not None
        assert total is not None
        for index in _shuffled(total, rng):
            choice = self.take(diagram.at(index))
            if choice is not None:
                return choice
        return None


def _in_proportion(ways: list[tuple[Point, int]], rng: random.Random) -> Point | None:
    """One of the ways, if there is one, by weights that may be beyond any float."""
    at = rng.randrange(sum(weight for _, weight in ways)) if ways else 0
    for point, weight in ways:
        if at < weight:
            return point
        at -= weight
    return None


def _shuffled(total: int, rng: random.Random) -> Iterable[int]:
    """The numbers below `total`, each once (Fisher and Yates, what is moved kept in a dict)."""
    moved: dict[int, int] = {}
    for first in range(total):
        other = rng.randrange(first, total)
        yield moved.get(other, other)
        moved[other] = moved.pop(first, first)

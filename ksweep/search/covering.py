"""Covering search: every combination of a few axes' values that Kconfig allows, at least once."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ksweep.errors import InputError, Where
from ksweep.model import Settings
from ksweep.search.base import Choice, Outcome, Outlook
from ksweep.search.candidates import Candidates
from ksweep.search.combinations import Combination, Items, allowed, impossible
from ksweep.space import Choices, Diagram, Node, Point, Vertex, length

_MOST = 1_000_000  # combinations: some seconds, some hundred MB
_TRIES = {1: 1, 2: 20, 3: 8}
_SEEDS = 2_000
_EXPLAINED = 300
_LISTED = 20
_NO_SINGLE_REASON = "no valid configuration has it"
_NAMES = {1: "value", 2: "pair of values", 3: "triple of values"}


@dataclass(frozen=True)
class Uncovered:
    """Combinations that no configuration can have: one of them as an example, and why."""

    example: str
    reason: str
    count: int

    def __str__(self) -> str:
        more = f" (and {self.count - 1:,} like it)" if self.count > 1 else ""
        return f"Cannot be: {self.example}{more}: {self.reason}"


class CoveringSearch:
    """A covering array over the decision diagram of a space, in as few rows as a greedy way finds.

    Each row begins with combinations that are still missing, and takes at every decision the value
    that adds most; the best of several rows is kept (Cohen, Dalal, Fredman and Patton, "The AETG
    system", IEEE Transactions on Software Engineering, 1997). The diagram has only what Kconfig
    allows. What the rows cover is counted on the configurations that come out.
    """

    outlook: Outlook

    def __init__(self, choices: Choices, settings: Settings) -> None:
        """Makes the array.

        Raises:
            InputError: an axis has no list of values, the space was not counted, or there are too
                many combinations.
        """
        diagram = _require_listed(choices)
        strength = max(1, min(settings.strength, len(choices.nodes)))
        items = Items(choices.nodes)
        _require_few(items, strength, choices)
        possible = allowed(diagram, items, strength)
        rows = _Rows(diagram, items, strength, random.Random(f"covering {settings.seed}"))
        points = rows.covering(possible[strength])
        self._candidates = Candidates(choices)
        self.uncovered = tuple(_explained(impossible(items, possible, strength), items, choices))
        covered = _count(points, choices, items, strength, possible[strength])
        what = _NAMES.get(strength, f"combination of {strength} values")
        counted = (
            f"Every {what} that is allowed: {covered:,} of {len(possible[strength]):,} are in "
            f"{len(points):,} configurations, counted."
        )
        more = len(self.uncovered) - _LISTED
        self.outlook = Outlook(
            choices=len(points),
            available=choices.cells,
            notes=(
                counted,
                *map(str, self.uncovered[:_LISTED]),
                *([f"Cannot be: {more:,} more"] if more > 0 else []),
            ),
            warnings=choices.warnings,
        )
        self._points = iter(points)

    def ask(self) -> Choice | None:
        chosen = (self._candidates.take(point) for point in self._points)
        return next((choice for choice in chosen if choice is not None), None)

    def tell(self, outcome: Outcome) -> None:
        self._candidates.mark(outcome.ids)


class _Rows:
    """Makes rows of a covering array."""

    def __init__(self, diagram: Diagram, items: Items, strength: int, rng: random.Random) -> None:
        self._diagram = diagram
        self._items = items
        self._strength = strength
        self._rng = rng
        self._missing: dict[Combination, None] = {}  # in order, so that a seed repeats

    def covering(self, wanted: Iterable[Combination]) -> list[Point]:
        """Rows that have all of the combinations, each needed for at least one of them."""
        self._missing = dict.fromkeys(sorted(wanted))
        rows: list[Point] = []
        while self._missing:
            seeds = list(itertools.islice(self._missing, _SEEDS))
            tries = [
                self._row(self._rng.choice(seeds)) for _ in range(_TRIES.get(self._strength, 4))
            ]
            row = max(tries, key=self._gain)
            rows.append(row)
            for one in self._combinations(row):
                self._missing.pop(one, None)
        return self._needed(rows) if rows else [self._row(())]

    def _combinations(self, row: Point) -> Iterator[Combination]:
        return itertools.combinations(self._items.of(row), self._strength)

    def _gain(self, row: Point) -> int:
        return sum(one in self._missing for one in self._combinations(row))

    def _needed(self, rows: Sequence[Point]) -> list[Point]:
        """Without the rows all of whose combinations are in others."""
        times = Counter(one for row in rows for one in self._combinations(row))
        kept = []
        for row in rows:
            own = list(self._combinations(row))
            if own and all(times[one] > 1 for one in own):
                times.subtract(own)
            else:
                kept.append(row)
        return kept

    def _row(self, seed: Combination) -> Point:
        """A point that has the seed, and much else that is missing."""
        required = {self._items.all[number][0]: self._items.all[number][1] for number in seed}
        leads: dict[Vertex, bool] = {}
        slots: list[str | None] = [None] * self._diagram.slots
        vertex, taken = self._diagram.root, list(seed)
        while vertex is not None and vertex.node is not None:
            ways = [way for way in _ways(vertex, required) if _leads(way[1], required, leads)]
            node = vertex.node
            value, vertex = max(ways, key=lambda way, at=node: self._worth(at, way[0], taken))  # type: ignore[misc]
            if value is not None:
                slots[node.slot] = value
                if node not in required:
                    taken.append(self._items.numbers[node.slot, value])
        return tuple(slots)

    def _worth(self, node: Node, value: str | None, taken: list[int]) -> tuple[int, float]:
        """How much that is missing a value adds to what is taken; chance decides between equals."""
        count = 0
        if value is not None:
            own = self._items.numbers[node.slot, value]
            for others in itertools.combinations(taken, self._strength - 1):
                count += tuple(sorted((own, *others))) in self._missing
        return count, self._rng.random()


def _ways(vertex: Vertex, required: dict[Node, str]) -> Iterator[tuple[str | None, Vertex]]:
    """The ways on that agree with what is required."""
    wanted = required.get(vertex.node) if vertex.node is not None else None
    return (way for way in vertex.ways() if wanted is None or way[0] == wanted)


def _leads(vertex: Vertex, required: dict[Node, str], known: dict[Vertex, bool]) -> bool:
    """Whether some way from here on agrees with what is required."""
    if vertex not in known:
        ways = _ways(vertex, required)
        known[vertex] = vertex.node is None or any(_leads(w[1], required, known) for w in ways)
    return known[vertex]


def _require_listed(choices: Choices) -> Diagram:
    for axis in choices.space.continuous:
        raise InputError(
            f"{axis.name}={axis.text} is a distribution, and covering is about listed values",
            "write values (1|2|3 or start:step:end), or choose another method",
            axis.where,
        )
    if choices.diagram is None:
        what = f"this space cannot be covered, as it could not be counted: {choices.uncounted}"
        raise InputError(what, "narrow the axes, or choose --method random", _place(choices))
    return choices.diagram


def _require_few(items: Items, strength: int, choices: Choices) -> None:
    sizes, counts = [length(node.values) for node in items.nodes], [1] + [0] * strength
    for size in sizes:  # the elementary symmetric polynomials of the sizes
        for place in range(strength, 0, -1):
            counts[place] += counts[place - 1] * size
    if counts[strength] > _MOST:
        what = f"there are {counts[strength]:,} combinations of {strength} values to cover"
        fix = f"narrow the axes, or lower CONFIG_SWEEP_STRENGTH ({strength})"
        raise InputError(what, fix, _place(choices))


def _place(choices: Choices) -> Where:
    return Where(choices.space.path)


def _count(
    points: Sequence[Point],
    choices: Choices,
    items: Items,
    strength: int,
    wanted: set[Combination],
) -> int:
    """How many of the wanted combinations are in the configurations that the points stand for."""
    covered: set[Combination] = set()
    for point in points:
        if choices.configurations(point):  # it is what Kconfig makes of it
            covered.update(itertools.combinations(items.of(point), strength))
    return len(covered & wanted)


def _explained(found: Iterable[Combination], items: Items, choices: Choices) -> Iterator[Uncovered]:
    """Those with the same axes and the same reason in one; after the first few without a reason."""
    groups: dict[tuple[tuple[int, ...], str], list[Combination]] = {}
    for number, one in enumerate(found):
        nodes, reason = tuple(items.all[item][0].slot for item in one), ""
        if number < _EXPLAINED:
            reason = choices.why_not({items.all[item][0]: items.all[item][1] for item in one})
        groups.setdefault((nodes, reason or "no valid configuration has them together"), []).append(
            one
        )
    for (_, reason), alike in groups.items():
        example = " with ".join(_line(*items.all[item]) for item in alike[0])
        yield Uncovered(example, reason, len(alike))


def _line(node: Node, value: str) -> str:
    return f"CONFIG_{value}=y" if "|" in node.name else f"CONFIG_{node.name}={value}"

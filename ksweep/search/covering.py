"""Covering search: every combination of a few axes' values that Kconfig allows, at least once."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from ksweep.errors import InputError, Where
from ksweep.model import Settings
from ksweep.search.base import Choice, Outcome, Outlook
from ksweep.search.candidates import Candidates
from ksweep.search.combinations import Combination, Items, allowed, impossible
from ksweep.search.uncovered import Reasons, Uncovered
from ksweep.space import Choices, Diagram, Node, Point, Task, Vertex, length, run

_MOST = 300_000  # combinations: about a minute and 600 MB
_ARRAYS, _ROWS, _COMBINATIONS = 20, 1_000, 20_000  # in all the arrays made: a second or two
_TRIES = {1: 1, 2: 20, 3: 8}
_LISTED = 20
_NAMES = {1: "value", 2: "pair of values", 3: "triple of values"}


class CoveringSearch:
    """A covering array over the decision diagram of a space, in as few rows as greedy ways find.

    Each row begins with a combination that is still missing, and takes at every decision the value
    that adds most; the best of several rows is kept (Cohen, Dalal, Fredman and Patton, "The AETG
    system", IEEE Transactions on Software Engineering, 1997). The diagram has only what Kconfig
    allows. What the rows cover is counted on the configurations that come out.

    A point with fewer active axes than a combination has values is covered as a whole: otherwise
    what switches the other axes off would never run.

    Attributes:
        uncovered: what no configuration can have: the smallest combinations, of at most as many
            values as are covered.
    """

    outlook: Outlook
    uncovered: tuple[Uncovered, ...]

    def __init__(self, choices: Choices, settings: Settings) -> None:
        """Makes the array.

        Raises:
            InputError: an axis has no list of values, the space was not counted, or there are too
                many combinations.
        """
        diagram = _require_listed(choices)
        asked = max(1, min(settings.strength, len(choices.nodes)))
        _require_few(choices, asked)
        items = Items(choices.nodes)
        possible = allowed(diagram, items, asked)
        strength = max((size for size in range(1, asked + 1) if possible[size]), default=1)
        wanted = possible[strength] | _whole(possible, strength)
        rng = random.Random(f"covering {settings.seed}")
        points = _Rows(diagram, items, strength, rng).covering(wanted)
        covered = _covered(points, choices, items, strength) & wanted
        reasons = Reasons(choices, items, points)
        self.uncovered = tuple(reasons.explained(impossible(items, possible, asked)))
        self.outlook = Outlook(
            choices=len(points),
            available=choices.cells,
            notes=(
                *_told(covered, wanted, strength, len(points)),
                *_listed(self.uncovered),
            ),
            warnings=choices.warnings,
        )
        self._candidates = Candidates(choices)
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
        self._missing: set[Combination] = set()
        self._seeds: list[Combination] = []  # all that is missing, and some that is not any more

    def covering(self, wanted: Collection[Combination]) -> list[Point]:
        """The fewest rows, of several arrays where one is quickly made, that have all of these."""
        ordered = sorted(wanted)  # so that a seed repeats
        fewest = self._at_least(wanted)
        best = self._array(ordered)
        more = min(_ARRAYS, _COMBINATIONS // len(ordered), _ROWS // len(best)) - 1
        for _ in range(more):
            if len(best) == fewest:
                break
            best = min(best, self._array(ordered), key=len)
        return best

    def _at_least(self, wanted: Iterable[Combination]) -> int:
        """Rows that no array can do without.

        A row has one combination of each few axes; what is covered as a whole needs its own row.
        """
        nodes = Counter(tuple(self._items.all[item][0].slot for item in one) for one in wanted)
        full = max((n for slots, n in nodes.items() if len(slots) == self._strength), default=0)
        return full + sum(n for slots, n in nodes.items() if len(slots) < self._strength)

    def _array(self, wanted: Sequence[Combination]) -> list[Point]:
        """Rows that have all of the combinations, each needed for at least one of them."""
        self._seeds, self._missing = list(wanted), set(wanted)
        rows: list[Point] = []
        while self._missing:
            row = self._best()
            rows.append(row)
            self._missing.difference_update(_combinations(self._items.of(row), self._strength))
        return self._needed(rows)

    def _best(self) -> Point:
        """Of some rows the one that adds most; the first one that adds as much as any row can."""
        most = math.comb(len(self._items.nodes), self._strength)
        rows: dict[int, Point] = {}
        for _ in range(_TRIES.get(self._strength, 4)):
            row = self._row(self._seed())
            gain = self._gain(row)
            rows.setdefault(gain, row)
            if gain == most:
                break
        return rows[max(rows)]

    def _seed(self) -> Combination:
        """One of the missing combinations; those that are not missing any more are thrown out."""
        while True:
            place = self._rng.randrange(len(self._seeds))
            seed = self._seeds[place]
            if seed in self._missing:
                return seed
            self._seeds[place] = self._seeds[-1]
            self._seeds.pop()

    def _gain(self, row: Point) -> int:
        return sum(
            one in self._missing for one in _combinations(self._items.of(row), self._strength)
        )

    def _needed(self, rows: Sequence[Point]) -> list[Point]:
        """Without the rows all of whose combinations are in others."""
        each = [list(_combinations(self._items.of(row), self._strength)) for row in rows]
        times = Counter(one for own in each for one in own)
        kept = []
        for row, own in zip(rows, each, strict=True):
            if all(times[one] > 1 for one in own):
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


def _combinations(items: Sequence[int], strength: int) -> Iterator[Combination]:
    """Those that count of a point with these items: all of them as one, where they are fewer."""
    return itertools.combinations(items, min(strength, len(items)))


def _whole(possible: Sequence[set[Combination]], strength: int) -> set[Combination]:
    """What is in no larger combination: all items of a point, fewer than `strength`.

    No point has the items of another one and more, as what is active follows from what was decided
    before it.
    """
    found: set[Combination] = set()
    for size in range(strength):
        larger = possible[size + 1]
        parts = {part for one in larger for part in itertools.combinations(one, size)}
        found |= possible[size] - parts
    return found


def _ways(vertex: Vertex, required: dict[Node, str]) -> Iterator[tuple[str | None, Vertex]]:
    """The ways on that agree with what is required."""
    wanted = required.get(vertex.node) if vertex.node is not None else None
    if wanted is None:
        return vertex.ways()
    after = vertex.after(wanted)
    return iter([(wanted, after)] if after is not None else [])


def _leads(vertex: Vertex, required: dict[Node, str], known: dict[Vertex, bool]) -> bool:
    """Whether some way from here on agrees with what is required."""
    return known[vertex] if vertex in known else run(_found_out(vertex, required, known))


def _found_out(vertex: Vertex, required: dict[Node, str], known: dict[Vertex, bool]) -> Task[bool]:
    leads = vertex.node is None
    for _, after in _ways(vertex, required):
        leads = known[after] if after in known else (yield _found_out(after, required, known))
        if leads:
            break
    known[vertex] = leads
    return leads


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


def _require_few(choices: Choices, strength: int) -> None:
    counts = [1] + [0] * strength
    most = None
    for number, node in enumerate(choices.nodes):
        # the elementary symmetric polynomials of the numbers of values
        for place in range(strength, 0, -1):
            counts[place] += counts[place - 1] * length(node.values)
        most = number if most is None and counts[strength] > _MOST else most
    if most is not None:
        first = f", those of the first {most:,} axes of {len(choices.nodes):,}"
        what = (
            f"there are {counts[strength]:,} combinations of {strength} values to cover, and at "
            f"most {_MOST:,} can be{first if most >= strength else ''}"
        )
        lower = f", or lower CONFIG_SWEEP_STRENGTH ({strength})" if strength > 1 else ""
        raise InputError(what, f"narrow the axes{lower}", _place(choices))


def _place(choices: Choices) -> Where:
    return Where(choices.space.path)


def _covered(
    points: Sequence[Point], choices: Choices, items: Items, strength: int
) -> set[Combination]:
    """The combinations in the configurations that the points stand for."""
    covered: set[Combination] = set()
    for point in points:
        if choices.configurations(point):  # it is what Kconfig makes of it
            covered.update(_combinations(items.of(point), strength))
    return covered


def _told(
    covered: set[Combination], wanted: set[Combination], strength: int, rows: int
) -> Iterator[str]:
    """How much is covered, as it was counted."""
    if () in wanted:
        yield "No axis is active: there is one configuration."
        return
    what = _NAMES.get(strength, f"combination of {strength} values")
    found, of = (sum(len(one) == strength for one in some) for some in (covered, wanted))
    inside = f"{found:,} of {of:,} are in {rows:,} configurations, counted"
    yield f"Every {what} that is allowed: {inside}."
    if strength > 1 and len(wanted) > of:
        fewer = f"{len(covered) - found:,} of {len(wanted) - of:,}"
        yield f"Every configuration with fewer active axes than that is among them: {fewer}."


def _listed(uncovered: Sequence[Uncovered]) -> Iterator[str]:
    """The first of what cannot be, and how many more there are."""
    yield from map(str, uncovered[:_LISTED])
    more = sum(one.count for one in uncovered[_LISTED:])
    if more:
        yield f"Cannot be: {more:,} more combinations"

"""All choices of a space as a decision diagram: counted, drawn and walked without Kconfig.

A walk over a space meets the same situation again and again: what is still to be decided depends on
a few of the decisions before. The diagram keeps each situation once, with the number of ways on
from it, so that a space of 10^12 configurations takes a few hundred vertices (a multi-valued
decision diagram: Srinivasan, Ham, Malik and Brayton, "Algorithms for discrete function
manipulation", ICCAD 1990).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ksweep.domain import Distribution
from ksweep.kconfig import Tree
from ksweep.space.checks import FixedLine
from ksweep.space.nodes import Drawn, Linked, Listed, Node, Open, Rows, length
from ksweep.space.walk import Point, Test, depth_of

TRIED_ONE_BY_ONE = 64
"""Longer lists are taken as a whole where that is safe."""

Options: TypeAlias = "Sequence[str] | Distribution"
Choose: TypeAlias = "Callable[[Node, Options], str | None]"
"""What decides a node: one of the options, or None to give up the whole point."""


class UncountableError(Exception):
    """Why there is no diagram of a space, in words."""


@dataclass(eq=False, slots=True)
class Group:
    """Values of a node after which the rest is the same; None in place of an inactive node's."""

    options: Options | None
    below: Vertex

    @property
    def width(self) -> int:
        """How many values count as different choices: what is drawn counts as one."""
        return length(self.options) if isinstance(self.options, Sequence) else 1

    @property
    def cells(self) -> int | None:
        """How many different values there are; None where they are continuous."""
        return self.options.count if isinstance(self.options, Distribution) else self.width


@dataclass(eq=False, slots=True)
class Vertex:
    """A situation: the node to decide next (None at the end), and the ways on.

    Attributes:
        count: the choices below, 1 for each drawn value.
        cells: the choices below with every drawn value told apart; None where that has no end.
    """

    node: Node | None
    groups: tuple[Group, ...]
    count: int = field(init=False)
    cells: int | None = field(init=False)

    def __post_init__(self) -> None:
        self.count = sum(group.width * group.below.count for group in self.groups)
        each = [_times(group.cells, group.below.cells) for group in self.groups]
        self.cells = None if None in each else sum(cells for cells in each if cells is not None)
        if self.node is None:
            self.count = self.cells = 1

    def options(self) -> Options | None:
        """All values that lead on; None where the node is inactive."""
        found = [group.options for group in self.groups if group.options is not None]
        if len(found) < 2:
            return found[0] if found else None
        return [value for options in found if isinstance(options, Sequence) for value in options]

    def ways(self) -> Iterator[tuple[str | None, Vertex]]:
        """Each listed value, None where the node is inactive, with the situation after it."""
        for group in self.groups:
            if group.options is None:
                yield None, group.below
            elif not isinstance(group.options, Distribution):
                yield from ((value, group.below) for value in group.options)

    def after(self, value: str) -> Vertex | None:
        """The situation after a value; None where the value does not lead on."""
        for group in self.groups:
            if isinstance(group.options, Distribution):
                return group.below
            if group.options is not None and value in group.options:
                return group.below
        return None


def _times(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one * other


@dataclass(frozen=True)
class Diagram:
    """The whole of a space; `root` is None where nothing in it is valid.

    Attributes:
        root: the situation before the first decision.
        slots: how many values a point has.
        active: the axes that are active somewhere.
        held: the fixed lines that hold somewhere.
        refused: a reason for each way that Kconfig or an exclusion cut off, the first ones.
        work: the assignments that it took.
    """

    root: Vertex | None
    slots: int
    active: frozenset[int]
    held: frozenset[FixedLine]
    refused: tuple[str, ...]
    work: int

    def descend(self, choose: Choose) -> Point | None:
        """One way down; a node with one value left is not asked for. None where it was given up."""
        slots: list[str | None] = [None] * self.slots
        vertex = self.root
        while vertex is not None and vertex.node is not None:
            node, options = vertex.node, vertex.options()
            if options is None:
                vertex = vertex.groups[0].below
                continue
            value = only(options)
            if value is None:
                value = choose(node, options)
            if value is None:
                return None
            slots[node.slot] = value
            vertex = vertex.after(value)
        return tuple(slots) if vertex is not None else None

    def at(self, index: int, draw: Callable[[Distribution], str] | None = None) -> Point:
        """The choice with a number: below `root.count` with `draw`, else below `root.cells`."""
        assert self.root is not None
        slots: list[str | None] = [None] * self.slots
        vertex, rest = self.root, index
        while vertex.node is not None:
            group, place, rest = _step(vertex, rest, drawn=draw is not None)
            slots[vertex.node.slot] = _value(group.options, place, draw)
            vertex = group.below
        return tuple(slots)


def _step(vertex: Vertex, rest: int, *, drawn: bool) -> tuple[Group, int, int]:
    """The group that a number leads into, the place of the value in it, and what is left."""
    for group in vertex.groups:
        width = group.width if drawn else group.cells or 0
        each = group.below.count if drawn else group.below.cells or 0
        if rest < width * each:
            place, rest = divmod(rest, each)
            return group, place, rest
        rest -= width * each
    raise IndexError(rest)


def only(options: Options) -> str | None:
    """The one value that there is; None where there is something to decide."""
    if isinstance(options, Distribution) or length(options) > 1:
        return None
    return options[0]


def _value(
    options: Options | None, place: int, draw: Callable[[Distribution], str] | None
) -> str | None:
    if isinstance(options, Distribution):
        return draw(options) if draw else options.at(place)
    return None if options is None else options[place]


class Builder:
    """Goes over a space once, situation by situation."""

    def __init__(
        self,
        tree: Tree,
        order: Sequence[Node],
        chosen: int,
        tests: Sequence[Test],
        watched: Mapping[FixedLine, frozenset[Node]],
        limit: int,
    ) -> None:
        """Prepares it.

        Args:
            tree: with the base and the fixed lines in it.
            order: the nodes in dependency order.
            chosen: how many of them are chosen; of the others it only counts that they can be.
            tests: what a point must pass.
            watched: the fixed lines, each with the nodes that decide it.
            limit: how many assignments may be made.
        """
        self._tree = tree
        self._order = order
        self._chosen = chosen
        self._limit = limit
        self._work = 0
        self._tests = [[t for t in tests if depth_of(t.needs, order) == d] for d in self._depths]
        self._watched = [
            [fixed for fixed, needs in watched.items() if depth_of(needs, order) == depth]
            for depth in self._depths
        ]
        self._inputs = [self._inputs_at(depth, tests) for depth in self._depths]
        self._read = [self._is_read(depth) for depth in self._depths]
        self._partly = [self._partly_decided(depth) for depth in self._depths]
        self._known: dict[Any, Vertex | None] = {}
        self._end = Vertex(None, ())
        self._active: set[int] = set()
        self._held: set[FixedLine] = set()
        self._refused: dict[str, None] = {}

    @property
    def _depths(self) -> range:
        return range(len(self._order) + 1)

    def build(self) -> Diagram:
        """The diagram.

        Raises:
            UncountableError: it cannot be made, or not within the limit.
        """
        root = self._vertex(0)
        return Diagram(
            root,
            len(self._order),
            frozenset(self._active),
            frozenset(self._held),
            tuple(self._refused),
            self._work,
        )

    def _inputs_at(self, depth: int, tests: Sequence[Test]) -> tuple[Any, ...]:
        left = self._order[depth:]
        undecided = frozenset(item for node in left for item in node.variable.items)
        pending = [test.items for test in tests if depth_of(test.needs, self._order) > depth]
        return self._tree.inputs(undecided.union(*pending), undecided)

    def _vertex(self, depth: int) -> Vertex | None:
        for test in self._tests[depth]:
            reason = test.reason()
            if reason is not None:
                self._refused[reason] = None
                return None
        rows = tuple(tuple(group.live) for group in self._partly[depth])
        key = depth, self._tree.state(self._inputs[depth]), rows
        if key not in self._known:
            self._known[key] = self._expand(depth)
        vertex = self._known[key]
        if vertex is not None:
            self._held.update(fixed for fixed in self._watched[depth] if fixed.holds)
        return vertex

    def _partly_decided(self, depth: int) -> list[Rows]:
        """The linked axes of which some columns are decided and some are not."""
        before = {n.group for n in self._order[:depth] if isinstance(n, Linked)}
        return [g for g in _groups_of(self._order[depth:]) if g in before]

    def _expand(self, depth: int) -> Vertex | None:
        if depth == len(self._order):
            return self._end
        node = self._order[depth]
        if not node.variable.visible:
            node.variable.restore()
            below = self._vertex(depth + 1)
            groups = [Group(None, below)] if below is not None else []
        else:
            groups = list(self._groups(node, depth))
            if any(group.options is not None for group in groups):
                self._active.add(node.axis)
        if not groups:
            return None
        return Vertex(node, tuple(groups)) if depth < self._chosen else self._end

    def _groups(self, node: Node, depth: int) -> Iterator[Group]:
        if isinstance(node, Drawn):
            return self._drawn(node, depth)
        if length(node.values) > TRIED_ONE_BY_ONE and not self._read[depth]:
            values = self._taken_as_a_whole(node)
            if values is not None:
                below = self._vertex(depth + 1)
                return iter([Group(values, below)] if below is not None and values else [])
        return self._tried(node, depth)

    def _tried(self, node: Node, depth: int) -> Iterator[Group]:
        """The values by where they lead, each tried."""
        leading: dict[Vertex, list[str]] = {}
        offered = False
        for value, _, _ in node.candidates():
            offered = True
            below = self._try(node, value, depth)
            if below is not None:
                leading.setdefault(below, []).append(value)
                if depth >= self._chosen:
                    break
        node.variable.restore()
        if not offered:  # `*` where nothing can be assigned
            below = self._vertex(depth + 1)
            if below is not None:
                yield Group(None, below)
        for below, values in leading.items():
            yield Group(tuple(values), below)

    def _try(self, node: Node, value: str, depth: int) -> Vertex | None:
        reason = self._assign(node, value)
        if reason is not None:
            self._refused[f"CONFIG_{node.name}={value}: {reason}"] = None
            return None
        return self._vertex(depth + 1)

    def _assign(self, node: Node, value: str) -> str | None:
        self._work += 1
        if self._work > self._limit:
            raise UncountableError(f"it takes more than {self._limit:,} looks at Kconfig")
        node.variable.assign(value)
        return node.variable.refusal(value)

    def _taken_as_a_whole(self, node: Node) -> Sequence[str] | None:
        """All values that Kconfig takes here; None where they have to be tried."""
        if isinstance(node, Open):
            return node.variable.assignable()
        if not isinstance(node, Listed):
            return None
        taken = all(self._assign(node, value) is None for value in node.domain.extremes())
        node.variable.restore()
        return node.values if taken else None

    def _is_read(self, depth: int) -> bool:
        """Whether what comes after a node depends on its value."""
        if depth == len(self._order):
            return False
        changed = self._tree.affected(self._order[depth].variable.items)
        return bool(self._tests[depth + 1]) or not changed.isdisjoint(self._inputs[depth + 1])

    def _drawn(self, node: Drawn, depth: int) -> Iterator[Group]:
        if self._read[depth]:
            raise UncountableError(f"other axes follow from what is drawn for CONFIG_{node.name}")
        bounds = node.variable.bounds() if node.distribution.integer else None
        left = node.distribution.within(*bounds) if bounds else node.distribution
        below = self._vertex(depth + 1)
        if left is not None and below is not None:
            yield Group(left, below)


def _groups_of(nodes: Iterable[Node]) -> list[Rows]:
    return list(dict.fromkeys(node.group for node in nodes if isinstance(node, Linked)))

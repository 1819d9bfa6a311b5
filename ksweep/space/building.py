"""Building the decision diagram of a space, situation by situation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from ksweep.kconfig import Tree
from ksweep.space.checks import FixedLine
from ksweep.space.diagram import Diagram, Group, Vertex
from ksweep.space.nodes import Drawn, Linked, Listed, Node, Open, Rows, length, sequence
from ksweep.space.trampoline import Task, run
from ksweep.space.walk import Test, by_depth

TRIED_ONE_BY_ONE = 64
"""Longer lists are taken as a whole where that is safe."""


class UncountableError(Exception):
    """Why there is no diagram of a space, in words."""


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
        self._tests = by_depth(((test, test.needs) for test in tests), order)
        self._watched = by_depth(watched.items(), order)
        self._inputs = self._inputs_by_depth()
        self._read = [self._is_read(depth) for depth in self._depths]
        self._partly = self._partly_decided()
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
        root = run(self._vertex(0))
        return Diagram(
            root,
            len(self._order),
            frozenset(self._active),
            frozenset(self._held),
            tuple(self._refused),
        )

    def _inputs_by_depth(self) -> list[tuple[Any, ...]]:
        """What the rest of the decisions and tests follows from, after so many decisions."""
        inputs = self._tree.inputs()
        found = [inputs.widened((), ())]
        for node, tests in zip(reversed(self._order), reversed(self._tests), strict=False):
            targets = node.variable.items.union(*(test.items for test in tests))
            found.append(inputs.widened(node.variable.items, targets))
        return found[::-1]

    def _vertex(self, depth: int) -> Task[Vertex | None]:
        for test in self._tests[depth]:
            reason = test.reason()
            if reason is not None:
                self._refused[reason] = None
                return None
        rows = tuple(tuple(group.live) for group in self._partly[depth])
        key = depth, self._tree.state(self._inputs[depth]), rows
        if key not in self._known:
            self._known[key] = yield self._expand(depth)
        vertex = self._known[key]
        if vertex is not None:
            self._held.update(fixed for fixed in self._watched[depth] if fixed.holds)
        return vertex

    def _partly_decided(self) -> list[list[Rows]]:
        """After so many decisions: the linked axes with columns before and columns to come."""
        places: dict[Rows, list[int]] = {}
        for place, node in enumerate(self._order):
            if isinstance(node, Linked):
                places.setdefault(node.group, []).append(place)
        partly: list[list[Rows]] = [[] for _ in self._depths]
        for group, own in places.items():
            for depth in range(own[0] + 1, own[-1] + 1):
                partly[depth].append(group)
        return partly

    def _expand(self, depth: int) -> Task[Vertex | None]:
        if depth == len(self._order):
            return self._end
        node = self._order[depth]
        if not node.variable.visible:
            node.variable.restore()
            below = yield self._vertex(depth + 1)
            groups = [Group(None, below)] if below is not None else []
        else:
            groups = yield self._groups(node, depth)
            if any(group.options is not None for group in groups):
                self._active.add(node.axis)
        if not groups:
            return None
        return Vertex(node, tuple(groups)) if depth < self._chosen else self._end

    def _groups(self, node: Node, depth: int) -> Task[list[Group]]:
        if isinstance(node, Drawn):
            return self._drawn(node, depth)
        if length(node.values) > TRIED_ONE_BY_ONE and not self._read[depth]:
            values = self._taken_as_a_whole(node)
            if values is not None:
                return self._whole(values, depth)
        return self._tried(node, depth)

    def _whole(self, values: Sequence[str], depth: int) -> Task[list[Group]]:
        below = yield self._vertex(depth + 1)
        return [Group(values, below)] if below is not None and length(values) else []

    def _tried(self, node: Node, depth: int) -> Task[list[Group]]:
        """The values by where they lead, each tried."""
        leading: dict[Vertex, list[str]] = {}
        offered = False
        with closing(node.candidates()) as candidates:
            for value, _, _ in candidates:
                offered = True
                below = yield self._try(node, value, depth)
                if below is not None:
                    leading.setdefault(below, []).append(value)
                    if depth >= self._chosen:
                        break
        node.variable.restore()
        groups = [Group(tuple(values), below) for below, values in leading.items()]
        if not offered:  # `*` where nothing can be assigned
            below = yield self._vertex(depth + 1)
            groups = [Group(None, below)] if below is not None else []
        return groups

    def _try(self, node: Node, value: str, depth: int) -> Task[Vertex | None]:
        reason = self._assign(node, value)
        if reason is not None:
            self._refused[f"CONFIG_{node.name}={value}: {reason}"] = None
            return None
        below: Vertex | None = yield self._vertex(depth + 1)
        return below

    def _assign(self, node: Node, value: str) -> str | None:
        self._work += 1
        if self._work > self._limit:
            raise UncountableError(f"it takes more than {self._limit:,} looks at Kconfig")
        node.variable.assign(value)
        return node.variable.refusal(value)

    def _taken_as_a_whole(self, node: Node) -> Sequence[str] | None:
        """All values that Kconfig takes here; None where they have to be tried."""
        if isinstance(node, Open):
            return sequence(node.variable.assignable())
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

    def _drawn(self, node: Drawn, depth: int) -> Task[list[Group]]:
        if self._read[depth]:
            raise UncountableError(f"other axes follow from what is drawn for CONFIG_{node.name}")
        bounds = node.variable.bounds() if node.distribution.integer else None
        left = node.distribution.within(*bounds) if bounds else node.distribution
        below = yield self._vertex(depth + 1)
        return [Group(left, below)] if left is not None and below is not None else []

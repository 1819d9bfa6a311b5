"""Combinations of axis values that a space allows, and those that it does not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ksweep.space import Diagram, Node, Point, Vertex

Combination: TypeAlias = tuple[int, ...]
"""Numbers of items, rising; an item is a value of a node."""


@dataclass(frozen=True)
class Items:
    """All values of all nodes, numbered in the order of the decisions."""

    nodes: Sequence[Node]
    numbers: Mapping[tuple[int, str], int] = field(init=False)  # by slot and value
    all: tuple[tuple[Node, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        items = tuple((node, value) for node in self.nodes for value in node.values)
        numbers = {(node.slot, value): number for number, (node, value) in enumerate(items)}
        object.__setattr__(self, "all", items)
        object.__setattr__(self, "numbers", numbers)

    def of(self, point: Point) -> list[int]:
        """The items of a point, rising."""
        values = ((node.slot, point[node.slot]) for node in self.nodes)
        return [self.numbers[slot, value] for slot, value in values if value is not None]

    def unordered(self, strength: int) -> Iterator[Combination]:
        """Every combination of values of `strength` nodes, allowed or not."""
        by_node = [[self.numbers[node.slot, value] for value in node.values] for node in self.nodes]
        for chosen in itertools.combinations(by_node, strength):
            yield from itertools.product(*chosen)


def allowed(diagram: Diagram, items: Items, strength: int) -> list[set[Combination]]:
    """The combinations of 0, 1, … `strength` items that some point of the diagram has."""
    assert diagram.root is not None
    below: dict[Vertex, list[set[Combination]]] = {}
    for level in reversed(list(_levels(diagram.root))):
        # of the levels further down nothing is needed any more
        below = {vertex: _of_vertex(vertex, below, items, strength) for vertex in level}
    return below[diagram.root]


def _levels(root: Vertex) -> Iterator[list[Vertex]]:
    """The situations after 0, 1, … decisions."""
    level = [root]
    while level:
        yield level
        level = list(dict.fromkeys(after for vertex in level for _, after in vertex.ways()))


def _of_vertex(
    vertex: Vertex,
    below: Mapping[Vertex, list[set[Combination]]],
    items: Items,
    strength: int,
) -> list[set[Combination]]:
    found: list[set[Combination]] = [{()}, *(set() for _ in range(strength))]
    for value, after in vertex.ways():
        rest = below[after]
        for size in range(1, strength + 1):
            found[size] |= rest[size]
        if vertex.node is not None and value is not None:
            own = items.numbers[vertex.node.slot, value]
            for size in range(1, strength + 1):
                found[size].update((own, *others) for others in rest[size - 1])
    return found


def impossible(
    items: Items, possible: Sequence[set[Combination]], strength: int
) -> Iterator[Combination]:
    """The smallest combinations that no point has: each becomes possible without any of its items.

    Args:
        items: all values.
        possible: what `allowed` gave.
        strength: how many items there are at most in a combination.
    """
    for size in range(1, strength + 1):
        for one in items.unordered(size):
            parts = itertools.combinations(one, size - 1)
            if one not in possible[size] and all(part in possible[size - 1] for part in parts):
                yield one

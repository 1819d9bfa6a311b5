"""All choices of a space as a decision diagram: counted, drawn and walked without Kconfig.

A walk over a space meets the same situation again and again: what is still to be decided depends on
a few of the decisions before. The diagram keeps each situation once, with the number of ways on
from it, so that a space of 10^12 configurations takes a few hundred vertices (a multi-valued
decision diagram: Srinivasan, Ham, Malik and Brayton, "Algorithms for discrete function
manipulation", ICCAD 1990).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ksweep.domain import Distribution
from ksweep.space.checks import FixedLine
from ksweep.space.nodes import Node, length
from ksweep.space.walk import Point

Options: TypeAlias = "Sequence[str] | Distribution"
Choose: TypeAlias = "Callable[[Node, Options], str | None]"
"""What decides a node: one of the options, or None to give up the whole point."""


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
    """

    root: Vertex | None
    slots: int
    active: frozenset[int]
    held: frozenset[FixedLine]
    refused: tuple[str, ...]

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

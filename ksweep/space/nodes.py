"""The decisions of a space: one node a symbol of an axis, or a choice as a whole."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, overload

from ksweep.domain import Distribution
from ksweep.kconfig import Numbers, SymbolVariable, Tree, Variable
from ksweep.model import Axis, AxisKind, Domain

_LISTED_AT_MOST = 10_000
_TRISTATES = ("n", "m", "y")


class Node(Protocol):
    """One decision; `slot` is its place in a point, `name` what it is called in reasons."""

    axis: int
    slot: int
    name: str

    @property
    def variable(self) -> Variable: ...

    @property
    def values(self) -> Sequence[str]:
        """Every value that it can have anywhere in the space, in order; none where it is drawn."""
        ...

    @property
    def size(self) -> int:
        """What the axis contributes to the product."""
        ...

    def candidates(self) -> Generator[tuple[str, int, int]]:
        """The values at this point of the walk, each with its share of the combinations below.

        A share is a numerator and a denominator.
        """
        ...

    def rank(self, value: str) -> int:
        """The place of a value among the values of the range file."""
        ...


@dataclass(eq=False)
class Listed:
    """A symbol or choice whose values the range file lists; a long range stays lazy."""

    axis: int
    slot: int
    name: str
    variable: Variable
    domain: Domain
    size: int
    values: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        short = self.size <= _LISTED_AT_MOST
        self.values = tuple(self.domain) if short else LongList(self.domain)

    def candidates(self) -> Generator[tuple[str, int, int]]:
        for value in self.values:
            yield value, 1, self.size

    def rank(self, value: str) -> int:
        return self.domain.index(value)


class Indexed(Protocol):
    """Values that can be found by their index, and by which they can be found."""

    @property
    def size(self) -> int | None: ...

    def at(self, index: int) -> str: ...

    def index(self, value: str) -> int: ...


@dataclass(frozen=True)
class LongList(Sequence[str]):
    """The values of a domain, none of which is kept; see `length` for how many there are."""

    domain: Indexed

    def __len__(self) -> int:
        return self.domain.size or 0

    def __iter__(self) -> Iterator[str]:
        return map(self.domain.at, itertools.takewhile(self._is_index, itertools.count()))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self.domain.at(at) for at in range(*index.indices(len(self)))]
        if not self._is_index(index):
            raise IndexError(index)
        return self.domain.at(index)

    def index(self, value: object, *_: int) -> int:
        return self.domain.index(str(value))

    def __contains__(self, value: object) -> bool:
        try:
            self.index(value)
        except ValueError:
            return False
        return True

    def _is_index(self, index: int) -> bool:
        return 0 <= index < (self.domain.size or 0)


def length(values: Sequence[str]) -> int:
    """How many values there are; `len` cannot count above `sys.maxsize`."""
    return values.domain.size or 0 if isinstance(values, LongList) else len(values)


def sequence(values: Sequence[str] | Numbers) -> Sequence[str]:
    """Values of which Kconfig may have more than can be listed, as a sequence."""
    return LongList(values) if isinstance(values, Numbers) else values


@dataclass(eq=False)
class Open:
    """`*`: whatever Kconfig allows at this point of the walk."""

    axis: int
    slot: int
    name: str
    variable: SymbolVariable
    size: int

    @property
    def values(self) -> Sequence[str]:
        return sequence(self.variable.everything())

    def candidates(self) -> Generator[tuple[str, int, int]]:
        for value in sequence(self.variable.assignable()):
            yield value, 1, self.size

    def rank(self, value: str) -> int:
        return _TRISTATES.index(value) if value in _TRISTATES else int(value, 0)


@dataclass(eq=False)
class Drawn:
    """A symbol whose values come from a distribution: nothing of it can be listed."""

    axis: int
    slot: int
    name: str
    variable: SymbolVariable
    distribution: Distribution
    size: int = 1
    values: Sequence[str] = ()

    def candidates(self) -> Generator[tuple[str, int, int]]:
        yield from ()

    def rank(self, value: str) -> int:
        return 0


@dataclass(eq=False)
class Rows:
    """The rows of a linked axis that are still possible."""

    rows: tuple[tuple[str, ...], ...]
    live: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.live = list(range(len(self.rows)))


@dataclass(eq=False)
class Linked:
    """One column of a linked axis: choosing a value keeps the rows that have it."""

    axis: int
    slot: int
    name: str
    variable: Variable
    group: Rows
    column: int

    @property
    def size(self) -> int:
        return len(self.group.rows)

    @property
    def values(self) -> Sequence[str]:
        return tuple(dict.fromkeys(row[self.column] for row in self.group.rows))

    def candidates(self) -> Generator[tuple[str, int, int]]:
        live = self.group.live
        counts = Counter(self.group.rows[row][self.column] for row in live)
        for value, rows in counts.items():
            with self.keeping(value):
                yield value, rows, len(live)

    @contextmanager
    def keeping(self, value: str) -> Iterator[None]:
        """Leave the rows that have a value, for as long as the block runs."""
        live = self.group.live
        self.group.live = [row for row in live if self.group.rows[row][self.column] == value]
        try:
            yield
        finally:
            self.group.live = live

    def rank(self, value: str) -> int:
        return next(i for i, row in enumerate(self.group.rows) if row[self.column] == value)


def build(axes: Iterable[Axis], tree: Tree) -> list[Node]:
    """The nodes of all axes, in file order; call it when the base and the fixed lines are in."""
    nodes: list[Node] = []
    for number, axis in enumerate(axes):
        nodes += _of_axis(number, axis, tree, len(nodes))
    return nodes


def _of_axis(number: int, axis: Axis, tree: Tree, slot: int) -> list[Node]:
    first = tree.symbol(axis.symbols[0], axis.where)
    if axis.kind is AxisKind.LINKED:
        group = Rows(tuple(zip(*axis.domains, strict=True)))
        return [
            Linked(number, slot + i, name, tree.symbol(name, axis.where), group, i)
            for i, name in enumerate(axis.symbols)
        ]
    domain = axis.domains[0]
    variable: Variable = tree.choice(first) if axis.kind is AxisKind.CHOICE else first
    if isinstance(domain, Distribution):
        return [Drawn(number, slot, first.name, first, domain)]
    if domain.size is None:
        return [Open(number, slot, first.name, first, first.count() or 1)]
    name = "|".join(axis.symbols)
    return [Listed(number, slot, name, variable, domain, domain.size)]


def by_axis(nodes: Iterable[Node], axes: int) -> list[list[Node]]:
    """The nodes of each axis, in file order."""
    members: list[list[Node]] = [[] for _ in range(axes)]
    for node in nodes:
        members[node.axis].append(node)
    return members


def in_dependency_order(before: Mapping[Node, frozenset[Node]]) -> list[Node]:
    """Nodes so that each comes after those in `before`, else in the order of the mapping."""
    given = list(before)
    awaited = [len(others) for others in before.values()]
    behind: dict[Node, list[int]] = {}
    for place, others in enumerate(before.values()):
        for other in others:
            behind.setdefault(other, []).append(place)
    ready = [place for place, count in enumerate(awaited) if not count]
    left = dict.fromkeys(range(len(given)))
    order: list[Node] = []
    while left:
        next_place = heapq.heappop(ready) if ready else next(iter(left))
        if next_place in left:
            left.pop(next_place)
            for place in behind.get(given[next_place], ()):
                awaited[place] -= 1
                if not awaited[place]:
                    heapq.heappush(ready, place)
            order.append(given[next_place])
    return order


def rank(members: Sequence[Node], point: Sequence[str | None]) -> tuple[int, ...]:
    """Where a point stands on one axis: inactive first, then the order of the range file."""
    values = [point[node.slot] for node in members]
    first = members[0]
    ranks = [_row_rank(first.group, values)] if isinstance(first, Linked) else []
    for node, value in zip(members, values, strict=True):
        ranks += [0] if value is None else [1, node.rank(value)]
    return tuple(ranks)


def _row_rank(group: Rows, values: Sequence[str | None]) -> int:
    """The first row that agrees with the active values; -1 where none is active."""
    if not any(value is not None for value in values):
        return -1
    agrees = (
        all(value in (None, cell) for value, cell in zip(values, row, strict=True))
        for row in group.rows
    )
    return next(index for index, ok in enumerate(agrees) if ok)

"""The walk over a space: Kconfig decides, node by node, in dependency order.

By the time a node is looked at, all that can change it has been decided. So an inactive node costs
nothing per value, every leaf is another configuration, and a rejected value is cut off at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from ksweep.space.nodes import Node

_LISTED_REASONS = 1000

T = TypeVar("T")

Point = tuple[str | None, ...]
"""The value of each slot (a symbol of an axis, in file order; a choice has one); None: inactive."""


@dataclass(frozen=True)
class Rejection:
    """A partial assignment that Kconfig (or an exclusion) does not allow, and why.

    `assignment` maps `CONFIG_X` to text; `combinations` is how many of the product it takes out.
    """

    assignment: Mapping[str, str]
    reason: str
    combinations: int


class Test(Protocol):
    """Something that a partial point must pass as soon as the nodes in `needs` are decided."""

    @property
    def needs(self) -> frozenset[Node]: ...

    @property
    def items(self) -> frozenset[Any]:
        """What it looks at, as kconfiglib's items."""
        ...

    def reason(self) -> str | None:
        """Why the tree as it stands does not pass, or None."""
        ...


@dataclass
class Tally:
    """Rejections, those with the same partial assignment and reason put together."""

    combinations: int = 0
    _counts: dict[tuple[tuple[tuple[str, str], ...], str], int] = field(default_factory=dict)

    def add(self, assignment: Mapping[str, str], reason: str, combinations: int) -> None:
        self.combinations += combinations
        key = (tuple(assignment.items()), reason)
        if key in self._counts or len(self._counts) < _LISTED_REASONS:
            self._counts[key] = self._counts.get(key, 0) + combinations

    def listed(self) -> tuple[Rejection, ...]:
        """At most the first thousand."""
        return tuple(Rejection(dict(key), why, n) for (key, why), n in self._counts.items())


class Walk:
    """One pass over all points.

    `dead_ends` counts what was cut off on the way; `at_dead_end` is called each time: it
    may raise.
    """

    def __init__(
        self,
        order: Sequence[Node],
        before: Mapping[Node, frozenset[Node]],
        rejecting: Sequence[Test],
        excluding: Sequence[Test],
    ) -> None:
        self.rejected = Tally()
        self.excluded = Tally()
        self.dead_ends = 0
        self.at_dead_end: Callable[[], None] = lambda: None
        self._order = order
        self._before = before
        self._slots: list[str | None] = [None] * len(order)
        tests = [
            *(((test, self.rejected), test.needs) for test in rejecting),
            *(((test, self.excluded), test.needs) for test in excluding),
        ]
        self._tests = by_depth(tests, order)

    def points(self, combinations: int) -> Iterator[Point]:
        """All valid points, in dependency order; `combinations` is the size of the product."""
        return self._from(0, combinations)

    def completions(self, point: Point, chosen: int) -> Iterator[Point]:
        """The valid points that agree with a point in the first `chosen` decisions."""
        for depth, node in enumerate(self._order[:chosen]):
            value = self._slots[node.slot] = point[node.slot]
            if any(test.reason() for test, _ in self._tests[depth]) or not _takes(node, value):
                return
        yield from self._from(chosen, 0)

    def _from(self, depth: int, share: int) -> Iterator[Point]:
        """The valid points below; a stack of its own lets any number of nodes be decided."""
        branches: list[Iterator[int]] = [iter([share])]
        while branches:
            below = next(branches[-1], None)
            if below is None:
                branches.pop()
                continue
            reached = depth + len(branches) - 1
            if not self._passes(reached, below):
                continue
            if reached < len(self._order):
                branches.append(self._branches(self._order[reached], below))
            else:
                yield tuple(self._slots)

    def _passes(self, depth: int, share: int) -> bool:
        for test, tally in self._tests[depth]:
            reason = test.reason()
            if reason is not None:
                self._cut(tally, self._partial(test.needs), reason, share)
                return False
        return True

    def _branches(self, node: Node, share: int) -> Iterator[int]:
        """Decides a node in every way that there is, each with its share of the combinations."""
        if not node.variable.visible:
            node.variable.restore()
            yield share
            return
        none = True
        for value, part, whole in node.candidates():
            none = False
            below = share * part // whole
            node.variable.assign(value)
            self._slots[node.slot] = value
            reason = node.variable.refusal(value)
            if reason is None:
                yield below
            else:
                partial = self._partial(self._before[node] | {node})
                self._cut(self.rejected, partial, f"{_shown(node, value)}: {reason}", below)
        self._slots[node.slot] = None
        node.variable.restore()
        if none:  # `*` where nothing can be assigned
            yield share

    def _cut(self, tally: Tally, partial: Mapping[str, str], reason: str, share: int) -> None:
        self.dead_ends += 1
        self.at_dead_end()
        tally.add(partial, reason, share)

    def _partial(self, nodes: frozenset[Node]) -> dict[str, str]:
        partial = {}
        for node in sorted(nodes, key=lambda node: node.slot):
            value = self._slots[node.slot]
            if value is not None:
                symbol, text = _line(node, value)
                partial[f"CONFIG_{symbol}"] = text
        return partial


def _takes(node: Node, value: str | None) -> bool:
    """Whether the node, as the tree stands, can have the value (None: be inactive); it has then."""
    if not node.variable.visible:
        node.variable.restore()
        return value is None
    if value is None:  # `*` where nothing can be assigned
        return next(node.candidates(), None) is None
    node.variable.assign(value)
    return node.variable.refusal(value) is None


def by_depth(needed: Iterable[tuple[T, frozenset[Node]]], order: Sequence[Node]) -> list[list[T]]:
    """Things by how many decisions it takes until the nodes that they need are decided."""
    places = {node: place for place, node in enumerate(order, start=1)}
    found: list[list[T]] = [[] for _ in range(len(order) + 1)]
    for thing, needs in needed:
        found[max((places[node] for node in needs), default=0)].append(thing)
    return found


def _line(node: Node, value: str) -> tuple[str, str]:
    """The symbol and text that a node's value stands for: a choice's value is its member."""
    return (value, "y") if "|" in node.name else (node.name, value)


def _shown(node: Node, value: str) -> str:
    symbol, text = _line(node, value)
    return f"CONFIG_{symbol}={text}"

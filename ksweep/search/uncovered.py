"""Combinations that no configuration can have, each with what Kconfig says of it."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ksweep.search.combinations import Combination, Items
from ksweep.space import Choices, Node, Point

_EXPLAINED = 2_000  # combinations: about a second
_NEAR = 5
_NO_SINGLE_REASON = "no valid configuration has them together"
_NOT_ASKED = f"the reason was not asked for beyond the first {_EXPLAINED:,}"


@dataclass(frozen=True)
class Uncovered:
    """Combinations of values of the same axes that cannot be for the same reason.

    Attributes:
        assignment: one of them, as `CONFIG_X` and text.
        reason: why it cannot be.
        count: how many there are.
    """

    assignment: Mapping[str, str]
    reason: str
    count: int

    def __str__(self) -> str:
        example = " with ".join(f"{name}={value}" for name, value in self.assignment.items())
        more = f" (and {self.count - 1:,} like it)" if self.count > 1 else ""
        return f"Cannot be: {example}{more}: {self.reason}"


class Reasons:
    """Asks Kconfig in valid points near by, so that nothing but the combination is in the way.

    A point near by has the combination but for one item.
    """

    def __init__(self, choices: Choices, items: Items, points: Sequence[Point]) -> None:
        """Prepares it; the points have every combination of as many values as will be asked for."""
        self._choices = choices
        self._items = items
        self._points = points
        self._having: dict[int, set[int]] = defaultdict(set)  # the points by item
        for place, point in enumerate(points):
            for item in items.of(point):
                self._having[item].add(place)
        self._apart: dict[tuple[int, ...], str] = {}
        self._asked = 0

    def explained(self, impossible: Iterable[Combination]) -> Iterator[Uncovered]:
        """The combinations, those of the same axes and with the same reason in one.

        Each must be possible without any one of its items.
        """
        counts: Counter[tuple[tuple[int, ...], str]] = Counter()
        examples: dict[tuple[tuple[int, ...], str], Combination] = {}
        for one in impossible:
            slots = tuple(self._items.all[item][0].slot for item in one)
            kind = slots, self._of_axes(slots, one) or self._of_values(one)
            counts[kind] += 1
            examples.setdefault(kind, one)
        for kind, one in examples.items():
            lines = dict(_line(*self._items.all[item]) for item in one)
            yield Uncovered(lines, kind[1], counts[kind])

    def _of_axes(self, slots: tuple[int, ...], one: Combination) -> str:
        """The reason that holds for all values, where axes are never active together."""
        if slots not in self._apart:
            rows = (all(point[slot] is not None for slot in slots) for point in self._points)
            self._apart[slots] = "" if any(rows) else self._inactivity(one)
        return self._apart[slots]

    def _of_values(self, one: Combination) -> str:
        if self._asked >= _EXPLAINED:
            return _NOT_ASKED
        self._asked += 1
        return self._inactivity(one) or self._linked(one) or self._refused(one)

    def _inactivity(self, one: Combination) -> str:
        """Where one of the axes is inactive whenever the others have these values: why."""
        for item in reversed(one):
            node, near = self._items.all[item][0], self._near(one, item)
            if all(point[node.slot] is None for point in near):
                return self._inactive_in(near[0], node)
        return ""

    def _inactive_in(self, point: Point, node: Node) -> str:
        for other in self._choices.nodes:
            value = point[other.slot]
            if value is not None:
                other.variable.assign(value)
        name = "|".join(f"CONFIG_{member}" for member in node.name.split("|"))
        if node.variable.visible:  # `*` where nothing can be assigned
            return f"{name} can have no value there"
        return f"{name} is inactive there: {node.variable.unmet()[0]}"

    def _linked(self, one: Combination) -> str:
        axes = {self._items.all[item][0].axis for item in one}
        if len(one) == 1 or len(axes) > 1:
            return ""
        return f"no row of {self._choices.space.axes[axes.pop()].name} has them together"

    def _refused(self, one: Combination) -> str:
        """What Kconfig or an exclusion refuses when a point near by gets the missing item."""
        wanted = dict(self._items.all[item] for item in one)
        for item in one:
            slot = self._items.all[item][0].slot
            near = (point for point in self._near(one, item) if point[slot] is not None)
            for point in itertools.islice(near, _NEAR):
                if reason := self._refused_in(point, wanted):
                    return reason
        return _NO_SINGLE_REASON

    def _refused_in(self, point: Point, wanted: Mapping[Node, str]) -> str:
        """Why a point cannot have these values; empty where that is due to others of its values."""
        for node in self._choices.nodes:
            value = wanted.get(node, point[node.slot])
            visible = node.variable.visible
            if not visible and node not in wanted:
                continue
            if value is None or not visible:  # other axes are active than in the point
                return ""
            node.variable.assign(value)
            if refusal := node.variable.refusal(value):
                return refusal if node in wanted else ""
        return self._excluded(wanted)

    def _excluded(self, wanted: Mapping[Node, str]) -> str:
        """What a fixed line or an exclusion that is about these nodes alone says of the tree."""
        space, own = self._choices.space, frozenset[Any]()
        for node in wanted:
            own |= node.variable.items
        reasons = [
            *(test.reason() for test in space.fixed_tests if test.needs <= wanted.keys()),
            *(
                test.reason()
                for test in space.exclude_tests
                if test.items <= own or test.needs <= wanted.keys()
            ),
        ]
        return next(filter(None, reasons), "")

    def _near(self, one: Combination, without: int) -> list[Point]:
        """The points that have a combination but for one item."""
        others = [self._having[item] for item in one if item != without]
        places = sorted(set.intersection(*others)) if others else range(len(self._points))
        return [self._points[place] for place in places]


def _line(node: Node, value: str) -> tuple[str, str]:
    """The line that a value stands for: a choice's value is its member."""
    return (f"CONFIG_{value}", "y") if "|" in node.name else (f"CONFIG_{node.name}", value)

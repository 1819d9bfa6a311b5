"""Points of a space decided one node after another, with Kconfig itself telling what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from ksweep.space.building import TRIED_ONE_BY_ONE
from ksweep.space.diagram import Choose, Options, only
from ksweep.space.nodes import Drawn, Linked, Node, Open, length, sequence
from ksweep.space.walk import Point, Test, by_depth


class Descent:
    """Ways down a space that is too large for a diagram: one may end where nothing is valid."""

    def __init__(self, order: Sequence[Node], chosen: int, tests: Sequence[Test]) -> None:
        """Prepares it; of the `order` the first `chosen` nodes are decided."""
        self._order = order
        self._chosen = order[:chosen]
        self._tests = by_depth(((test, test.needs) for test in tests), order)[: chosen + 1]

    def descend(self, choose: Choose) -> Point | None:
        """One way down; None where it was given up or leads nowhere.

        A node with one value left is not asked for.
        """
        slots: list[str | None] = [None] * len(self._order)
        try:
            with ExitStack() as kept:
                for depth, node in enumerate(self._chosen):
                    if any(test.reason() for test in self._tests[depth]):
                        return None
                    if node.variable.visible and not self._decide(node, choose, slots, kept):
                        return None
                passed = not any(test.reason() for test in self._tests[-1])
                return tuple(slots) if passed else None
        finally:
            for node in self._order:
                node.variable.restore()

    def _decide(self, node: Node, choose: Choose, slots: list[str | None], kept: ExitStack) -> bool:
        """Give a node its value; False where there is none."""
        options = _options(node)
        if isinstance(options, Sequence) and not length(options):
            return isinstance(node, Open)  # `*` where nothing can be assigned
        value = only(options)
        if value is None:
            value = choose(node, options)
        if value is None:
            return False
        if isinstance(node, Linked):
            kept.enter_context(node.keeping(value))
        slots[node.slot] = value
        node.variable.assign(value)
        return node.variable.refusal(value) is None


def _options(node: Node) -> Options:
    """What Kconfig takes here; of a long list, what it may take."""
    if isinstance(node, Drawn):
        bounds = node.variable.bounds() if node.distribution.integer else None
        left = node.distribution.within(*bounds) if bounds else node.distribution
        return left if left is not None else ()
    if isinstance(node, Open):
        return sequence(node.variable.assignable())
    if length(node.values) > TRIED_ONE_BY_ONE:
        return node.values
    taken = [value for value, _, _ in node.candidates() if _takes(node, value)]
    node.variable.restore()
    return taken


def _takes(node: Node, value: str) -> bool:
    node.variable.assign(value)
    return node.variable.refusal(value) is None

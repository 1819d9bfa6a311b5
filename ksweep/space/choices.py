"""What search methods choose from: the points of a space over the axes that do not only repeat."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from ksweep.domain import Distribution
from ksweep.errors import InputError, Where
from ksweep.model import Configuration
from ksweep.space import nodes
from ksweep.space.building import Builder, UncountableError
from ksweep.space.checks import FixedLine, Unheld
from ksweep.space.descent import Descent
from ksweep.space.diagram import Choose, Diagram
from ksweep.space.nodes import Drawn, Node
from ksweep.space.space import Space, inactive
from ksweep.space.walk import Point, Test

WORK_LIMIT = 100_000
"""The looks at Kconfig that counting a space may take: a few seconds."""

_REASONS_SHOWN = 5
_REPLICATE = "SWEEP_REPLICATE"


class Choices:
    """The choices of a space: its points, the slots of replicate axes left open.

    A choice stands for one configuration, or for one for each valid combination of the replicate
    axes' values.
    """

    def __init__(
        self, space: Space, replicate: Sequence[str] = (), work_limit: int = WORK_LIMIT
    ) -> None:
        """Counts the choices, where that can be done within the limit.

        Args:
            space: where they are from; it is used by nobody else meanwhile.
            replicate: the symbols whose axes only repeat.
            work_limit: how many looks at Kconfig the counting may take.

        Raises:
            InputError: a symbol of `replicate` is no axis of the space, or decides others; no
                configuration is valid, or a fixed line holds nowhere.
        """
        self.space = space
        self.replicate = _axes_of(replicate, space)
        chosen = {n: b for n, b in space.before.items() if n.axis not in self.replicate}
        repeated = {n: b for n, b in space.before.items() if n.axis in self.replicate}
        _check_replicates(chosen, repeated, space)
        self.nodes = tuple(nodes.in_dependency_order(chosen))
        among = {node: before - chosen.keys() for node, before in repeated.items()}
        self._order = (*self.nodes, *nodes.in_dependency_order(among))
        self._late = frozenset(node for node in self.nodes if isinstance(node, Drawn))
        self.uncounted = ""
        self.diagram: Diagram | None = None
        try:
            self.diagram = self._build(work_limit)
        except UncountableError as error:
            self.uncounted = str(error)
        self.warnings = self._judge(self.diagram) if self.diagram is not None else ()

    @property
    def count(self) -> int | None:
        """How many choices there are, one for each value that is drawn; None if not counted."""
        return self.diagram.root.count if self.diagram and self.diagram.root else None

    @property
    def cells(self) -> int | None:
        """How many choices there are with drawn values told apart; None: without end, or unknown.

        Those that an exclusion over a drawn value takes out are among them.
        """
        return self.diagram.root.cells if self.diagram and self.diagram.root else None

    @property
    def continuous(self) -> tuple[str, ...]:
        """The axes whose values are drawn from a distribution."""
        return tuple(self.space.axes[node.axis].name for node in self.nodes if node in self._late)

    def descend(self, choose: Choose) -> Point | None:
        """One choice, decided node by node; None where it was given up, or leads nowhere."""
        return (self.diagram or self._descent).descend(choose)

    def configurations(self, choice: Point) -> tuple[Configuration, ...]:
        """What a choice stands for, resolved; empty where Kconfig or an exclusion refuses it."""
        walk = self.space.walk(self._order)
        points = sorted(walk.completions(choice, len(self.nodes)), key=self.space.number_key)
        return tuple(self.space.resolve(point) for point in points)

    @cached_property
    def _descent(self) -> Descent:
        return Descent(self._order, len(self.nodes), self._tests)

    @property
    def _tests(self) -> tuple[Test, ...]:
        return (*self.space.fixed_tests, *self.space.exclude_tests)

    def _build(self, work_limit: int) -> Diagram:
        """The diagram; what an exclusion asks of a drawn value is looked at when it is drawn."""
        space = self.space
        watched = {fixed: space.needs(fixed.variable.items) for fixed in space.fixed_lines}
        return Builder(
            space.tree,
            self._order,
            len(self.nodes),
            [test for test in self._tests if test.needs.isdisjoint(self._late)],
            {fixed: needs for fixed, needs in watched.items() if needs.isdisjoint(self._late)},
            work_limit,
        ).build()

    def _judge(self, diagram: Diagram) -> tuple[str, ...]:
        """The warnings that a whole look at the space allows."""
        where = Where(self.space.path)
        reasons = "".join(f"\n  {reason}" for reason in diagram.refused[:_REASONS_SHOWN])
        if diagram.root is None:
            fix = "change the axes or the fixed lines" + reasons
            raise InputError("no configuration is valid", fix, where)
        if diagram.refused and not self.space.rejects:
            fix = "exclude them, or allow rejects" + reasons
            raise InputError("Kconfig rejects combinations", fix, where)
        unheld = Unheld(self.space.fixed_lines)
        unheld.held(line for line in self.space.fixed_lines if self._may_hold(line, diagram))
        unheld.explain()
        silent = (n for n in self.nodes if n.axis not in diagram.active)
        first = {node.axis: node for node in reversed(list(silent))}
        warned = [inactive(self.space.axes[axis], first[axis]) for axis in sorted(first)]
        return (*unheld.complaints(self.space.lenient), *warned)

    def _may_hold(self, line: FixedLine, diagram: Diagram) -> bool:
        needs = self.space.needs(line.variable.items)
        return line in diagram.held or not needs.isdisjoint(self._late)


def _axes_of(symbols: Sequence[str], space: Space) -> frozenset[int]:
    """The axes that these symbols are of.

    Raises:
        InputError: one is of none, or of one that is drawn from a distribution.
    """
    axis_of = {symbol: i for i, axis in enumerate(space.axes) for symbol in axis.symbols}
    for symbol in symbols:
        if symbol not in axis_of:
            near = difflib.get_close_matches(symbol, axis_of, n=3)
            fix = f"did you mean {' or '.join(near)}?" if near else "write a line with its values"
            what = f"CONFIG_{symbol} is to repeat trials, and it is no axis of {space.path}"
            raise InputError(what, fix, _place(space))
        axis = space.axes[axis_of[symbol]]
        if isinstance(axis.domains[0], Distribution):
            what = f"{axis.name} is to repeat trials, and {axis.text} has no list of values"
            raise InputError(what, "write the values, such as 1|2|3", axis.where)
    return frozenset(axis_of[symbol] for symbol in symbols)


def _check_replicates(
    chosen: Mapping[Node, frozenset[Node]], repeated: Collection[Node], space: Space
) -> None:
    for node, before in chosen.items():
        for other in before.intersection(repeated):
            what = (
                f"CONFIG_{other.name} is only to repeat trials, and it decides CONFIG_{node.name}"
            )
            raise InputError(what, "leave it out there", _place(space))


def _place(space: Space) -> Where:
    """The line that names the replicate axes."""
    lines = (line.where for line in space.settings if line.symbol == _REPLICATE)
    return next(lines, Where(f"CONFIG_{_REPLICATE}"))

"""A range file and a Kconfig tree as one space of valid, distinct, ordered configurations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ksweep.domain import Distribution
from ksweep.errors import InputError, InputErrorGroup, Mistakes, Where
from ksweep.kconfig import SymbolVariable, Tree
from ksweep.model import Assignment, Axis, AxisKind, Configuration
from ksweep.rangefile import RangeFile
from ksweep.space import binding, nodes
from ksweep.space.checks import ExcludeTest, FixedLine, FixedTest, Unheld
from ksweep.space.nodes import Node
from ksweep.space.walk import Point, Rejection, Walk

_DEAD_ENDS_PER_POINT = 20
_REASONS_SHOWN = 5
_CELLS = 50_000_000  # values of all points that are kept: 400 MB
_DIGITS = 4000  # of the number of combinations: Python writes none of more than 4300


@dataclass(frozen=True)
class Enumeration:
    """Every configuration of a space, in the order of their numbers.

    `collapsed`, `rejected` and `excluded` count combinations of the product; with the points they
    add up to it.
    """

    points: tuple[Point, ...]
    collapsed: int
    rejected: int
    excluded: int
    rejections: tuple[Rejection, ...]
    exclusions: tuple[Rejection, ...]
    warnings: tuple[str, ...]


class Space:
    """What a range file asks for, as one Kconfig tree allows it."""

    def __init__(
        self,
        range_file: RangeFile,
        kconfig: str | Path,
        base: str | Path | None = None,
        *,
        base_text: str | None = None,
        lenient: bool = False,
        rejects: bool = True,
        shell: bool = True,
        mistakes: Mistakes | None = None,
    ) -> None:
        """Loads the tree, then the base, then the fixed lines, and prepares the axes.

        Args:
            range_file: as it was read.
            kconfig: the top Kconfig file.
            base: a `.config`; None for Kconfig's defaults alone.
            base_text: what is in it, where it is not to be read.
            lenient: whether a fixed line that holds nowhere is a warning in place of an error.
            rejects: whether Kconfig may reject combinations; if not, the first is an error.
            shell: whether the Kconfig files may run programs.
            mistakes: where lines that do not fit the tree are noted; the space is without them.

        Raises:
            InputError: a file cannot be read, or lines do not fit the tree and are not to be noted.
        """
        self.path = range_file.path
        self.tree = Tree(kconfig, shell)
        self.warnings = self.tree.load_base(base, base_text) if base is not None else ()
        found = Mistakes() if mistakes is None else mistakes
        bound = binding.bind(range_file, self.tree, found)
        if mistakes is None:
            found.check()
        self.axes, self.fixed = bound.axes, bound.fixed
        self.lenient, self.rejects = lenient, rejects
        self.settings = range_file.settings
        self._excludes = range_file.excludes
        given = [line.symbol for line in (*range_file.settings, *self.fixed)]
        given += [name for axis in self.axes for name in axis.symbols]
        self.warnings += self.tree.untaken_base(given)
        self._assign((*range_file.settings, *self.fixed))
        self.nodes = nodes.build(self.axes, self.tree)
        self._owners = {item: node for node in self.nodes for item in node.variable.items}
        self.before = {n: self.needs(n.variable.items) - {n} for n in self.nodes}
        self._members = nodes.by_axis(self.nodes, len(self.axes))
        self._order = nodes.in_dependency_order(self.before)
        self._require_countable()

    @property
    def combinations(self) -> int:
        """The size of the product of all axes, before collapsing."""
        return math.prod(members[0].size for members in self._members)

    def enumerate(self, limit: int | None = None) -> Enumeration:
        """Finds every configuration.

        Args:
            limit: how many there may be; None for any number.

        Raises:
            InputError: there are more than `limit` or none, a fixed line holds nowhere, or an axis
                cannot be listed.
        """
        self.require_listed()
        limit = limit and min(limit, _CELLS // max(1, len(self.nodes)))
        walk = self.walk(self._order)
        unheld = Unheld(self.fixed_lines)
        points: list[Point] = []
        walk.at_dead_end = lambda: self._check_limit(limit, len(points), walk.dead_ends)
        for point in walk.points(self.combinations):
            points.append(point)
            unheld.look()
            self._check_limit(limit, len(points), walk.dead_ends)
        self._check_rejections(walk, points)
        warnings = (*unheld.complaints(self.lenient), *self._inactive_axes(points))
        points.sort(key=self.number_key)
        rejected, excluded = walk.rejected, walk.excluded
        outside = len(points) + rejected.combinations + excluded.combinations
        return Enumeration(
            points=tuple(points),
            collapsed=self.combinations - outside,
            rejected=rejected.combinations,
            excluded=excluded.combinations,
            rejections=rejected.listed(),
            exclusions=excluded.listed(),
            warnings=warnings,
        )

    @property
    def continuous(self) -> tuple[Axis, ...]:
        """The axes whose values are drawn from a distribution."""
        return tuple(axis for axis in self.axes if isinstance(axis.domains[0], Distribution))

    def replicates(self, symbols: Sequence[str]) -> int:
        """How many combinations the values of these symbols' axes have."""
        sizes = (
            members[0].size
            for axis, members in zip(self.axes, self._members, strict=True)
            if not set(symbols).isdisjoint(axis.symbols)
        )
        return math.prod(sizes)

    def walk(self, order: Sequence[Node]) -> Walk:
        """A walk over the whole space that decides the nodes in this order."""
        return Walk(order, self.before, self.fixed_tests, self.exclude_tests)

    def resolve(self, point: Point) -> Configuration:
        """The configuration of one point that `enumerate` gave."""
        for node in self._order:
            value = point[node.slot]
            if value is None:
                node.variable.restore()
            else:
                node.variable.assign(value)
        text, identity = self.tree.render()
        return Configuration(identity, self._params(point), text)

    def _params(self, point: Point) -> dict[str, str]:
        params: dict[str, str] = {}
        for node in self.nodes:
            value = point[node.slot]
            if value is None:
                continue
            axis = self.axes[node.axis]
            if axis.kind is AxisKind.CHOICE:
                params |= {f"CONFIG_{name}": "ny"[name == value] for name in axis.symbols}
            else:
                params[f"CONFIG_{node.name}"] = value
        return params

    def _symbol(self, line: Assignment) -> SymbolVariable:
        return self.tree.symbol(line.symbol, line.where)

    def _assign(self, lines: Iterable[Assignment]) -> None:
        for line in lines:
            if self.tree.has(line.symbol):  # a project need not define the settings
                self._symbol(line).assign(line.value)

    @cached_property
    def fixed_lines(self) -> tuple[FixedLine, ...]:
        """The fixed lines with their symbols."""
        return tuple(FixedLine(line, self._symbol(line)) for line in self.fixed)

    @cached_property
    def fixed_tests(self) -> tuple[FixedTest, ...]:
        """What the fixed lines ask of every configuration."""
        prompted = [one for one in self.fixed_lines if one.variable.has_prompt]
        return tuple(FixedTest(one, self.needs(one.variable.items)) for one in prompted)

    @cached_property
    def exclude_tests(self) -> tuple[ExcludeTest, ...]:
        """What the exclusions ask of every configuration."""
        tests = []
        for exclude in self._excludes:
            symbols = [self.tree.symbol(name, exclude.where) for name in exclude.expression.names]
            items = frozenset[Any]().union(*(symbol.items for symbol in symbols))
            tests.append(ExcludeTest(exclude, self.tree, items, self.needs(items)))
        return tuple(tests)

    def needs(self, items: frozenset[Any]) -> frozenset[Node]:
        """The nodes that can change any of the items."""
        deciders = self.tree.deciders(items, self._owners.keys())
        return frozenset(self._owners[item] for item in deciders)

    def _require_countable(self) -> None:
        if self.combinations >= 10**_DIGITS:
            raise InputError(
                f"the axes multiply to a number of more than {_DIGITS:,} digits",
                "narrow them, or draw values: uniform(0, 1), say",
                Where(self.path),
            )

    def require_listed(self) -> None:
        """See that every axis has a list of values.

        Raises:
            InputErrorGroup: with those that have none.
        """
        errors = [
            InputError(
                f"{axis.name}={axis.text} is a distribution, which the grid method cannot list",
                "write values (1|2|3 or start:step:end), or choose a method that samples: "
                "random, qmc, tpe or nsga2",
                axis.where,
            )
            for axis in self.continuous
        ]
        if errors:
            raise InputErrorGroup(errors)

    def _check_limit(self, limit: int | None, points: int, dead_ends: int) -> None:
        if limit is None or (points <= limit and dead_ends <= _DEAD_ENDS_PER_POINT * limit):
            return
        found = f"has more than {limit:,} configurations"
        if points <= limit:
            found = f"has {points:,} configurations so far and {dead_ends:,} invalid combinations"
        raise InputError(
            f"the grid {found} (its axes multiply to {_shown(self.combinations)})",
            "narrow the axes, choose a sampling method (random, qmc, covering, tpe), "
            "or pass --yes to go through all of it",
            Where(self.path),
        )

    def _check_rejections(self, walk: Walk, points: Sequence[Point]) -> None:
        found = (*walk.rejected.listed(), *walk.excluded.listed())
        reasons = "".join(f"\n  {describe(rejection)}" for rejection in found[:_REASONS_SHOWN])
        if not points:
            what, fix = "no configuration is valid", "change the axes or the fixed lines"
            raise InputError(what, fix + reasons, Where(self.path))
        if walk.rejected.combinations and not self.rejects:
            count = f"{walk.rejected.combinations:,} of {self.combinations:,}"
            what, fix = f"Kconfig rejects {count} combinations", "exclude them, or allow rejects"
            raise InputError(what, fix + reasons, Where(self.path))

    def _inactive_axes(self, points: Sequence[Point]) -> Iterable[str]:
        for axis, members in zip(self.axes, self._members, strict=True):
            if all(point[node.slot] is None for point in points for node in members):
                yield inactive(axis, members[0])

    def number_key(self, point: Point) -> list[tuple[int, ...]]:
        """File order of the axes, the last changing fastest, inactive first."""
        return [nodes.rank(members, point) for members in self._members]


def _shown(combinations: int) -> str:
    text = f"{combinations:,}"
    return text if len(text) < 40 else f"a number of {len(str(combinations)):,} digits"


def inactive(axis: Axis, node: Node) -> str:
    """A warning of an axis that is inactive in every configuration; `node` is its first."""
    what, remedy = node.variable.unmet()
    problem = f"{axis.name} is inactive in every configuration: {what}"
    return str(InputError(problem, remedy, axis.where))


def describe(rejection: Rejection) -> str:
    """A rejection on one line."""
    values = " ".join(f"{name}={value}" for name, value in rejection.assignment.items())
    return f"{values or 'always'}: {rejection.reason}"

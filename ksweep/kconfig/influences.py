"""What of a configuration in the making matters for the part that is not decided yet."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from typing import Any

from kconfiglib import Choice, Kconfig

State = tuple[Hashable, ...]


class Influences:
    """Who reads whom in a tree: the edges of kconfiglib, against their direction."""

    def __init__(self, kconfig: Kconfig):
        self.everything = frozenset([*kconfig.unique_defined_syms, *kconfig.unique_choices])
        self.modules = kconfig.modules  # read by all that is tristate, without an edge
        self._read_by: dict[Any, list[Any]] = {}
        for item in self.everything:
            for reader in item._dependents:
                self._read_by.setdefault(reader, []).append(item)

    def sources(self, item: Any) -> Iterable[Any]:
        """The items that one reads."""
        return self._read_by.get(item, ())

    def deciders(self, items: frozenset[Any], decided: Collection[Any]) -> set[Any]:
        """Those of `decided` that can change any of the items, but not through others of them."""
        found: set[Any] = set()
        stack = [*items, self.modules]
        seen = set(stack)
        while stack:
            item = stack.pop()
            if item in decided:
                found.add(item)
                if item not in items:
                    continue
            for source in self.sources(item):
                if source not in seen:
                    seen.add(source)
                    stack.append(source)
        return found


class Inputs:
    """The decided items that a part of a configuration follows from, while that part grows."""

    def __init__(self, influences: Influences) -> None:
        self._influences = influences
        self._moving: set[Any] = set()
        self._seen: set[Any] = set()
        self._inputs: set[Any] = set()

    def widened(self, undecided: Iterable[Any], targets: Iterable[Any]) -> tuple[Any, ...]:
        """What the targets follow from, these and earlier ones, beside what is undecided.

        With the same state of these (see `state`) and the same decisions still to come, the
        targets come out the same. A target that nothing undecided can change is one of them.
        """
        fresh = self._moved(undecided)
        new = {*targets, self._influences.modules} - self._seen
        stack = [*new, *(self._inputs & fresh)]
        self._seen |= new
        self._inputs -= fresh
        while stack:
            item = stack.pop()
            if item not in self._moving:
                self._inputs.add(item)
                continue
            for source in self._influences.sources(item):
                if source not in self._seen:
                    self._seen.add(source)
                    stack.append(source)
        return tuple(sorted(self._inputs, key=lambda item: item.name or ""))

    def _moved(self, items: Iterable[Any]) -> set[Any]:
        """What may change when these do, and could not before."""
        stack = [item for item in items if item not in self._moving]
        fresh = set(stack)
        while stack:
            readers = stack.pop()._dependents - self._moving - fresh
            fresh |= readers
            stack += readers
        if self._influences.modules in fresh:
            fresh |= self._influences.everything - self._moving
        self._moving |= fresh
        return fresh


def state(items: Iterable[Any]) -> State:
    """All that others can read of the items as they stand."""
    return tuple(_state(item) for item in items)


def _state(item: Any) -> Hashable:
    if isinstance(item, Choice):
        selection = item.selection
        return item.str_value, selection and selection.name
    return item.str_value, item.visibility, bool(item.config_string)

"""What of a configuration in the making matters for the part that is not decided yet."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from kconfiglib import Choice, Kconfig

State = tuple[Hashable, ...]


class Influences:
    """Who reads whom in a tree: the edges of kconfiglib, against their direction."""

    def __init__(self, kconfig: Kconfig, affected: Callable[[frozenset[Any]], frozenset[Any]]):
        self._affected = affected
        self._modules = kconfig.modules  # read by all that is tristate, without an edge
        self._read_by: dict[Any, list[Any]] = {}
        for item in (*kconfig.unique_defined_syms, *kconfig.unique_choices):
            for reader in item._dependents:
                self._read_by.setdefault(reader, []).append(item)

    def inputs(self, targets: Iterable[Any], undecided: frozenset[Any]) -> frozenset[Any]:
        """The decided items that the targets follow from, beside what is undecided.

        With the same state of these (see `state`) and the same decisions still to come, the
        targets come out the same. A target that nothing undecided can change is one of them.
        """
        moving = self._affected(undecided)
        inputs: set[Any] = set()
        stack = [*targets, self._modules]
        seen = set(stack)
        while stack:
            item = stack.pop()
            if item not in moving:
                inputs.add(item)
                continue
            for source in self._read_by.get(item, ()):
                if source not in seen:
                    seen.add(source)
                    stack.append(source)
        return frozenset(inputs)


def state(items: Iterable[Any]) -> State:
    """All that others can read of the items as they stand."""
    return tuple(_state(item) for item in items)


def _state(item: Any) -> Hashable:
    if isinstance(item, Choice):
        selection = item.selection
        return item.str_value, selection and selection.name
    return item.str_value, item.visibility, bool(item.config_string)

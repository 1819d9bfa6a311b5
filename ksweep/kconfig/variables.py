"""What can be assigned in a Kconfig tree: a symbol, or a choice as one thing.

`set_value()` of kconfiglib returning true means only that the text was well-formed, so every
assignment is followed by `refusal()`, which reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from kconfiglib import (
    BOOL,
    HEX,
    INT,
    STR_TO_TRI,
    STRING,
    TRI_TO_STR,
    TRISTATE,
    Choice,
    Symbol,
)

from ksweep.errors import Where
from ksweep.kconfig import reasons
from ksweep.model import SymbolType

_TYPES = {
    BOOL: SymbolType.BOOL,
    TRISTATE: SymbolType.TRISTATE,
    INT: SymbolType.INT,
    HEX: SymbolType.HEX,
    STRING: SymbolType.STRING,
}


class Variable(Protocol):
    """One thing to assign; `items` are the kconfiglib items that change with it."""

    items: frozenset[Any]

    @property
    def visible(self) -> bool: ...

    def unmet(self) -> tuple[str, str]:
        """Why it is not visible now, and the lines that would change it."""
        ...

    def assign(self, value: str) -> None: ...

    def refusal(self, value: str) -> str | None:
        """Why the variable does not have the value that was assigned, or None where it has."""
        ...

    def restore(self) -> None:
        """Takes back what was assigned: the base's value holds again."""
        ...


class SymbolVariable:
    """A symbol. `base` is the user value that `restore` goes back to."""

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol
        self.items = frozenset([symbol])
        self.base = symbol.user_value

    @property
    def name(self) -> str:
        return str(self._symbol.name)

    @property
    def type(self) -> SymbolType:
        return _TYPES.get(self._symbol.orig_type, SymbolType.STRING)

    @property
    def where(self) -> Where:
        return reasons.place(self._symbol)

    @property
    def has_prompt(self) -> bool:
        return any(node.prompt for node in self._symbol.nodes)

    @property
    def choice(self) -> Choice | None:
        """The choice that the symbol is a member of."""
        return self._symbol.choice

    @property
    def visible(self) -> bool:
        return bool(self._symbol.visibility)

    @property
    def written(self) -> bool:
        """The configuration has a line for the symbol."""
        return bool(self._symbol.config_string)

    @property
    def value(self) -> str:
        """The value it resolves to now, as text."""
        return str(self._symbol.str_value)

    def assign(self, value: str) -> None:
        # As when a file is read: what a member gets is also the mode of its choice.
        if self._symbol.choice is not None and value != "n":
            self._symbol.choice.set_value(value)
        self._symbol.set_value(value)

    def has(self, value: str) -> bool:
        """It resolves to that value now; ints and hexes compare as numbers."""
        if self._symbol.orig_type in (INT, HEX):
            base = 10 if self._symbol.orig_type == INT else 16
            return self.value != "" and int(self.value, base) == int(value, base)
        return self.value == value

    def refusal(self, value: str) -> str | None:
        return None if self.has(value) else reasons.refusal(self._symbol, value)

    def restore(self) -> None:
        if self._symbol.user_value == self.base:
            return
        if self.base is None:
            self._symbol.unset_value()
        else:
            self._symbol.set_value(self.base)

    def assignable(self) -> Sequence[str] | Numbers:
        """Every value that can be assigned now (`*`); lazily for an int or hex.

        An int without a range in force, or with an empty one, gives nothing.
        """
        if self._symbol.orig_type in (BOOL, TRISTATE):
            return [TRI_TO_STR[value] for value in self._symbol.assignable]
        bounds = reasons.active_range(self._symbol)
        if bounds is None:
            return []
        return Numbers(bounds[0], bounds[1], str if self._symbol.orig_type == INT else hex)

    def bounds(self) -> tuple[int, int] | None:
        """The range in force now, both ends included; None where there is none."""
        return reasons.active_range(self._symbol)

    def widest(self) -> tuple[int, int] | None:
        """Of an int or hex what holds all its constant ranges; None where it has none."""
        if self._symbol.orig_type not in (INT, HEX):
            return None
        return reasons.widest_range(self._symbol)

    def everything(self) -> Sequence[str] | Numbers:
        """Every value that `assignable` can ever have, in its order."""
        if self._symbol.orig_type in (BOOL, TRISTATE):
            return ("n", "y") if self.count() == 2 else ("n", "m", "y")
        low, high = reasons.widest_range(self._symbol) or (0, 0)
        return Numbers(low, max(low, high), str if self._symbol.orig_type == INT else hex)

    def count(self) -> int | None:
        """How many values `assignable` can have; for an int with moving bounds, how many now.

        None where there is no bound.
        """
        if self._symbol.orig_type in (BOOL, TRISTATE):
            return (
                2 if self._symbol.orig_type == BOOL or not self._symbol.kconfig.modules.nodes else 3
            )
        bounds = reasons.widest_range(self._symbol)
        return None if bounds is None else max(1, bounds[1] - bounds[0] + 1)

    def allowed(self, value: str) -> str | None:
        """What the type and the constant ranges allow, where `value` can never be; else None."""
        return reasons.never(self._symbol, value)

    def unmet(self) -> tuple[str, str]:
        return reasons.unmet(self._symbol)

    def follows_from(self) -> list[str]:
        """The symbols that a symbol without a prompt gets its value from."""
        return reasons.sources(self._symbol)


class ChoiceVariable:
    """A Kconfig choice of which some members take turns at y; values are member names."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._members = {str(symbol.name): symbol for symbol in choice.syms}
        self.items = frozenset([choice, *choice.syms])
        self._base = {symbol: symbol.user_value for symbol in choice.syms}
        self._mode, self._selection = choice.user_value, choice.user_selection

    @property
    def has_prompt(self) -> bool:
        return any(node.prompt for node in self._choice.nodes)

    @property
    def visible(self) -> bool:
        return bool(self._choice.visibility)

    def assign(self, value: str) -> None:
        self._choice.set_value("y")
        self._members[value].set_value("y")

    def unmet(self) -> tuple[str, str]:
        return reasons.unmet(self._choice)

    def refusal(self, value: str) -> str | None:
        member = self._members[value]
        return None if member.str_value == "y" else reasons.not_selected(member)

    def restore(self) -> None:
        if self._choice.user_selection is self._selection and self._choice.user_value == self._mode:
            return
        self._choice.unset_value()
        for symbol, value in self._base.items():
            symbol.unset_value()
            if value is not None:
                symbol.set_value(value)
        if self._mode is not None:
            self._choice.set_value(self._mode)
        if self._selection is not None:
            self._selection.set_value(STR_TO_TRI["y"])


class Numbers:
    """The texts of the whole numbers from low to high, without a list of them.

    No sequence: `len` cannot count above `sys.maxsize`.
    """

    def __init__(self, low: int, high: int, spell: Callable[[int], str]) -> None:
        self._low = low
        self._spell = spell
        self.size = max(0, high + 1 - low)

    def at(self, index: int) -> str:
        """The text at an index below `size`."""
        return self._spell(self._low + index)

    def index(self, value: str) -> int:
        """The index of a text.

        Raises:
            ValueError: it is not one of them.
        """
        index = int(value, 0) - self._low
        if 0 <= index < self.size and self.at(index) == value:
            return index
        raise ValueError(f"`{value}` is not among the numbers")

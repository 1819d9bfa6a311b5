"""A Kconfig tree with a base: assign variables, read them back, render the configuration."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import kconfiglib

from ksweep import number
from ksweep.errors import InputError, Where
from ksweep.kconfig import loading
from ksweep.kconfig.base import BaseLines, read_base
from ksweep.kconfig.influences import Influences, Inputs, State, state
from ksweep.kconfig.variables import ChoiceVariable, SymbolVariable
from ksweep.model import SymbolType

_HEADER = "# A configuration made by ksweep\n"
_SETTLE_ROUNDS = 10
_TRUTH = {"y": Decimal(1), "m": Decimal("0.5"), "n": Decimal(0)}


class Tree:
    """One loaded Kconfig tree and the values that the user side has given so far.

    Variables remember the user values that were there when they were first asked for, so ask for
    them after the base and the fixed lines are in.
    """

    def __init__(self, path: str | Path, shell: bool = True) -> None:
        """Parses the tree; `shell` is whether it may run programs.

        Raises:
            InputError: it cannot be read or parsed.
        """
        self.path = str(path)
        self._shell = shell
        self._kconf = loading.load(path, shell)
        self.warnings = tuple(self._kconf.warnings)
        self._kconf.warn = False
        self._echo: loading.ModernKconfig | None = None
        self._base: BaseLines | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of the tree, relative to $srctree, in the order of reading."""
        return tuple(dict.fromkeys(self._kconf.kconfig_filenames))

    @property
    def digest(self) -> str:
        """SHA-256 over the names and contents of all files of the tree, 64 hex digits."""
        digest = hashlib.sha256()
        for name, source in zip(self._kconf.kconfig_filenames, self._kconf.sources, strict=True):
            digest.update(f"{name}\0{len(source)}\0{source}".encode())
        return digest.hexdigest()

    def load_base(self, path: str | Path, text: str | None = None) -> tuple[str, ...]:
        """Reads a `.config`; returns a warning for each line that cannot be read as an assignment.

        Where its `text` is given, the file is not read.

        Raises:
            InputError: the file cannot be read.
        """
        text = read_base(path) if text is None else text
        self._kconf.warnings.clear()
        self._kconf.warn = self._kconf.warn_assign_undef = True
        self._kconf.load_text(text)
        self._kconf.warn = False
        self._base = BaseLines(self._kconf, str(path), text)
        return tuple(self._base.shortened(self._kconf.warnings))

    def untaken_base(self, given: Iterable[str]) -> tuple[str, ...]:
        """A warning for each line of the base that does not hold; before anything is assigned.

        Args:
            given: the symbols that get values; of those and what follows from them only what can
                never be is told.
        """
        if self._base is None:
            return ()
        symbols = {self._kconf.syms[name] for name in given if self.has(name)}
        choices = {symbol.choice for symbol in symbols if symbol.choice}
        members = {member for choice in choices for member in choice.syms}
        changing = self.affected(frozenset(symbols | choices | members))
        return tuple(self._base.untaken(changing))

    def has(self, name: str) -> bool:
        """A symbol of that name is defined."""
        symbol = self._kconf.syms.get(name)
        return symbol is not None and bool(symbol.nodes)

    def symbol(self, name: str, where: Where) -> SymbolVariable:
        """The symbol named at `where`.

        Raises:
            InputError: Kconfig does not define it; with the nearest names.
        """
        if not self.has(name):
            near = difflib.get_close_matches(name, self.names(), n=3, cutoff=0.6)
            listed = " or ".join(f"CONFIG_{other}" for other in near)
            fix = (
                f"did you mean {listed}?"
                if near
                else f"define it in {self.path} or remove the line"
            )
            raise InputError(f"CONFIG_{name} is not defined in {self.path}", fix, where)
        return SymbolVariable(self._kconf.syms[name])

    def names(self) -> list[str]:
        """All defined symbols."""
        return [str(symbol.name) for symbol in self._kconf.unique_defined_syms]

    def truths(self) -> dict[str, bool]:
        """All defined symbols; whether each is a bool or a tristate."""
        types = (kconfiglib.BOOL, kconfiglib.TRISTATE)
        symbols = self._kconf.unique_defined_syms
        return {str(symbol.name): symbol.orig_type in types for symbol in symbols}

    def choices(self) -> list[tuple[str, tuple[str, ...]]]:
        """All choices: the name, empty without one, and the members."""
        return [
            (str(choice.name or ""), tuple(str(member.name) for member in choice.syms))
            for choice in self._kconf.unique_choices
            if choice.syms
        ]

    def choice(self, member: SymbolVariable) -> ChoiceVariable:
        """The choice that a member belongs to."""
        return ChoiceVariable(member.choice)

    def affected(self, items: frozenset[Any]) -> frozenset[Any]:
        """Every kconfiglib item that may change when one of `items` does, themselves included."""
        reached, stack = set(items), list(items)
        while stack:
            dependents = stack.pop()._dependents - reached
            reached |= dependents
            stack += dependents
        return self._reading.everything if self._reading.modules in reached else frozenset(reached)

    def deciders(self, items: frozenset[Any], decided: Collection[Any]) -> set[Any]:
        """Those of `decided` that can change any of the items, but not through others of them."""
        return self._reading.deciders(items, decided)

    def inputs(self) -> Inputs:
        """What a part of the configuration follows from; it is empty at first."""
        return Inputs(self._reading)

    @cached_property
    def _reading(self) -> Influences:
        return Influences(self._kconf)

    def state(self, items: Iterable[Any]) -> State:
        """All that others can read of the items as they stand."""
        return state(items)

    def term(self, name: str) -> Decimal | str | None:
        """A symbol's value in an expression; None where the configuration has no line for it."""
        variable = SymbolVariable(self._kconf.syms[name])
        if not variable.written:
            return None
        if variable.type in (SymbolType.BOOL, SymbolType.TRISTATE):
            return _TRUTH[variable.value]
        if variable.type is SymbolType.STRING:
            return variable.value
        if not variable.value:  # an int without a default, or one that follows an inactive symbol
            return None
        return Decimal(int(variable.value, 10 if variable.type is SymbolType.INT else 16))

    def render(self) -> tuple[str, str]:
        """The complete configuration as it stands, and its identity (12 hex digits).

        The text is read back until it no longer changes, as C's conf would find it.

        Raises:
            InputError: it never settles.
        """
        if self._echo is None:
            self._echo = loading.load(self.path, self._shell)
            self._echo.warn = False
        text = self._kconf._config_contents(_HEADER)
        for _ in range(_SETTLE_ROUNDS):
            self._echo.load_text(text)
            again = self._echo._config_contents(_HEADER)
            if again == text:
                return text, _identity(self._echo)
            text = again
        raise InputError(
            "a configuration changes each time it is read",
            "look for defaults that depend on their own symbol",
            Where(self.path),
        )


def _identity(kconf: kconfiglib.Kconfig) -> str:
    """The first 12 hex digits of SHA-256 over the sorted `NAME=value` lines, settings left out."""
    lines = []
    for symbol in kconf.unique_defined_syms:
        if symbol.config_string and not symbol.name.startswith("SWEEP_"):
            value = number.identity_value(symbol.str_value, SymbolVariable(symbol).type)
            lines.append(f"{symbol.name}={value}\n".encode())
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()[:12]

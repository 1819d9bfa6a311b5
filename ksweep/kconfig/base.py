"""The base configuration: its text, and which of its lines Kconfig does not take."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kconfiglib import BOOL, HEX, INT, TRI_TO_STR, TRISTATE, Symbol

from ksweep import inputfile
from ksweep.errors import InputError, Where
from ksweep.kconfig.language import NewerLanguage
from ksweep.kconfig.variables import SymbolVariable

_DEFINED = re.compile(r" \(defined at [^)]*\)")


def read_base(path: str | Path) -> str:
    """The text of a base configuration.

    Raises:
        InputError: the file cannot be read.
    """
    fix = "make one with `make defconfig`, or name another one with --base"
    what = "cannot read the base configuration"
    try:
        data = inputfile.read(path)
        data.decode()
    except OSError as error:
        raise InputError(f"{what}: {error.strerror or error}", fix, Where(str(path))) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{what}: it is not UTF-8", fix, Where(str(path), line)) from None
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig").read()
    before, nul, _ = text.partition("\0")
    if nul:  # which no argument and no environment of a program can hold
        where = Where(str(path), before.count("\n") + 1)
        raise InputError("there is a NUL character in the base configuration", fix, where)
    return text


class BaseLines:
    """The lines of a base that a tree has loaded, with the symbol of each."""

    def __init__(self, kconf: NewerLanguage, path: str, text: str) -> None:
        self._path = path
        self._lines: dict[Symbol, tuple[Where, str]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            match = kconf._set_match(line) or kconf._unset_match(line)
            symbol = kconf.syms.get(match[1]) if match else None
            if symbol is not None and symbol.nodes and _assigns(line.rstrip(), symbol):
                self._lines[symbol] = Where(path, number), line.rstrip()

    def shortened(self, warnings: Iterable[str]) -> Iterator[str]:
        """Kconfiglib's warnings on a base in memory, without those that `untaken` gives."""
        for warning in warnings:
            if warning.startswith("memory:") and not warning.endswith("ignored."):
                text = warning.replace("memory:", f"{self._path}:", 1)
                yield _DEFINED.sub("", text.replace(": warning: ", ": ", 1))

    def untaken(self, changing: frozenset[Any]) -> Iterator[str]:
        """A warning for each line that does not hold, and never will.

        Args:
            changing: what the range file may change: there only what the type and the constant
                ranges of a symbol forbid is told.
        """
        for symbol, (where, line) in self._lines.items():
            reason = _never(symbol) or (None if symbol in changing else _untaken(symbol))
            if reason:
                yield f"{where}: {line} does not hold: {reason}"


def _assigns(line: str, symbol: Symbol) -> bool:
    """The line gives the symbol a value, and does not say that a number has none."""
    return symbol.orig_type not in (INT, HEX) or (line[0] != "#" and line[-1] != "=")


def _asked(symbol: Symbol) -> str | None:
    """The value that a line gave to a symbol; None where the line is malformed."""
    if symbol.user_value is None:
        return None
    is_truth = symbol.orig_type in (BOOL, TRISTATE)
    return str(TRI_TO_STR[symbol.user_value] if is_truth else symbol.user_value)


def _never(symbol: Symbol) -> str | None:
    """What a symbol allows, where the value that was asked for can never be."""
    value, variable = _asked(symbol), SymbolVariable(symbol)
    if value is None:
        return f"it is no {variable.type.value}"
    allowed = variable.allowed(value)
    return f"{allowed} is allowed" if allowed else None


def _untaken(symbol: Symbol) -> str | None:
    """Why a symbol has not the value that was asked for; None where it has."""
    value, variable = _asked(symbol), SymbolVariable(symbol)
    if value is None or ((variable.written or value == "n") and variable.has(value)):
        return None
    if not variable.has_prompt:
        return f"it follows from other symbols and is {variable.value or 'not set'}"
    if not variable.visible:
        return variable.unmet()[0]
    return f"{variable.refusal(value)}; it is {variable.value or 'empty'}"

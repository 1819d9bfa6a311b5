"""Text to exact number and back: no binary float ever decides a value or its spelling."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from enum import StrEnum

from ksweep.model import SymbolType

MAX_DIGITS = 1000
"""More digits, or a larger exponent, than this is text and not a number: it bounds all work."""

EXACT = Context(
    prec=32 * MAX_DIGITS,
    Emax=64 * MAX_DIGITS,
    Emin=-64 * MAX_DIGITS,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow],
)
"""Arithmetic on parsed numbers that would rather raise than round."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?")
_INT = re.compile(r"([+-]?)([0-9]+)")
_HEX = re.compile(r"([+-]?)(?:0[xX])?([0-9a-fA-F]+)")
_WORDS = {SymbolType.BOOL: frozenset("yn"), SymbolType.TRISTATE: frozenset("ymn")}


class Notation(StrEnum):
    """How a number is written."""

    PLAIN = "plain"
    SCIENTIFIC = "scientific"
    HEX = "hex"


@dataclass(frozen=True, slots=True)
class Style:
    """A notation and how many decimals it shows at least (of the mantissa where scientific)."""

    notation: Notation
    decimals: int = 0


def parse(text: str, max_digits: int = MAX_DIGITS) -> Decimal | None:
    """The value of a decimal literal (sign, point, exponent allowed); None for other text."""
    return Decimal(text) if is_decimal(text, max_digits) else None


def is_decimal(text: str, max_digits: int = MAX_DIGITS) -> bool:
    """Whether `parse` gives its value."""
    match = _DECIMAL.fullmatch(text) if len(text) <= max_digits else None
    return match is not None and abs(int(match[1] or 0)) <= max_digits


def told_apart(texts: Collection[str]) -> bool:
    """Whether all texts are decimal numbers, and floats tell each from all others.

    They do not where two are one number (`3.1` and `3.10` are two versions), or where one is
    beyond what a float holds.
    """
    if not all(map(is_decimal, texts)):
        return False
    values = {float(text) for text in texts}
    underflow = 0.0 in values and any(not float(text) and parse(text) for text in texts)
    return len(values) == len(texts) and math.inf not in map(abs, values) and not underflow


def parse_hex(text: str) -> Decimal | None:
    """The value of a hexadecimal literal, with or without sign and `0x`; None for other text."""
    if len(text) > MAX_DIGITS or _HEX.fullmatch(text) is None:
        return None
    return Decimal(int(text, 16))


def is_valid(text: str, type: SymbolType) -> bool:
    """Whether Kconfig accepts `canonical(text, type)` for a symbol of that type."""
    if type is SymbolType.STRING:
        return True
    if type is SymbolType.INT:
        return len(text) <= MAX_DIGITS and _INT.fullmatch(text) is not None
    if type is SymbolType.HEX:
        return not text.startswith(("-", "+")) and parse_hex(text) is not None
    return text in _WORDS[type]


def canonical(text: str, type: SymbolType) -> str:
    """The spelling of a valid value that every Kconfig implementation accepts and keeps.

    The C implementation refuses `+4` and `007` as an int. Hexadecimal digits keep their case.
    """
    if type is SymbolType.INT and (match := _INT.fullmatch(text)):
        digits = match[2].lstrip("0") or "0"
        return f"-{digits}" if match[1] == "-" and digits != "0" else digits
    if type is SymbolType.HEX and _HEX.fullmatch(text):
        return text if text[:2] in ("0x", "0X") else f"0x{text}"
    return text


def identity_value(text: str, type: SymbolType) -> str:
    """The spelling that a configuration's identity is computed over: one for each value."""
    if type is SymbolType.HEX and (match := _HEX.fullmatch(text)):
        return f"0x{match[2].lower().lstrip('0') or '0'}"
    return canonical(text, type)


def style_of(text: str) -> Style:
    """How a decimal literal is written.

    Examples:
        `2.50` has two decimals; `2.5e-4` is scientific with one.
    """
    mantissa, exponent, _ = text.lower().partition("e")
    _, _, decimals = mantissa.partition(".")
    return Style(Notation.SCIENTIFIC if exponent else Notation.PLAIN, len(decimals))


def decimals_of(value: Decimal) -> int:
    """How many decimals it takes to write the value as given, trailing zeros included."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # parsed numbers are finite
    return max(0, -exponent)


def spell(value: Decimal, style: Style) -> str:
    """Write a value exactly: with the style's decimals, or more where it needs them."""
    if style.notation is Notation.HEX:
        return f"{int(value):#x}"
    shortest = EXACT.normalize(value)
    if style.notation is Notation.PLAIN or not value:
        return f"{shortest:.{max(style.decimals, decimals_of(shortest))}f}"
    digits = len(shortest.as_tuple().digits)
    return f"{shortest:.{max(style.decimals, digits - 1)}e}".replace("e+", "e")

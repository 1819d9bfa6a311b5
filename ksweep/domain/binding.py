"""Pieces of a right-hand side and the type of their symbol → a domain, or what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import groupby

from ksweep import number
from ksweep.domain.distributions import Distribution, DistributionKind
from ksweep.domain.ranges import Range
from ksweep.domain.rangespec import RangeSpec, parse_number
from ksweep.domain.repeats import find_repeat
from ksweep.domain.values import AnyValue, Choices, Piece, Pieces, shorten
from ksweep.errors import InputError, Where
from ksweep.model import Domain, SymbolType

_DISTRIBUTION = re.compile(r"(uniform|loguniform)\((.*)\)")
_LARGEST_POWER = 300  # of ten: a float has room beyond it for the distance of two such ends
_VALUE_OF = {
    SymbolType.BOOL: ("a bool", "y or n"),
    SymbolType.TRISTATE: ("a tristate", "y, m or n"),
    SymbolType.INT: ("an int", "a whole number such as 4"),
    SymbolType.HEX: ("a hex", "a hexadecimal number such as 0x1f"),
}


def is_axis(pieces: Sequence[Piece], type: SymbolType) -> bool:
    """Whether a right-hand side stands for more than one fixed value."""
    return len(pieces) > 1 or any(
        _is_unlisted(piece) or RangeSpec.of(piece, type) for piece in pieces
    )


def bind(pieces: Sequence[Piece], type: SymbolType, where: Where, symbol: str) -> Domain:
    """The values of one symbol (named without `CONFIG_`), from at least one piece.

    Raises:
        InputError: A piece is malformed or not of the type, or a value is repeated.
    """
    try:
        unlisted = next(filter(_is_unlisted, pieces), None)
        if unlisted is None:
            return _listed(pieces, type, f"CONFIG_{symbol}")
        if len(pieces) > 1:
            raise InputError(
                f"`{unlisted}` cannot be mixed with other values",
                f'write it alone, or in quotes ("{unlisted}") if the text is meant',
            )
        return _any_value(type) if unlisted.text == "*" else _distribution(unlisted.text, type)
    except InputError as error:
        raise InputError(error.what, error.fix, where) from None


def _is_unlisted(piece: Piece) -> bool:
    """Whether a piece is `*` or a distribution."""
    text = piece.text
    return not piece.quoted and (text == "*" or _DISTRIBUTION.fullmatch(text) is not None)


def _listed(pieces: Sequence[Piece], type: SymbolType, name: str) -> Domain:
    parts = [_part(piece, type, name) for piece in pieces]
    repeat = find_repeat(parts, type)
    if repeat is not None:
        raise InputError(
            f"{name} has the value `{shorten(repeat)}` twice", "remove one, or shorten the range"
        )
    domains = _merge(parts)
    return domains[0] if len(domains) == 1 else Pieces(tuple(domains))


def _merge(parts: Sequence[str | Range]) -> list[Domain]:
    """Put neighbouring written-out values into one domain."""
    domains: list[Domain] = []
    for _, group in groupby(parts, key=lambda part: isinstance(part, str)):
        run = list(group)
        texts = tuple(part for part in run if isinstance(part, str))
        domains += [Choices(texts)] if texts else [part for part in run if isinstance(part, Range)]
    return domains


def _part(piece: Piece, type: SymbolType, name: str) -> str | Range:
    """A range, or a value in the spelling that Kconfig keeps."""
    spec = RangeSpec.of(piece, type)
    if spec is not None:
        return spec.build()
    if number.is_valid(piece.text, type):
        return number.canonical(piece.text, type)
    a_type, values = _VALUE_OF[type]
    value = number.parse(piece.text)
    whole = type is SymbolType.INT and value is not None and value == value.to_integral_value()
    raise InputError(
        f"{name} is {a_type} and `{shorten(piece.text)}` is not one",
        f"write {value:.0f}" if whole else f"write {values}",
    )


def _any_value(type: SymbolType) -> AnyValue:
    if type is SymbolType.STRING:
        raise InputError(
            "`*` is every value, and a string has no end of them",
            'write the values, or "*" in quotes if the text is meant',
        )
    return AnyValue()


def _distribution(text: str, type: SymbolType) -> Distribution:
    """A distribution whose ends are in order."""
    match = _DISTRIBUTION.fullmatch(text)
    assert match is not None
    kind = DistributionKind(match[1])
    if type in (SymbolType.BOOL, SymbolType.TRISTATE):
        raise InputError(f"`{text}` draws numbers, and a {type} has none", "write *")
    ends = [parse_number(end.strip(), type) for end in match[2].split(",")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise InputError(
            f"`{shorten(text)}` does not have two numbers", f"write {kind}(LOW, HIGH) with numbers"
        )
    distribution = Distribution(kind, ends[0], ends[1], type)
    _require_drawable(distribution, text)
    _require_order(distribution, text)
    return distribution


def _require_drawable(distribution: Distribution, text: str) -> None:
    """Require ends that binary floats, which values are drawn with, can tell apart from 0."""
    for end in (distribution.low, distribution.high):
        if end and not -_LARGEST_POWER <= end.adjusted() <= _LARGEST_POWER:
            raise InputError(
                f"`{shorten(text)}` has an end that is too large or too near to 0 to draw from",
                f"keep both between 1e-{_LARGEST_POWER} and 1e{_LARGEST_POWER}, or at 0",
            )


def _require_order(distribution: Distribution, text: str) -> None:
    kind, low, high = distribution.kind, distribution.low, distribution.high
    if low > high:
        first, second = text[len(kind) + 1 : -1].split(",")
        raise InputError(
            f"`{text}` has its ends the wrong way round",
            f"write {kind}({second.strip()}, {first.strip()})",
        )
    if kind is DistributionKind.LOGUNIFORM and low <= 0:
        raise InputError(
            f"`{text}` starts at 0 or below, which has no logarithm",
            "start above 0, or use uniform",
        )
    if distribution.integer and math.ceil(low) > math.floor(high):
        raise InputError(f"there is no whole number in `{text}`", "move its ends apart")
    if distribution.type is SymbolType.HEX and low < 0:
        raise InputError(f"`{text}` has values below 0, and a hex has none", "start at 0x0")

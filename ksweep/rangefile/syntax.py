"""One line of a range file → a statement, or what is wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from ksweep import expression
from ksweep.domain import Piece, is_axis, quote, shorten
from ksweep.errors import InputError, Where
from ksweep.model import AxisKind, SymbolType
from ksweep.rangefile.scanner import Scanner, cut_comment, reject_control_characters
from ksweep.rangefile.statements import Exclude, Include, IncludeBase, Line, Statement

SETTING = "SWEEP_"
"""How the names of ksweep's own settings begin."""

_BLANK = " \t"
_UNSET = re.compile(r"# CONFIG_([A-Za-z0-9_]+) is not set[ \t]*")
_KEYWORD = re.compile(r'(exclude|source|rsource)(?=[ \t"]|$)')
_IF = re.compile(r"[ \t]+if(?![A-Za-z0-9_])")
_NAME = re.compile(r"CONFIG_([A-Za-z0-9_]+)")
_ALMOST_NAME = re.compile(r"(?:[Cc][Oo][Nn][Ff][Ii][Gg]_)?([A-Za-z0-9_]+)")
_FORMS = (
    "write CONFIG_X=1|2, CONFIG_A|CONFIG_B=y, (CONFIG_A, CONFIG_B)=(1, 2)|(3, 4), "
    'exclude if …, source "…", rsource "…" or a comment behind #'
)


def parse_line(line: str, where: Where) -> Statement | None:
    """What a line says; None where it is blank or a comment.

    Raises:
        InputError: The line is none of the forms.
    """
    try:
        if unset := _UNSET.fullmatch(line):
            return Line(AxisKind.SINGLE, (unset[1],), ((Piece("n", quoted=False),),), where, "n")
        reject_control_characters(line)
        code = cut_comment(line).strip(_BLANK)
        if not code:
            return None
        if keyword := _KEYWORD.match(code):
            return _KEYWORDS[keyword[1]](code[keyword.end() :], where)
        return _assignment(code, where)
    except InputError as error:
        raise InputError(error.what, error.fix, where) from None


def _exclude(rest: str, where: Where) -> Exclude:
    condition = _IF.match(rest)
    if condition is None:
        raise InputError("`exclude` has no `if`", "write exclude if A && B > 1, say")
    return Exclude(expression.parse(rest[condition.end() :].strip(_BLANK), where), where)


def _include(base: IncludeBase, rest: str, where: Where) -> Include:
    rest = rest.strip(_BLANK)
    piece = Scanner(rest).piece("") if rest.startswith('"') else Piece(rest, quoted=False)
    if not piece.text:
        raise InputError(f"`{base}` names no file", f'write {base} "common-range", say')
    if not piece.quoted:
        raise InputError(
            f"the path behind `{base}` has no quotes", f"write {base} {shorten(quote(rest))}"
        )
    return Include(base, piece.text, where)


_KEYWORDS: dict[str, Callable[[str, Where], Statement]] = {
    "exclude": _exclude,
    "source": partial(_include, IncludeBase.SRCTREE),
    "rsource": partial(_include, IncludeBase.FILE),
}


def _assignment(code: str, where: Where) -> Line:
    left, equals, right = code.partition("=")
    if not equals or '"' in left:
        raise InputError(f"`{shorten(code)}` is none of the forms of a line", _FORMS)
    if left != left.rstrip(_BLANK) or right != right.lstrip(_BLANK):
        tight = f"{left.rstrip(_BLANK)}={right.lstrip(_BLANK)}"
        raise InputError("there is white space around `=`", f"write {shorten(tight)}")
    if left.startswith("("):
        return _linked(left, right, where)
    symbols = _symbols(left.split("|"), code)
    return _choice(symbols, right, where) if len(symbols) > 1 else _single(symbols, right, where)


def _symbols(names: Sequence[str], code: str) -> tuple[str, ...]:
    """The symbols named on a left-hand side."""
    symbols = []
    for name in (name.strip(_BLANK) for name in names):
        if not (match := _NAME.fullmatch(name)):
            almost = _ALMOST_NAME.fullmatch(name)
            if almost is None:
                raise InputError(f"`{shorten(code)}` is none of the forms of a line", _FORMS)
            raise InputError(
                f"the name `{shorten(name)}` does not begin with CONFIG_",
                f"write CONFIG_{shorten(almost[1])}",
            )
        symbols.append(match[1])
    for symbol, count in Counter(symbols).items():
        if count > 1:
            raise InputError(f"CONFIG_{shorten(symbol)} is named twice", "name every symbol once")
    return tuple(symbols)


def _single(symbols: tuple[str, ...], right: str, where: Where) -> Line:
    pieces = _pieces(right)
    _reject_varying_setting(symbols, is_axis(pieces, SymbolType.STRING))
    return Line(AxisKind.SINGLE, symbols, (pieces,), where, right)


def _pieces(right: str) -> tuple[Piece, ...]:
    if not right:
        return (Piece("", quoted=False),)
    scanner = Scanner(right)
    pieces = [scanner.piece("|")]
    while scanner.take("|"):
        pieces.append(scanner.piece("|"))
    return tuple(pieces)


def _choice(symbols: tuple[str, ...], right: str, where: Where) -> Line:
    _reject_varying_setting(symbols, varies=True)
    if right != "y":
        names = "|".join(f"CONFIG_{symbol}" for symbol in symbols)
        raise InputError(
            f"one of several symbols can only be y at a time, not `{shorten(right)}`",
            f"write {shorten(names)}=y, or a line for every symbol",
        )
    return Line(AxisKind.CHOICE, symbols, (), where, right)


def _linked(left: str, right: str, where: Where) -> Line:
    if not left.endswith(")"):
        raise InputError(
            f"`{shorten(left)}` has no closing parenthesis", f"write {shorten(left)})=(1, 2)|(3, 4)"
        )
    symbols = _symbols(left[1:-1].split(","), f"{left}={right}")
    _reject_varying_setting(symbols, varies=True)
    rows = _rows(right)
    for number, row in enumerate(rows, start=1):
        _check_row(number, row, len(symbols))
    return Line(AxisKind.LINKED, symbols, rows, where, right)


def _rows(right: str) -> tuple[tuple[Piece, ...], ...]:
    scanner = Scanner(right)
    rows = [_row(scanner)]
    while scanner.take("|"):
        rows.append(_row(scanner))
    if scanner.skip_blanks():
        raise InputError(
            f"there is `{shorten(scanner.rest)}` behind a row",
            "separate rows with `|`: (1, 2)|(3, 4)",
        )
    return tuple(rows)


def _row(scanner: Scanner) -> tuple[Piece, ...]:
    if not scanner.take("("):
        found = shorten(scanner.rest)
        raise InputError(
            f"linked symbols need rows in parentheses, and there is `{found}`"
            if found
            else "linked symbols need a row in parentheses, and there is nothing",
            "write rows such as (1, 2)|(3, 4)",
        )
    row = [scanner.piece(",)")]
    while scanner.take(","):
        row.append(scanner.piece(",)"))
    if not scanner.take(")"):
        raise InputError("a row has no closing parenthesis", "write rows such as (1, 2)|(3, 4)")
    return tuple(row)


def _check_row(number: int, row: Sequence[Piece], width: int) -> None:
    shown = shorten(f"({', '.join(map(str, row))})")
    if len(row) != width:
        raise InputError(
            f"row {number}, {shown}, has {len(row)} values for {width} symbols",
            f"write {width} values in every row",
        )
    for piece in row:
        if is_axis([piece], SymbolType.STRING):
            raise InputError(
                f"row {number}, {shown}, has `{shorten(str(piece))}`, which is not one value",
                f"write a row for each value, or {shorten(quote(piece.text))} if the text is meant",
            )


def _reject_varying_setting(symbols: Sequence[str], varies: bool) -> None:
    setting = next((symbol for symbol in symbols if symbol.startswith(SETTING)), None)
    if varies and setting is not None:
        raise InputError(
            f"CONFIG_{setting} is a setting of the sweep, which cannot vary",
            "write one value, in quotes if it has |, : or * in it",
        )

"""What a line of a range file can say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ksweep.domain import Piece
from ksweep.errors import Where
from ksweep.expression import Expression
from ksweep.model import AxisKind


@dataclass(frozen=True, slots=True)
class Line:
    """Symbols (without `CONFIG_`) and what they may be.

    A single symbol has one row of its pieces, at least one; linked ones have a row for each
    alternative, with a piece for each symbol; a choice has none. `text` is the right-hand side.
    """

    kind: AxisKind
    symbols: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]
    where: Where
    text: str


@dataclass(frozen=True, slots=True)
class Exclude:
    """Configurations in which the expression holds are left out."""

    expression: Expression
    where: Where


class IncludeBase(StrEnum):
    """What the path of an included file is relative to, by the keyword that says so."""

    SRCTREE = "source"
    FILE = "rsource"


@dataclass(frozen=True, slots=True)
class Include:
    """Another range file, read in the place of the line."""

    base: IncludeBase
    path: str
    where: Where


Statement: TypeAlias = Line | Exclude | Include

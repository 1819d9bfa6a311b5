"""The kinds of domain beside ranges, and the pieces that they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ksweep.model import Domain

_SHOWN_AT_MOST = 60


def quote(text: str) -> str:
    """The text in double quotes, as a range file has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def shorten(text: str) -> str:
    """The text as a message shows it: its beginning where it is long."""
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}…"


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two `|` of a right-hand side; `text` is without quotes and escapes."""

    text: str
    quoted: bool

    def __str__(self) -> str:
        return quote(self.text) if self.quoted else self.text


@dataclass(frozen=True, slots=True)
class Choices:
    """Values that are written out."""

    values: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def text(self) -> str:
        """The values, separated by `|`."""
        return "|".join(self.values)

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def index(self, value: str) -> int:
        """The index of a value.

        Raises:
            ValueError: It is not one of the values.
        """
        return self.values.index(value)

    def at(self, index: int) -> str:
        """The value at an index."""
        return self.values[index]

    def extremes(self) -> Iterator[str]:
        """All values: nothing is known of their order."""
        return iter(self.values)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Listed domains one after the other."""

    parts: tuple[Domain, ...]

    @property
    def size(self) -> int:
        """How many values there are."""
        return sum(part.size or 0 for part in self.parts)

    @property
    def text(self) -> str:
        """The parts, separated by `|`."""
        return "|".join(part.text for part in self.parts)

    def __iter__(self) -> Iterator[str]:
        for part in self.parts:
            yield from part

    def index(self, value: str) -> int:
        """The index of a value.

        Raises:
            ValueError: It is not one of the values.
        """
        before = 0
        for part in self.parts:
            try:
                return before + part.index(value)
            except ValueError:
                before += part.size or 0
        raise ValueError(f"`{value}` is not in `{self.text}`")

    def at(self, index: int) -> str:
        """The value at an index."""
        left = index
        for part in self.parts:
            size = part.size or 0
            if left < size:
                return part.at(left)
            left -= size
        raise IndexError(index)

    def extremes(self) -> Iterator[str]:
        """The extremes of every part."""
        for part in self.parts:
            yield from part.extremes()


class Unlisted:
    """What the domains without a list of values share."""

    __slots__ = ()

    @property
    def size(self) -> None:
        """None: the values cannot be listed beforehand."""
        return None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def index(self, value: str) -> int:
        """Nothing has an index here.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"`{value}` has no index where values are not listed")

    def at(self, index: int) -> str:
        """Nothing has an index here.

        Raises:
            IndexError: Always.
        """
        raise IndexError(index)


@dataclass(frozen=True, slots=True)
class AnyValue(Unlisted):
    """`*`: every value that Kconfig allows, which only Kconfig knows."""

    @property
    def text(self) -> str:
        """The domain as a range file has it."""
        return "*"

    def extremes(self) -> Iterator[str]:
        """None: whatever Kconfig allows is allowed."""
        return iter(())

"""The errors of ksweep: each says where, what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

_SHOWN_AT_MOST = 20


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file; `line` counts from 1 and is None where the whole file is meant."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class KsweepError(Exception):
    """Anything that a user is told about; its text is `where: what; fix`.

    Attributes:
        exit_code: what a command that ends with this error returns.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, fix: str = "", where: Where | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where is not None else ""
        remedy = f"; {self.fix}" if self.fix else ""
        return f"{place}{self.what}{remedy}"


class InputError(KsweepError):
    """What was asked for is wrong; nothing was run or written."""


class InputErrorGroup(InputError):  # noqa: N818 - it is several of them
    """Several input errors found in one reading; its text has one of them a line, 20 at most."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        super().__init__(errors[0].what, errors[0].fix, errors[0].where)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        lines = list(dict.fromkeys(map(str, self.errors)))
        more = len(lines) - _SHOWN_AT_MOST
        return "\n".join([*lines[:_SHOWN_AT_MOST], *([f"and {more:,} more"] if more > 0 else [])])


class Mistakes:
    """What is wrong with an input: gathered, so that all of it is told at once."""

    def __init__(self) -> None:
        self._found: list[InputError] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, error: InputError) -> None:
        """Note a mistake, or each of several."""
        self._found += error.errors if isinstance(error, InputErrorGroup) else [error]

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Notes the mistake that ends what is done inside."""
        try:
            yield
        except InputError as error:
            self.add(error)

    def check(self) -> None:
        """See that there is none.

        Raises:
            InputError: there is one; where there are several, all of them, sorted by place.
        """
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise InputErrorGroup(sorted(self._found, key=_place))


def _place(error: InputError) -> tuple[str, int]:
    return (error.where.file, error.where.line or 0) if error.where else ("", 0)


class SurroundingsError(KsweepError):
    """The disk, a process or a back-end failed; what was recorded is valid."""

    exit_code = 3

"""The errors of ksweep: each says where, what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


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
    """Several input errors found in one reading; its text has one of them a line."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        super().__init__(errors[0].what, errors[0].fix, errors[0].where)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class SurroundingsError(KsweepError):
    """The disk, a process or a back-end failed; what was recorded is valid."""

    exit_code = 3

"""Range files from disk: text, included files, and which line of several holds."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ksweep import inputfile
from ksweep.errors import InputError, InputErrorGroup, Mistakes, Where
from ksweep.model import Assignment
from ksweep.rangefile.overriding import Placed, Source, resolve
from ksweep.rangefile.statements import Exclude, Include, IncludeBase, Line
from ksweep.rangefile.syntax import SETTING, parse_line

_DEEPEST = 50
"""How deep files may include each other."""


_LIKE_A_LINE = re.compile(r"\s*(CONFIG_|[A-Z0-9_|]+=|\(\s*[A-Z]|exclude\b|r?source\b)")


@dataclass(frozen=True, slots=True)
class RangeFile:
    """What a range file says, the files that it includes among it.

    `lines` are in file order, without the settings (the symbols `SWEEP_…`). Every path is spelled
    as it was reached from `path`.
    """

    path: str
    lines: tuple[Line, ...]
    excludes: tuple[Exclude, ...]
    settings: tuple[Assignment, ...]
    files: tuple[str, ...]


def read(
    path: Path,
    srctree: Path,
    texts: Mapping[str, str] | None = None,
    mistakes: Mistakes | None = None,
) -> RangeFile:
    """Read a range file; `source` in it is relative to `srctree`.

    Args:
        path: of the file.
        srctree: what `source` is relative to.
        texts: the files by their paths, where they are not to be read from disk.
        mistakes: where everything that is wrong in it, and in the files that it includes, is
            noted; the rest is read.

    Raises:
        InputErrorGroup: with all of that, where it is not to be noted.
    """
    reader = _Reader(srctree, texts)
    reader.read(Source(str(path), None))
    lines, repetitions = resolve(reader.lines)
    errors = [*reader.errors, *repetitions]
    if errors:
        found = InputErrorGroup(errors)
        if mistakes is None:
            raise found
        mistakes.add(found)
    settings = [line for line in lines if _is_setting(line)]
    return RangeFile(
        path=str(path),
        lines=tuple(line for line in lines if not _is_setting(line)),
        excludes=tuple(reader.excludes),
        settings=tuple(
            Assignment(line.symbols[0], line.rows[0][0].text, line.where) for line in settings
        ),
        files=tuple(reader.files),
    )


def _is_setting(line: Line) -> bool:
    return line.symbols[0].startswith(SETTING)


class _Reader:
    """Collects what is said, and what is wrong, in the order of the files' text."""

    def __init__(self, srctree: Path, texts: Mapping[str, str] | None) -> None:
        self.lines: list[Placed] = []
        self.excludes: list[Exclude] = []
        self.errors: list[InputError] = []
        self.files: list[str] = []
        self._srctree = srctree
        self._texts = texts
        self._included_at: dict[str, Where | None] = {}

    def read(self, source: Source, include: Include | None = None) -> None:
        """Read a file and everything that it includes."""
        try:
            self._register(source, include)
            text = self._text(source.path, include)
        except InputError as error:
            self.errors.append(error)
            return
        if include is None and _is_program(text):
            what = "this is a program and no range file: no line of it says what a symbol may be"
            fix = (
                'name it in a range file: CONFIG_SWEEP_COMMAND="…", and lines such as CONFIG_X=1|2'
            )
            self.errors.append(InputError(what, fix, Where(source.path)))
            return
        for number, line in enumerate(text.split("\n"), start=1):
            try:
                statement = parse_line(line.removesuffix("\r"), Where(source.path, number))
            except InputError as error:
                self.errors.append(error)
                continue
            if isinstance(statement, Line):
                self.lines.append(Placed(statement, source))
            elif isinstance(statement, Exclude):
                self.excludes.append(statement)
            elif isinstance(statement, Include):
                self.read(Source(self._target(statement, source), source), statement)

    def _text(self, path: str, include: Include | None) -> str:
        return _text(path, include) if self._texts is None else self._texts.get(path, "")

    def _target(self, include: Include, source: Source) -> str:
        bases = {IncludeBase.SRCTREE: self._srctree, IncludeBase.FILE: Path(source.path).parent}
        return str(bases[include.base] / include.path)

    def _register(self, source: Source, include: Include | None) -> None:
        """Require that a file is read once and not too deep below the first."""
        where = include.where if include else None
        real = os.path.realpath(source.path)
        if any(os.path.realpath(above.path) == real for above in source.ancestors()):
            raise InputError(f"`{source.path}` is included in a circle", "remove this line", where)
        if real in self._included_at:
            place = self._included_at[real]
            raise InputError(
                f"`{source.path}` is already included at {place}", "include it once", where
            )
        if len(source.ancestors()) > _DEEPEST:
            raise InputError(
                f"files include each other more than {_DEEPEST} deep",
                "include them directly",
                where,
            )
        self._included_at[real] = where
        self.files.append(source.path)


def _is_program(text: str) -> bool:
    """Whether it says something, and nothing in the way of a range file."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    foreign = len(lines) > 1 or (bool(lines) and text.startswith("#!"))
    return foreign and not any(map(_LIKE_A_LINE.match, lines))


def _text(path: str, include: Include | None) -> str:
    """The text of a file, without a byte order mark."""
    try:
        data = inputfile.read(path)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise _unreadable(path, reason, include) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"the byte 0x{data[error.start]:02x} is not UTF-8",
            "save the file as UTF-8",
            Where(path, line),
        ) from None
    if not text.strip():
        raise InputError("the file is empty", "write a line such as CONFIG_X=1|2", Where(path))
    return text


def _unreadable(path: str, reason: str, include: Include | None) -> InputError:
    if include is None:
        return InputError(f"cannot be read: {reason}", "name a range file", Where(path))
    return InputError(
        f"`{path}` cannot be read: {reason}",
        "`source` is relative to $srctree, `rsource` to the file that it is in",
        include.where,
    )

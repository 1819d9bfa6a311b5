"""Walking over one line of a range file: quotes, comments, pieces.

Every function takes time linear in the line. Errors carry no place: the caller adds it.
"""

from __future__ import annotations

import re

from ksweep.domain import Piece, quote, shorten
from ksweep.errors import InputError

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_QUOTED = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
_ESCAPE = re.compile(r"\\(.)")
_CALL = re.compile(r"(?:log)?uniform\(")
_QUOTE_OR_HASH = re.compile(r'["#]')
_BLANK = " \t"


def reject_control_characters(line: str) -> None:
    """Raise an error that names the first control character but tab."""
    if match := _CONTROL.search(line):
        raise InputError(
            f"there is a control character ({match[0]!r}) in column {match.start() + 1}",
            "remove it",
        )


def cut_comment(line: str) -> str:
    """The line without the comment that follows white space outside quotes."""
    position = 0
    while match := _QUOTE_OR_HASH.search(line, position):
        start = match.start()
        if match[0] == '"':
            position = _match_quoted(line, start).end()
        elif start == 0 or line[start - 1] in _BLANK:
            return line[:start]
        else:
            position = start + 1
    return line


def _match_quoted(text: str, start: int) -> re.Match[str]:
    match = _QUOTED.match(text, start)
    if match is None:
        raise InputError(
            f"the quote in column {start + 1} is not closed",
            'close it with " (a quote inside quotes is \\")',
        )
    return match


def unescape(body: str) -> str:
    r"""The text that stands between quotes as `body`; `\"` and `\\` are the escapes.

    Raises:
        InputError: It has another backslash, or a tab.
    """
    for match in _ESCAPE.finditer(body):
        if match[1] not in '"\\':
            raise InputError(
                f"`{match[0]}` in quotes is not an escape", f"write `\\{match[0]}` for a backslash"
            )
    if "\t" in body:
        raise InputError("there is a tab in quotes, which is a control character", "remove it")
    return _ESCAPE.sub(r"\1", body)


class Scanner:
    """A position in a line that has no comment any more."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    @property
    def rest(self) -> str:
        """What is not read yet."""
        return self._text[self._position :]

    def skip_blanks(self) -> str:
        """Skip white space and return the character behind it, empty at the end."""
        text, position = self._text, self._position
        while position < len(text) and text[position] in _BLANK:
            position += 1
        self._position = position
        return text[position : position + 1]

    def take(self, expected: str) -> bool:
        """Read a character behind white space if it is the expected one."""
        found = self.skip_blanks() == expected
        self._position += found
        return found

    def piece(self, ends: str) -> Piece:
        """Read a piece up to one of the characters `ends` or the end of the line.

        Raises:
            InputError: It is empty, malformed, or has white space without being quoted.
        """
        piece = self._quoted() if self.skip_blanks() == '"' else self._bare(ends)
        behind = self.skip_blanks()
        if behind and behind not in ends:
            raise InputError(
                f"there is `{shorten(self.rest)}` behind {shorten(str(piece))}",
                "put all of it in quotes" + "".join(f", or `{end}` between" for end in ends),
            )
        return piece

    def _quoted(self) -> Piece:
        match = _match_quoted(self._text, self._position)
        self._position = match.end()
        return Piece(unescape(match[1]), quoted=True)

    def _bare(self, ends: str) -> Piece:
        start = self._position
        if call := _CALL.match(self._text, start):
            close = self._text.find(")", call.end())
            if close < 0:
                raise InputError(f"`{call[0]}` has no closing parenthesis", f"write {call[0]}1, 2)")
            self._position = close + 1
            return Piece(self._text[start : close + 1], quoted=False)
        found = re.compile(f"[{re.escape(ends)}]").search(self._text, start)
        self._position = found.start() if found else len(self._text)
        return _checked(self._text[start : self._position].rstrip(_BLANK))


def _checked(text: str) -> Piece:
    if not text:
        raise InputError("there is an empty choice", 'remove the separator, or write ""')
    if '"' in text:
        raise InputError(
            f"there is a quote inside `{shorten(text)}`",
            f"put all of it in quotes: {shorten(quote(text))}",
        )
    if any(character.isspace() for character in text):
        raise InputError(
            f"`{shorten(text)}` has white space and no quotes",
            f"write {shorten(quote(text))}, or leave the white space out",
        )
    return Piece(text, quoted=False)

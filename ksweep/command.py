"""The command of a sweep: words with placeholders, and the program that they start."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ksweep.errors import InputError, Where

BUILT_IN = ("config", "dir", "name")

_LONGEST = 100_000  # characters: Linux takes no longer word, and `shlex` needs their square

_PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}]*)\}|(?P<lone>[{}])|[^{}]+")
_MENTION = re.compile(r"(?<!\w)CONFIG_(\w+)")
_SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh"])
_OPTIONS_WITH_VALUE = frozenset(["-o", "+o", "-O", "+O", "--rcfile", "--init-file"])
_SCRIPT_OPTION = re.compile(r"[-+][A-Za-z]*c[A-Za-z]*")


@dataclass(frozen=True, slots=True)
class _Placeholder:
    name: str


_Word = tuple[str | _Placeholder, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A command as its words; `where` is the line that it comes from.

    `symbols` are the symbols that it names, as `{SYMBOL}` or as `CONFIG_SYMBOL` (which a shell
    in it may look up), whether Kconfig knows them or not.
    """

    words: tuple[_Word, ...]
    symbols: frozenset[str]
    where: Where | None

    @classmethod
    def parse(cls, text: str, where: Where | None) -> Template:
        """Split a command like a shell would, and find its placeholders.

        Raises:
            InputError: there is nothing in it or too much, or a quote or a brace is left open.
        """
        if not text.strip():
            raise InputError(
                "CONFIG_SWEEP_COMMAND is empty, so there is nothing to run",
                'write the command of a trial, as in CONFIG_SWEEP_COMMAND="python3 train.py"',
                where,
            )
        if len(text) > _LONGEST:
            raise InputError(
                f"the command has {len(text):,} characters, and may have {_LONGEST:,}",
                "write a script and start that",
                where,
            )
        try:
            texts = shlex.split(text)
        except ValueError as error:
            raise InputError(
                f"the command `{text}` cannot be split into words: {str(error).lower()}",
                "close the quote, or write it with a backslash before it",
                where,
            ) from None
        words = tuple(_parse_word(word, where) for word in texts)
        named = {piece.name for word in words for piece in word if isinstance(piece, _Placeholder)}
        symbols = named.difference(BUILT_IN).union(*map(_MENTION.findall, texts))
        return cls(words, frozenset(symbols), where)

    def check(self, known: Collection[str]) -> None:
        """See that every placeholder means something, and that none is in a shell's script.

        Raises:
            InputError: one does not, or is.
        """
        for word in self.words:
            for name in _symbols(word):
                if name not in known:
                    raise self._unknown(name, known)
        for word in _scripts(self.words):
            for name in _symbols(word):
                raise InputError(
                    f"{{{name}}} stands inside the script of a shell, where its value would be"
                    " run as code",
                    f'write "$CONFIG_{name}" there: every trial has it in its environment',
                    self.where,
                )

    def expand(
        self, values: Mapping[str, str], *, config: str, directory: str, name: str
    ) -> tuple[str, ...]:
        """The words of one trial; `values` are by symbol, an inactive one is the empty text."""
        texts = {**values, "config": config, "dir": directory, "name": name}
        return tuple(
            "".join(texts.get(p.name, "") if isinstance(p, _Placeholder) else p for p in word)
            for word in self.words
        )

    def _unknown(self, name: str, known: Collection[str]) -> InputError:
        near = difflib.get_close_matches(name.removeprefix("CONFIG_"), [*known, *BUILT_IN], n=3)
        hint = " or ".join(f"{{{other}}}" for other in near) or "a symbol of the Kconfig"
        return InputError(
            f"the command has {{{name}}}, which is neither a symbol nor one of"
            " {config}, {dir}, {name}",
            f"write {hint}, or {{{{ and }}}} for braces",
            self.where,
        )


def _parse_word(text: str, where: Where | None) -> _Word:
    pieces: list[str | _Placeholder] = []
    for match in _PIECE.finditer(text):
        if match["lone"]:
            raise InputError(
                f"the command has a `{match['lone']}` without its partner in `{text}`",
                f"write {match['lone'] * 2} for a brace, {{SYMBOL}} for a value",
                where,
            )
        if match["name"] is not None:
            pieces.append(_Placeholder(match["name"]))
        else:
            pieces.append(match[0][0] if match["brace"] else match[0])
    return tuple(pieces)


def _symbols(word: _Word) -> list[str]:
    names = [piece.name for piece in word if isinstance(piece, _Placeholder)]
    return [name for name in names if name not in BUILT_IN]


def _scripts(words: tuple[_Word, ...]) -> list[_Word]:
    """What any shell among the words is given with `-c`, up to and with the script itself."""
    scripts: list[_Word] = []
    for at, word in enumerate(words):
        if os.path.basename(_literal(word)) in _SHELLS:
            scripts += _script_of(words[at + 1 :])
    return scripts


def _script_of(arguments: tuple[_Word, ...]) -> list[_Word]:
    texts = [_literal(word) for word in arguments]
    for at in _options(texts):
        if _SCRIPT_OPTION.fullmatch(texts[at]):
            operand = next(
                (i for i, text in enumerate(texts) if i > at and text[:1] not in ("-", "+")),
                len(texts),
            )
            return list(arguments[at + 1 : operand + 1])
    return []


def _options(texts: list[str]) -> list[int]:
    """Where options stand before the first operand, which is the file of a script."""
    options: list[int] = []
    at = 0
    while at < len(texts) and texts[at][:1] in ("-", "+") and texts[at] not in ("-", "--"):
        options.append(at)
        at += 2 if texts[at] in _OPTIONS_WITH_VALUE else 1
    return options


def _literal(word: _Word) -> str:
    return "".join(piece for piece in word if isinstance(piece, str))

"""The command of a sweep: words with placeholders, and the program that they start."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ksweep.client import unquoted
from ksweep.errors import InputError, Where

BUILT_IN = ("config", "dir", "name", "python")
ARGUMENTS = "args"

_LONGEST = 100_000  # characters: Linux takes no longer word, and `shlex` needs their square

_PIECE = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<inner>[^{}]*)\}|(?P<lone>[{}])|[^{}]+")
_INNER = re.compile(
    r"(?:(?P<option>[^\s=][^\s]*?)(?P<joint>=|\s+))?(?P<name>\w+)(?::(?P<form>lower|bool))?"
)
_TWO_WORDS = re.compile(r"\{\{|\{[^{}\s'\"\\]+[ \t]+\w+(?::\w+)?\}")
_SPACE = "\0"  # for one that does not end a word
_MENTION = re.compile(r"(?<!\w)CONFIG_(\w+)")
_SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "csh", "tcsh"])
_OPTIONS_WITH_VALUE = frozenset(["-o", "+o", "-O", "+O", "--rcfile", "--init-file"])
_SCRIPT_OPTION = re.compile(r"[-+][A-Za-z]*c[A-Za-z]*")
_IN_SCRIPT = {"config": "$KCONFIG_CONFIG", "dir": "$KSWEEP_DIR", "name": "$KSWEEP_NAME"}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What is in braces: a name, its form (`lower` or `bool`), and the option that it belongs to.

    `joint` is what stands between option and value; one that is not `=` makes them two words.
    """

    name: str
    form: str = ""
    option: str = ""
    joint: str = ""

    @property
    def is_words(self) -> bool:
        """It is no part of a word, but any number of words."""
        return bool(self.option) or self.name == ARGUMENTS


Word = tuple[str | Placeholder, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What the names in a command stand for, beside symbols.

    Attributes:
        choices: a choice by the name that a command has for it: its members, each with its own
            part of its name.
        order: the active axes and fixed lines for `{args}`, symbols or names in `choices`, in the
            order of the range file.
    """

    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one configuration: `spelled` by symbol, as its text has them.

    `inactive` are the axes that are none of its parameters, though they may have a line.
    """

    spelled: Mapping[str, str]
    names: Names = Names()
    inactive: Collection[str] = ()

    def text(self, placeholder: Placeholder) -> str | None:
        """What a placeholder stands for; None where it is inactive."""
        name, form = placeholder.name, placeholder.form
        members = self.names.choices.get(name)
        if members is not None:
            chosen = (part for member, part in members.items() if self.spelled.get(member) == "y")
            text = next(chosen, None)
        else:
            spelled = self.spelled.get(name)
            text = None if spelled is None else unquoted(spelled)
        if text is None:
            return None
        if form == "bool":
            return "false" if text == "n" else "true"
        return text.lower() if form == "lower" else text

    def words(self, placeholder: Placeholder) -> Iterator[str]:
        """An option with its value, as words; none where that is inactive or empty."""
        if placeholder.name == ARGUMENTS and not placeholder.option:
            yield from self._arguments()
            return
        text = self.text(placeholder)
        if not text:
            return
        option, joint = placeholder.option, placeholder.joint
        truth = "" if placeholder.form else self.spelled.get(placeholder.name)
        if joint == "=":
            yield f"{option}={text}"
        elif truth == "y":
            yield option
        elif truth != "n":
            yield from (option, text)

    def _arguments(self) -> Iterator[str]:
        for name in self.names.order:
            spelled = self.spelled.get(name, "")
            truth = name not in self.names.choices and spelled in ("y", "n")
            text = self.text(Placeholder(name, "bool" if truth else ""))
            if text is not None and name not in self.inactive:
                yield f"--{name.lower()}={text}"


@dataclass(frozen=True, slots=True)
class Template:
    """A command as its words; `where` is the line that it comes from.

    `symbols` are the names that it has, as `{SYMBOL}` or as `CONFIG_SYMBOL` (which a shell in it
    may look up), whether Kconfig knows them or not.
    """

    words: tuple[Word, ...]
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
            texts = shlex.split(_TWO_WORDS.sub(_held_together, text))
        except ValueError as error:
            raise InputError(
                f"the command `{text}` cannot be split into words: {str(error).lower()}",
                "close the quote, or write it with a backslash before it",
                where,
            ) from None
        words = tuple(_parse_word(word.replace(_SPACE, " "), where) for word in texts)
        named = {one.name for word in words for one in _placeholders(word)}
        symbols = named.difference(BUILT_IN, [ARGUMENTS]).union(*map(_MENTION.findall, texts))
        return cls(words, frozenset(symbols), where)

    @property
    def has_arguments(self) -> bool:
        """It has `{args}`."""
        return any(one.name == ARGUMENTS for word in self.words for one in _placeholders(word))

    def check(self, types: Mapping[str, bool], choices: Collection[str] = ()) -> None:
        """See that every placeholder means something, and that none is in a shell's script.

        Args:
            types: all symbols; whether each is one that is y or n.
            choices: the names that the command has for choices.

        Raises:
            InputError: one does not, or is.
        """
        ours = {*BUILT_IN, ARGUMENTS}
        known = {*types, *choices, *ours}
        for one in (one for word in self.words for one in _placeholders(word)):
            if one.name not in known:
                raise self._unknown(one, types)
            if one.name in ours and (one.form or one.option):
                raise self._plain_only(one.name)
            if one.form == "bool" and not types.get(one.name):
                raise self._no_bool(one.name)
        for word in _scripts(self.words):
            for one in _placeholders(word):
                raise self._in_script(one.name)

    def expand(self, values: Values, *, config: str, directory: str, name: str) -> tuple[str, ...]:
        """The words of one trial; an inactive symbol is the empty text inside a word."""
        texts = {"config": config, "dir": directory, "name": name, "python": sys.executable}
        words: list[str] = []
        for word in self.words:
            if len(word) == 1 and isinstance(word[0], Placeholder) and word[0].is_words:
                words += values.words(word[0])
            else:
                words.append("".join(_filled(piece, values, texts) for piece in word))
        return tuple(words)

    def _unknown(self, one: Placeholder, known: Collection[str]) -> InputError:
        near = difflib.get_close_matches(one.name.removeprefix("CONFIG_"), [*known, *BUILT_IN], n=3)
        hint = " or ".join(f"{{{other}}}" for other in near) or "a symbol of the Kconfig"
        return InputError(
            f"the command has {{{one.name}}}, which is neither a symbol nor a choice nor one of"
            " {config}, {dir}, {name}, {python}, {args}",
            f"write {hint}, or {{{{ and }}}} for braces",
            self.where,
        )

    def _plain_only(self, name: str) -> InputError:
        what = f"{{{name}}} has neither a form nor an option in its braces"
        return InputError(what, f"write {{{name}}}, and what belongs to it beside it", self.where)

    def _no_bool(self, name: str) -> InputError:
        what = f"the command has {{{name}:bool}}, and {name} is not a symbol that is y or n"
        return InputError(what, f"write {{{name}}}", self.where)

    def _in_script(self, name: str) -> InputError:
        hint = f'write "{_IN_SCRIPT.get(name, f"$CONFIG_{name}")}" there: every trial has it in its'
        fix = f"{hint} environment"
        if name in ("python", ARGUMENTS):
            fix = f"write it behind the script, as in sh -c '\"$@\"' sh {{{name}}}"
        return InputError(
            f"{{{name}}} stands inside the script of a shell, where its value would be run as code",
            fix,
            self.where,
        )


def _held_together(match: re.Match[str]) -> str:
    return re.sub(r"\s+", _SPACE, match[0])


def _filled(piece: str | Placeholder, values: Values, texts: Mapping[str, str]) -> str:
    if isinstance(piece, str):
        return piece
    inactive = "false" if piece.form == "bool" else ""
    return texts.get(piece.name) or values.text(piece) or inactive


def _parse_word(text: str, where: Where | None) -> Word:
    pieces: list[str | Placeholder] = []
    for match in _PIECE.finditer(text):
        if match["lone"]:
            raise InputError(
                f"the command has a `{match['lone']}` without its partner in `{text}`",
                f"write {match['lone'] * 2} for a brace, {{SYMBOL}} for a value",
                where,
            )
        if match["inner"] is not None:
            pieces.append(_placeholder(match["inner"]))
        else:
            pieces.append(match[0][0] if match["brace"] else match[0])
    for one in _placeholders(pieces) if len(pieces) > 1 else ():
        if one.is_words:
            shown = ARGUMENTS if not one.option else f"{one.option}{one.joint}{one.name}"
            raise InputError(
                f"the command has {{{shown}}} inside the word `{text}`, and it stands for words",
                "write spaces around it",
                where,
            )
    return tuple(pieces)


def _placeholder(inner: str) -> Placeholder:
    """What is in braces; where it is of no form, its name is all of it, which nothing has."""
    match = _INNER.fullmatch(inner)
    return Placeholder(**match.groupdict(default="")) if match else Placeholder(inner)


def _placeholders(word: Iterable[str | Placeholder]) -> list[Placeholder]:
    return [piece for piece in word if isinstance(piece, Placeholder)]


def _scripts(words: tuple[Word, ...]) -> list[Word]:
    """What any shell among the words is given with `-c`, up to and with the script itself."""
    scripts: list[Word] = []
    for at, word in enumerate(words):
        if os.path.basename(_literal(word)) in _SHELLS:
            scripts += _script_of(words[at + 1 :])
    return scripts


def _script_of(arguments: tuple[Word, ...]) -> list[Word]:
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


def _literal(word: Word) -> str:
    return "".join(piece for piece in word if isinstance(piece, str))

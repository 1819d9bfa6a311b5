"""What reading a Kconfig tree would execute, without executing it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ksweep.errors import InputError, Where
from ksweep.kconfig.loading import ModernKconfig, parse


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """The command of a `$(shell,…)`, and where that is."""

    text: str
    where: Where


class _Listing(ModernKconfig):
    """Reads a tree as if every command printed nothing."""

    def __init__(self, path: str, commands: dict[ShellCommand, None]) -> None:
        self._commands = commands
        super().__init__(path)

    def _called(self, name: str, args: Sequence[str]) -> str:
        if name != "shell":
            return super()._called(name, args)
        where = Where(str(self.filename), self.linenr)
        self._commands[ShellCommand(",".join(args[1:]), where)] = None
        return ""


def shell_commands(path: str) -> list[ShellCommand]:
    """The commands that reading a tree would execute, in their order, as far as can be seen.

    What they print may lead to others, and so does what cannot be read without it.
    """
    commands: dict[ShellCommand, None] = {}
    with suppress(InputError):
        parse(path, partial(_Listing, commands=commands))
    return list(commands)

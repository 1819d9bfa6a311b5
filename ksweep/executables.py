"""Whether the system can start a program: the file is there, and so is what it names to run it."""

from __future__ import annotations

import os
import shlex

from ksweep.errors import InputError, Where

_HEAD_BYTES = 4096
_NESTED = 5  # scripts that run scripts: Linux follows as many
_MARK = b"\xef\xbb\xbf"
_ENV_OPTIONS = ("-S", "--split-string", "-vS")


def find_program(program: str, cwd: str, path: str, where: Where | None = None) -> None:
    """See that a command's first word can be executed, and where it is a script what runs that.

    Args:
        program: a name that is looked for in `path`, or a path where it has a slash.
        cwd: the directory that relative paths start from.
        path: the `PATH` of the trials.
        where: the line of the command.

    Raises:
        InputError: it cannot.
    """
    if not program:
        raise InputError(
            "the command's first word is empty for this configuration",
            "write the program there",
            where,
        )
    if "/" in program:
        file = os.path.join(cwd, program)
        _check_file(program, file, cwd, where)
        _Script(cwd, path, where).check(file)
        return
    for folder in path.split(os.pathsep):
        file = os.path.join(cwd, folder, program)
        if _executable(file):
            _Script(cwd, path, where).check(file)
            return
    if os.path.isfile(os.path.join(cwd, program)):
        fix = f"it is in {cwd}, which is not searched: write ./{program}"
    else:
        fix = "install it, correct its name, or write a path to it"
    raise InputError(
        f"the program `{program}` is not in any directory of PATH ({path})", fix, where
    )


def _check_file(program: str, file: str, cwd: str, where: Where | None) -> None:
    if _executable(file):
        return
    if os.path.isdir(file):
        raise InputError(f"the program `{program}` is a directory", "write a program", where)
    if os.path.exists(file):
        raise InputError(
            f"the program `{program}` may not be executed",
            f"run `chmod +x {shlex.quote(file)}`, or write its interpreter before it",
            where,
        )
    raise InputError(
        f"the program `{program}` does not exist; it was looked for from {cwd}",
        "correct the path, or set CONFIG_SWEEP_CWD to the directory that it starts from",
        where,
    )


def _executable(file: str) -> bool:
    return os.path.isfile(file) and os.access(file, os.X_OK)


class _Script:
    """What the first line of a script asks the system to run."""

    def __init__(self, cwd: str, path: str, where: Where | None) -> None:
        self._cwd = cwd
        self._path = path
        self._where = where

    def check(self, file: str, depth: int = 0) -> None:
        """See that a file that may be executed can be; what it is may not be known.

        Raises:
            InputError: it is a text without an interpreter, or with one that is not there.
        """
        try:
            with open(file, "rb") as opened:
                head = opened.read(_HEAD_BYTES)
        except OSError:  # a program that may be executed, but not read
            return
        if head.startswith(b"#!"):
            line = os.fsdecode(head[2:].partition(b"\n")[0])
            self._check_line(file, line, depth)
        elif b"\0" not in head:  # no program of a machine
            raise self._without_interpreter(file, head)

    def _check_line(self, file: str, line: str, depth: int) -> None:
        if line.endswith("\r"):
            what = f"its first line, `#!{line[:-1]}`, ends in a carriage return, as on Windows"
            fix = f"run `sed -i 's/\\r$//' {shlex.quote(os.path.normpath(file))}`"
            raise self._error(file, what, fix)
        interpreter, _, argument = line.strip(" \t").replace("\t", " ").partition(" ")
        if not interpreter:
            raise self._error(
                file, "its first line names no interpreter", "write `#!/bin/sh` there"
            )
        target = os.path.join(self._cwd, interpreter)
        if not _executable(target):
            raise self._missing(file, line, f"{interpreter}, which is no program here")
        if os.path.basename(interpreter) == "env":
            self._check_env(file, line, argument.strip())
        elif depth < _NESTED:
            self.check(target, depth + 1)

    def _check_env(self, file: str, line: str, argument: str) -> None:
        """See that what `env` looks for is in PATH; without -S that is all the rest."""
        name = argument
        if argument.startswith("-"):
            option, _, words = argument.partition(" ")
            if option not in _ENV_OPTIONS:
                return
            name = next((word for word in words.split() if "=" not in word), "-")
        if not name or name.startswith("-") or "=" in name:
            return
        folders = [""] if "/" in name else self._path.split(os.pathsep)
        if not any(_executable(os.path.join(self._cwd, folder, name)) for folder in folders):
            hint = " as one name (`env -S` splits words)" if " " in name else ""
            raise self._missing(file, line, f"`{name}`{hint}, which is not in PATH ({self._path})")

    def _missing(self, file: str, line: str, what: str) -> InputError:
        fix = "install that, correct the line, or write the interpreter before the script"
        return self._error(file, f"its first line, `#!{line.strip()}`, asks for {what}", fix)

    def _without_interpreter(self, file: str, head: bytes) -> InputError:
        what = "it has no first line `#!…` that names its interpreter"
        if not head:
            what = "it is empty"
        elif head.startswith(_MARK + b"#!"):
            what = "a byte order mark stands before its `#!`"
        return self._error(file, what, "write `#!/bin/sh` or the like at its very beginning")

    def _error(self, file: str, what: str, fix: str) -> InputError:
        return InputError(f"{os.path.normpath(file)} cannot be started: {what}", fix, self._where)

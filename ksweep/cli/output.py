"""The two streams: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

from ksweep.errors import SurroundingsError, Where
from ksweep.report.display import json_escaped, plain

if TYPE_CHECKING:
    from ksweep.report.tables import Table


def use_streams() -> None:
    """Let no character that the terminal's encoding lacks, and no closed stream, be an error."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print a result.

    A reader that has gone (`| head`) has seen enough: nothing is printed from then on.

    Raises:
        SurroundingsError: standard output cannot be written.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _silence(sys.stdout)
    except OSError as error:
        _silence(sys.stdout)
        what = f"cannot write this: {error.strerror or error}"
        raise SurroundingsError(what, "send it elsewhere", Where("standard output")) from None


def tell(text: str) -> None:
    """Print progress, a warning or an error; nothing fails for want of somebody to tell.

    It may hold text of others: a terminal obeys none of it.
    """
    try:
        print("\n".join(map(plain, text.split("\n"))), file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)


def say_json(value: object) -> None:
    """Print a JSON document; characters that garble a terminal are escaped in it."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    say("\n".join(map(json_escaped, text.split("\n"))))


def say_csv(text: str) -> None:
    """Print a CSV document as it is; what garbles a terminal is replaced on one."""
    shown = "\n".join(map(plain, text.split("\n"))) if sys.stdout.isatty() else text
    say(shown.removesuffix("\n"))


def say_table(table: Table, *, whole: bool = True) -> tuple[str, ...]:
    """Print a table: drawn on a terminal, in plain columns elsewhere.

    Returns:
        The columns that are left out, where it is not to be `whole`: those that a terminal has no
        room for, elsewhere those that are wanted only where there is room.
    """
    from ksweep.report.tables import table_text

    if not sys.stdout.isatty():
        shown = table if whole else table.first(len(table.headers) - table.further)
        say(table_text(shown))
    else:
        from ksweep.cli.drawing import drawn, fitted

        shown = table if whole else fitted(table)
        say(drawn(shown))
    return table.headers[len(shown.headers) :]


def _silence(stream: TextIO) -> None:
    """Let a broken stream swallow what is still to come, at exit too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)

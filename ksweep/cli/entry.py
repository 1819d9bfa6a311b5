"""The command's way in and its only way out: every error becomes a line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import cast

from ksweep.cli import calling, signals
from ksweep.cli.options import parse
from ksweep.cli.output import tell, use_streams
from ksweep.errors import KsweepError

_INTERRUPTED = 130
_WRONG_INPUT = 2
_SURROUNDINGS_FAILED = 3
_SHOWN_AT_MOST = 200
_TRACEBACK = "KSWEEP_TRACEBACK"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; `argv` is without the program's name, by default what it was given.

    Returns:
        0 done; 1 the answer is no; 2 the input is wrong; 3 the surroundings failed;
        130 interrupted.
    """
    use_streams()
    calling.note()
    if os.environ.get(_TRACEBACK):
        return _answer(argv)
    try:
        return _answer(argv)
    except KsweepError as error:
        tell(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        tell("ksweep: interrupted")
        return _INTERRUPTED
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        tell(f"{place}{error.strerror or error}; free space or mend the permissions there")
    except RecursionError:
        tell("ksweep: the input is nested too deeply; simplify it, or raise `ulimit -s`")
        return _WRONG_INPUT
    except MemoryError:
        tell("ksweep: there is too little memory; free some, or raise `ulimit -v`")
    except (ImportError, SystemError) as error:  # also what libraries make of too little memory
        what = " ".join(str(error).split())[:_SHOWN_AT_MOST]
        tell(f"ksweep: a library cannot be loaded: {what}; install it again, or free memory")
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        tell(f"ksweep: unexpected error: {what}; {_TRACEBACK}=1 shows where")
    return _SURROUNDINGS_FAILED


def _answer(argv: Sequence[str] | None) -> int:
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
        with signals.handled(signals.interrupt):
            return _verb(options.verb)(options)
    except SystemExit as done:  # argparse has printed help or the version
        return done.code if isinstance(done.code, int) else 0


def _verb(place: str) -> Callable[[Namespace], int]:
    """The function that `module:function` names; loaded now, so that `--help` is quick."""
    module, _, function = place.partition(":")
    loaded = importlib.import_module(f"ksweep.cli.{module}")
    return cast(Callable[[Namespace], int], getattr(loaded, function))

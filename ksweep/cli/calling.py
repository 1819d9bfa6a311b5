"""How this command was called, so that a hint can be typed as it stands."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

MAKE = "KSWEEP_MAKE"
"""The environment's word of the Makefile: how make was called. It is for nobody else."""

_DOOR = "run_test_matrix.py"
_made_by = ""


def note() -> None:
    """Take over what the Makefile says, so that the programs of a sweep do not find it."""
    global _made_by
    _made_by = os.environ.pop(MAKE, "")


def command(verb: str, results: str = "", options: str = "") -> str:
    """`ksweep resume DIR`, `python3 -m ksweep resume DIR`, or `make sweep-resume RESULTS=DIR`.

    Args:
        verb: one that works on a results directory.
        results: the directory; empty for the latest.
        options: more of the command line.
    """
    if _made_by:
        words = [_made_by, f"sweep-{verb}"]
        words += [f"RESULTS={shlex.quote(results)}"] if results else []
        words += [f"ARGS={shlex.quote(options)}"] if options else []
    elif verb == "resume" and os.path.basename(sys.argv[0]) == _DOOR:
        words = [shlex.quote(sys.argv[0]), options, "--resume", shlex.quote(results)]
    else:
        words = [called(), verb, options, shlex.quote(results) if results else ""]
    return " ".join(filter(None, words))


def called() -> str:
    """`ksweep` where the shell finds this one by its name, else what was typed."""
    path = sys.argv[0]
    if os.path.basename(path) == "__main__.py":
        return f"{shlex.quote(sys.orig_argv[0])} -m ksweep"
    if os.path.basename(path) != "ksweep":  # a door, or a program that calls `main`
        return "ksweep"
    found = shutil.which("ksweep")
    if found is not None and os.path.exists(path) and os.path.samefile(found, path):
        return "ksweep"
    return shlex.quote(path)

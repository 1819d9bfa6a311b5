"""Before a sweep from elsewhere is resumed: what that would execute, and whether it may."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

from ksweep import plan, provenance
from ksweep.cli import calling
from ksweep.cli.output import tell
from ksweep.errors import InputError, Where
from ksweep.model import Settings
from ksweep.report.display import counted, plain
from ksweep.store import Results
from ksweep.sweep import programs

_COMMANDS = 20  # of a Kconfig tree


def check(results: Results, settings: Settings, options: Namespace) -> None:
    """See that a sweep was begun here, or that somebody trusts it, and note that.

    Raises:
        InputError: nobody does.
    """
    strange = list(provenance.differences(results.sweep, results.path))
    if not strange:
        return
    if not options.trust:
        for line in _told(results, settings, " and ".join(strange)):
            tell(plain(line))
        _ask(results)
    with results.lock():
        results.adopt(asdict(provenance.here(results.path)))


def _told(results: Results, settings: Settings, strange: str) -> Iterator[str]:
    sweep = results.sweep
    who = provenance.begun(sweep, results.path)
    yield f"{results.path}: this sweep was begun {strange}: by {who}"
    yield f"  it would run:  {settings.command}"
    yield f"  in:            {programs.directory_of(sweep, settings, '{dir}')}"
    if settings.method.adaptive:
        commands = plan.shell_commands(sweep)
        for command in commands[:_COMMANDS]:
            yield f"  and by Kconfig: {command.text}  ({command.where})"
        if len(commands) > _COMMANDS:
            yield f"  and {counted(len(commands) - _COMMANDS, 'more command')} of its Kconfig"


def _ask(results: Results) -> None:
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        trusting = calling.command("resume", results.path, "--trust")
        raise InputError(
            "a sweep from elsewhere is not resumed without being trusted",
            f"--dry-run shows each command; where they are good: {trusting}",
            Where(results.path),
        )
    tell("resume it? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InputError("it is not resumed", "", Where(results.path))

"""Options, printing, exit codes: the `ksweep` command."""

from ksweep.cli.entry import main

__all__ = ["main"]

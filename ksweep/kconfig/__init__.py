"""Kconfig trees: what a symbol may be, and what the assignments resolve to.

The only importer of kconfiglib.
"""

from ksweep.kconfig.base import read_base
from ksweep.kconfig.executing import ShellCommand, shell_commands
from ksweep.kconfig.tree import Tree
from ksweep.kconfig.variables import ChoiceVariable, Numbers, SymbolVariable, Variable

__all__ = [
    "ChoiceVariable",
    "Numbers",
    "ShellCommand",
    "SymbolVariable",
    "Tree",
    "Variable",
    "read_base",
    "shell_commands",
]

"""Kconfig trees: what a symbol may be, and what the assignments resolve to.

The only importer of kconfiglib.
"""

from ksweep.kconfig.tree import Tree, read_base
from ksweep.kconfig.variables import ChoiceVariable, SymbolVariable, Variable

__all__ = ["ChoiceVariable", "SymbolVariable", "Tree", "Variable", "read_base"]

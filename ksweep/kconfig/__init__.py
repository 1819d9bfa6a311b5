"""Kconfig trees: what a symbol may be, and what the assignments resolve to.

The only importer of kconfiglib.
"""

from ksweep.kconfig.tree import Tree, read_base
from ksweep.kconfig.variables import ChoiceVariable, Numbers, SymbolVariable, Variable

__all__ = ["ChoiceVariable", "Numbers", "SymbolVariable", "Tree", "Variable", "read_base"]

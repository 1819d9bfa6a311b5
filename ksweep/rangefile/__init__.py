"""Range files: text → lines and exclusions, each with its place; Kconfig is not asked here."""

from ksweep.rangefile.reading import RangeFile, read
from ksweep.rangefile.statements import Exclude, Line

__all__ = ["Exclude", "Line", "RangeFile", "read"]

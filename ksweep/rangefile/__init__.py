"""Range files: text → lines and exclusions, each with its place; Kconfig is not asked here."""

from ksweep.rangefile.reading import RangeFile, read
from ksweep.rangefile.statements import Exclude, Line
from ksweep.rangefile.syntax import parse_line

__all__ = ["Exclude", "Line", "RangeFile", "parse_line", "read"]

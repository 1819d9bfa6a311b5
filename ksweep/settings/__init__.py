"""`CONFIG_SWEEP_*` lines and options become one `Settings`.

What may be set is declared in `Kconfig.sweep`; here is only what becomes of a value that Kconfig
accepts.
"""

from ksweep.settings.document import from_json, to_json
from ksweep.settings.resolving import KCONFIG, assignment, override, resolve
from ksweep.settings.writing import lines_of

__all__ = ["KCONFIG", "assignment", "from_json", "lines_of", "override", "resolve", "to_json"]

"""What is worth knowing later of where a sweep ran and of the code that it ran."""

from ksweep.provenance.changes import Changes, diff
from ksweep.provenance.code import code_digest
from ksweep.provenance.collecting import Provenance, collect, versions
from ksweep.provenance.machine import Device

__all__ = ["Changes", "Device", "Provenance", "code_digest", "collect", "diff", "versions"]

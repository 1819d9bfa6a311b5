"""What is worth knowing later of where a sweep ran and of the code that it ran."""

from ksweep.provenance.changes import Changes, diff
from ksweep.provenance.code import Code, code_of, differing
from ksweep.provenance.collecting import Provenance, collect, versions
from ksweep.provenance.machine import Device
from ksweep.provenance.origin import Origin, begun, differences, here

__all__ = [
    "Changes",
    "Code",
    "Device",
    "Origin",
    "Provenance",
    "begun",
    "code_of",
    "collect",
    "diff",
    "differences",
    "differing",
    "here",
    "versions",
]

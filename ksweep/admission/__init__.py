"""What may start now, given memory, GPUs and cores: decided from values alone."""

from ksweep.admission.admission import Admission
from ksweep.admission.formula import SETTING, Formula
from ksweep.admission.outlook import Outlook, Worst, outlook
from ksweep.admission.peaks import Peaks
from ksweep.admission.site import Site, visible

__all__ = [
    "SETTING",
    "Admission",
    "Formula",
    "Outlook",
    "Peaks",
    "Site",
    "Worst",
    "outlook",
    "visible",
]

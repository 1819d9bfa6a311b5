"""Log lines and metric files → numbers and histories."""

from ksweep.metrics.candidates import lookalikes, named_numbers
from ksweep.metrics.finders import check_regex
from ksweep.metrics.follower import Follower
from ksweep.metrics.log import tail_of
from ksweep.metrics.reader import Reader
from ksweep.metrics.series import Metrics, Point
from ksweep.metrics.serving import INTERRUPTED

__all__ = [
    "INTERRUPTED",
    "Follower",
    "Metrics",
    "Point",
    "Reader",
    "check_regex",
    "lookalikes",
    "named_numbers",
    "tail_of",
]

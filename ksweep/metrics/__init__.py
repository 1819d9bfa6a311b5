"""Log lines and metric files → numbers and histories."""

from ksweep.metrics.finders import check_regex
from ksweep.metrics.follower import Follower, read
from ksweep.metrics.log import LogReader, tail
from ksweep.metrics.series import Metrics, Point

__all__ = ["Follower", "LogReader", "Metrics", "Point", "check_regex", "read", "tail"]

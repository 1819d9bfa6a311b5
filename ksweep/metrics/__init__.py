"""Log lines and metric files → numbers and histories."""

from ksweep.metrics.finders import check_regex
from ksweep.metrics.log import LogReader, tail
from ksweep.metrics.metricfile import read_file
from ksweep.metrics.series import Metrics, Point, merged
from ksweep.model import MetricQuery

__all__ = ["LogReader", "Metrics", "Point", "check_regex", "read", "tail"]


def read(metrics_path: str, log: LogReader | str, query: MetricQuery) -> Metrics:
    """What a trial that has ended said: in its metric file, else in its log.

    Neither file has to be there, or to be what it should be.

    Args:
        metrics_path: of `training_metrics.json`.
        log: the path of the log, or a reader that has followed it.
        query: what to look for in the log.

    Raises:
        InputError: the query's regular expression is wrong.
    """
    reader = LogReader(log, query) if isinstance(log, str) else log
    reader.finish()
    return merged([read_file(metrics_path), *reader.sources()])

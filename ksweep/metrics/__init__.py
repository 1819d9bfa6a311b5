"""Log lines and metric files → numbers and histories."""

from ksweep.metrics.finders import check_regex
from ksweep.metrics.log import LogReader, tail
from ksweep.metrics.metricfile import read_file
from ksweep.metrics.series import Metrics, Point, merged

__all__ = ["LogReader", "Metrics", "Point", "check_regex", "read", "tail"]


def read(metrics_path: str, log: LogReader) -> Metrics:
    """What a trial that has ended said: in its metric file, else in its log.

    Neither file has to be there, or to be what it should be.

    Args:
        metrics_path: of `training_metrics.json`.
        log: what reads the log, and may have followed it.
    """
    log.finish()
    return merged([read_file(metrics_path), *log.sources()])

"""One attempt at one trial: from its process, its log and its metrics to its `result.json`.

The same code on every machine and under every scheduler.
"""

from ksweep.trial.instruments import Instruments
from ksweep.trial.trial import Trial
from ksweep.trial.unstarted import record_hopeless, record_unstarted, record_unusable

__all__ = ["Instruments", "Trial", "record_hopeless", "record_unstarted", "record_unusable"]

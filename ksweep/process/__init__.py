"""Run one process: its log, its time limit, and the end of its whole tree."""

from ksweep.process.limits import memory_limits
from ksweep.process.process import Exit, Process
from ksweep.process.supervisor import MARKER, Supervisor
from ksweep.process.survivors import end_survivors
from ksweep.process.usage import Usage

__all__ = ["MARKER", "Exit", "Process", "Supervisor", "Usage", "end_survivors", "memory_limits"]

"""The loop: choose what to run, submit, watch, record, tell."""

from ksweep.sweep.codes import changes_since, code_in
from ksweep.sweep.events import (
    Event,
    Finished,
    Interrupt,
    Noticed,
    RunOptions,
    StopReason,
    TrialEnded,
    TrialStarted,
    Waiting,
)
from ksweep.sweep.growing import changed_settings
from ksweep.sweep.loop import run
from ksweep.sweep.outcomes import recalled, taught
from ksweep.sweep.selection import select
from ksweep.sweep.starting import Growth, Reuse, begin, grow, reuse

__all__ = [
    "Event",
    "Finished",
    "Growth",
    "Interrupt",
    "Noticed",
    "Reuse",
    "RunOptions",
    "StopReason",
    "TrialEnded",
    "TrialStarted",
    "Waiting",
    "begin",
    "changed_settings",
    "changes_since",
    "code_in",
    "grow",
    "recalled",
    "reuse",
    "run",
    "select",
    "taught",
]

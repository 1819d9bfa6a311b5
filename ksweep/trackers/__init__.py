"""Sweeps in other people's tools: MLflow, W&B, Optuna's journal.

A tracker is a module with one class behind `base.Tracker`, and a line in `kinds`. What it is told
comes from the results directory alone: so a sweep is written while it runs, by a process beside
the runner, or whenever somebody asks for it, and what is there already is left as it is.
"""

from ksweep.trackers.companions import Companions
from ksweep.trackers.exporting import Request, Tally, export, follow
from ksweep.trackers.kinds import Kind, wanted

__all__ = ["Companions", "Kind", "Request", "Tally", "export", "follow", "wanted"]

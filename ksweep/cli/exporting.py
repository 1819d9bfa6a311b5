"""`ksweep export`: a sweep in MLflow, W&B or an Optuna journal."""

from __future__ import annotations

import os
from argparse import Namespace
from functools import partial

from ksweep import trackers
from ksweep.cli.ending import shown_path
from ksweep.cli.output import say, tell
from ksweep.model import Settings
from ksweep.report.display import counted
from ksweep.store import Results
from ksweep.trackers import Companions, Kind, Request


def export(options: Namespace) -> int:
    """Write what has ended, and with `--follow` what will; say how to look at it."""
    results = Results.open(options.results, options.output_dir)
    held = None if options.held_to is None else partial(os.write, options.held_to)
    request = Request(Kind(options.tracker), options.output, options.files, held)
    write = trackers.follow if options.follow else trackers.export
    tally = write(results, request)
    there = f", {tally.known:,} there already" if tally.known else ""
    tell(f"{results.name}: {counted(tally.written, 'trial')} written{there}")
    say(tally.how_to_look)
    return 0


def beside(results: Results, settings: Settings) -> Companions:
    """What writes a sweep that runs into the trackers that its settings ask for."""
    kinds = trackers.wanted(settings)
    return Companions(kinds, results, shown_path(results.path), settings.track_artifacts, tell)

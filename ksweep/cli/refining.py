"""`ksweep refine`: a finer range file around the best configuration."""

from __future__ import annotations

from argparse import Namespace

from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.cli import calling
from ksweep.cli.output import say, tell
from ksweep.errors import InputError, Where
from ksweep.model import Goal
from ksweep.report.analysis_text import names_text, why_none_is_best
from ksweep.report.reading import config_reader, read_view
from ksweep.report.refined import RangeSource, refined_text
from ksweep.store import Results, atomic


def refine(options: Namespace) -> int:
    """Write the range file; 1 where nothing is known to be better than anything else."""
    results = Results.open(options.results, options.output_dir)
    view = read_view(results, options.metric)
    source = RangeSource(results)
    source.check(view)
    goal = Goal(options.goal) if options.goal else None
    ranking = rank(view.results, choose_basis(view.results, view.settings, options.metric, goal))
    if ranking.best is None:
        why = why_none_is_best(view.results, ranking).removeprefix("None: ")
        tell(f"{view.path}: {why}")
        return 1
    found = overview(view, ranking)
    count = len(found.ranking.ranked)
    if len(found.tied) + 1 == count:
        what = "there is one configuration" if count == 1 else f"all {count:,} are equal"
        tell(f"{view.path}: {what} with a {names_text(ranking)}; there is no best to refine")
        return 1
    text = refined_text(source, view, found, config_reader(results))
    if options.output is None:
        say(text.rstrip("\n"))
        return 0
    _write(options.output, text)
    best = found.ranking.ranked[0].name
    tell(f"{options.output}: around {best}; `{calling.called()} show` says what it has")
    return 0


def _write(path: str, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        InputError: it is.
    """
    with atomic.surroundings(path, "write"):
        if not atomic.write_absent(path, atomic.encode(text)):
            fix = "name another file with -o, or remove this one first"
            raise InputError("it is there already and stays as it is", fix, Where(path))

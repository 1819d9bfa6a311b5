"""`ksweep refine`: a finer range file around the best configuration, or the best few again."""

from __future__ import annotations

from argparse import Namespace

from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.cli import calling
from ksweep.cli.output import say, tell
from ksweep.errors import InputError, Where
from ksweep.model import Goal
from ksweep.report.analysis_text import names_text, why_none_is_best
from ksweep.report.display import counted
from ksweep.report.reading import config_reader, read_view
from ksweep.report.refined import RangeSource, refined_text
from ksweep.report.rerun import rerun_text
from ksweep.store import Results, atomic


def refine(options: Namespace) -> int:
    """Write the range file; 1 where nothing is known to be better than anything else."""
    if options.repeat is not None and options.top is None:
        what = "--repeat says how often the best few run, and there is no --top"
        raise InputError(what, "say how many, such as --top 5", Where("--repeat"))
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
    if len(found.tied) + 1 == count and options.top is None:
        what = "there is one configuration" if count == 1 else f"all {count:,} are equal"
        tell(f"{view.path}: {what} with a {names_text(ranking)}; there is no best to refine")
        return 1
    if options.top is not None:
        text = rerun_text(source, view, found, config_reader(results), options.top, options.repeat)
        what = f"the best {min(options.top, count):,} of {counted(count, 'configuration')}"
    else:
        text = refined_text(source, view, found, config_reader(results))
        what = f"around {found.ranking.ranked[0].name}"
    if options.output is None:
        say(text.rstrip("\n"))
        return 0
    _write(options.output, text)
    tell(f"{options.output}: {what}; `{calling.called()} show` says what it has")
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

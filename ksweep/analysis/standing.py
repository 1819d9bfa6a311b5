"""Which configuration is how good: by its one trial, or by the mean of its runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ksweep.analysis.ranking import Ranking, choose_basis, rank
from ksweep.analysis.replicates import Replicates, replicates
from ksweep.analysis.runs import by_configuration, rank_runs, repeated_axes, repeats, runs_of
from ksweep.analysis.view import View
from ksweep.model import Result


@dataclass(frozen=True, slots=True)
class Standing:
    """The configurations of a sweep.

    Attributes:
        view: the sweep; where it runs configurations several times, with one result for each that
            has succeeded, the mean of its runs, and without the axes that only repeat.
        ranking: of the results in `view`; those with a single run of several come last.
        replicates: None where each configuration runs once.
        trials: those of each configuration, whatever became of them; empty where each runs once.
    """

    view: View
    ranking: Ranking
    replicates: Replicates | None
    trials: tuple[tuple[Result, ...], ...]


def leading(view: View) -> tuple[Ranking, int]:
    """How the configurations rank, and of how many runs the best one's mean is.

    It is what `standing` says, without the noise, for a sweep that runs.
    """
    basis = choose_basis(view.results, view.settings)
    if not repeats(view):
        return rank(view.results, basis), 1
    repeated = repeated_axes(view)
    runs = runs_of(by_configuration(view.results, repeated), basis, repeated)
    ranking = rank_runs(runs, basis)
    counts = {id(one.mean): len(one.counted) for one in runs}
    return ranking, counts[id(ranking.best)] if ranking.best is not None else 0


def standing(view: View, ranking: Ranking, leading: int) -> Standing:
    """How the configurations stand.

    Args:
        view: the sweep, or a part of it.
        ranking: of its trials.
        leading: how many configurations to describe at most, where they ran several times.
    """
    if not repeats(view):
        return Standing(view, ranking, None, ())
    axes = repeated_axes(view)
    trials = by_configuration(view.results, axes)
    runs = runs_of(trials, ranking.basis, axes)
    ranked = rank_runs(runs, ranking.basis)
    directories = dict(zip((one.name for one in view.results), view.directories, strict=True))
    means = replace(
        view,
        results=tuple(one.mean for one in runs),
        directories=tuple(directories[one.mean.name] for one in runs),
        parameters=tuple(name for name in view.parameters if name not in axes),
    )
    told = replicates(runs, ranked, axes, view.parameters, leading)
    return Standing(means, ranked, told, trials)

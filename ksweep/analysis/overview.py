"""What is said of a sweep's results, as one value: text, JSON and the report are views of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ksweep.analysis.columns import Columns, columns_of, measures_of
from ksweep.analysis.correlations import Correlation, correlations
from ksweep.analysis.describe import Description, describe
from ksweep.analysis.effects import Effect, effects
from ksweep.analysis.excluding import once
from ksweep.analysis.factors import Factor
from ksweep.analysis.failures import FailureGroup, causes
from ksweep.analysis.importance import Importance, importance
from ksweep.analysis.interactions import Interaction, interaction, strongest
from ksweep.analysis.ranking import Basis, Ranking, costs_of
from ksweep.analysis.records import measure_names
from ksweep.analysis.replicates import Replicates
from ksweep.analysis.runs import repeated_axes
from ksweep.analysis.standing import Standing, standing
from ksweep.analysis.view import View
from ksweep.measures import RESOURCES
from ksweep.model import Objective, Result, TrialState

LEADING = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """Statistics of the successful trials; measures go by their names in the summary.

    Effects, correlations, importance and interactions look at configurations: where one ran
    several times, at the mean of its runs, and axes that only repeat are no parameters.

    Attributes:
        ranking: of the configurations; where they ran several times, of the means of their runs,
            each under the name of its first, and those with a single run behind the others.
        objectives: what is ranked by, the most important one first, by their names in the summary.
        configurations: how many of them have succeeded.
        measures: each metric and resource that any successful trial has, over these trials.
        factors: what varies, in the order of the range file.
        effects: of each factor on each measure that varies, factor by factor.
        correlations: of each numeric parameter with each measure that varies; with what is ranked
            by first.
        importances: one for each objective that varies.
        interactions: for each objective that of the two most important factors, and the strongest
            of all where that is another one and no chance.
        replicates: None where the sweep runs each configuration once: then the noise is not known.
        tied: those that are exactly as good as the first of `ranking`, by name.
        causes: why trials failed, the most frequent cause first.
        ends: what became of each configuration: one trial for each cause of failure, and one for
            any other end, as `once` leaves them.
    """

    ranking: Ranking
    objectives: tuple[Objective, ...]
    configurations: int
    measures: Mapping[str, Description]
    factors: tuple[Factor, ...]
    effects: tuple[Effect, ...]
    correlations: tuple[Correlation, ...]
    importances: tuple[Importance, ...]
    interactions: tuple[Interaction, ...]
    replicates: Replicates | None
    tied: tuple[str, ...]
    causes: tuple[FailureGroup, ...]
    ends: View

    def effect(self, factor: str, measure: str) -> Effect | None:
        """One of `effects`; None where there is none."""
        found = (one for one in self.effects if (one.factor, one.measure) == (factor, measure))
        return next(found, None)

    def factor(self, name: str) -> Factor:
        """One of `factors`.

        Raises:
            KeyError: there is none of that name.
        """
        return {factor.name: factor for factor in self.factors}[name]


def overview(view: View, ranking: Ranking, leading: int = LEADING) -> Overview:
    """Everything at once.

    Args:
        view: the sweep, or a part of it.
        ranking: of its trials.
        leading: how many configurations to describe at most, where they ran several times.
    """
    return overview_of(view, standing(view, ranking, leading))


def overview_of(view: View, stand: Standing) -> Overview:
    """The same where it is known how the configurations of `view` stand."""
    trials = [result for result in view.results if result.status is TrialState.SUCCESS]
    single = stand.replicates is None
    means = trials if single else stand.view.results
    columns = columns_of(means, view, repeated_axes(view))
    objectives = _by_summary_name(stand.ranking.basis, trials, view)
    found = tuple(effects(columns))
    important = _importances(columns, found, objectives)
    measured = columns.measures if single else measures_of(trials, view.parameters)
    return Overview(
        ranking=stand.ranking,
        objectives=objectives,
        configurations=len(means),
        measures={name: describe(one) for name, one in measured.items()},
        factors=tuple(coded.factor for coded in columns.factors),
        effects=found,
        correlations=tuple(correlations(columns, _names(objectives), _geometric(view))),
        importances=important,
        interactions=_interactions(columns, important),
        replicates=stand.replicates,
        tied=_tied(stand.ranking),
        causes=causes(view),
        ends=once(view, stand.trials),
    )


def _by_summary_name(basis: Basis, trials: Sequence[Result], view: View) -> tuple[Objective, ...]:
    """The objectives, a metric whose name is taken by a column under the name that it has there."""
    columns = measure_names(trials, view.parameters)
    return tuple(
        one if one.metric in RESOURCES else replace(one, metric=columns.get(one.metric, one.metric))
        for one in basis.objectives
    )


def _names(objectives: Sequence[Objective]) -> frozenset[str]:
    return frozenset(one.metric for one in objectives)


def _geometric(view: View) -> frozenset[str]:
    """The parameters whose numbers were written as a matter of factors."""
    return frozenset(one.names[0] for one in view.dimensions if one.single and one.by_factors)


def _importances(
    columns: Columns, found: Sequence[Effect], objectives: Sequence[Objective]
) -> tuple[Importance, ...]:
    each = (importance(columns, found, objective.metric) for objective in objectives)
    return tuple(one for one in each if one is not None)


def _interactions(columns: Columns, important: Sequence[Importance]) -> tuple[Interaction, ...]:
    coded = {one.factor.name: one for one in columns.factors}
    found: list[Interaction] = []
    for one in important:
        names = dict.fromkeys((*(share.factor for share in one.shares), *coded))
        ordered = [coded[name] for name in names]
        measured = columns.measures[one.measure]
        each = (look(ordered, one.measure, measured) for look in (interaction, strongest))
        found += dict.fromkeys(one for one in each if one is not None)
    return tuple(found)


def _tied(ranking: Ranking) -> tuple[str, ...]:
    """Those behind the first that have its score or its value."""
    own = (costs_of(result, ranking.basis) for result in ranking.ranked)
    values: Iterator[object] = iter(ranking.scores) if ranking.scores else own
    first = next(values, None)
    equal = sum(1 for _ in itertools.takewhile(lambda one: one == first, values))
    return tuple(result.name for result in ranking.ranked[1 : 1 + equal])

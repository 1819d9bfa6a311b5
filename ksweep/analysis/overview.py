"""All that is said of a sweep's results, as one value: text, JSON and the report are views of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ksweep.analysis.correlations import Correlation
from ksweep.analysis.describe import Description
from ksweep.analysis.effects import Effect
from ksweep.analysis.factors import Factor
from ksweep.analysis.importance import Importance
from ksweep.analysis.interactions import Interaction
from ksweep.analysis.replicates import Replicates


@dataclass(frozen=True, slots=True)
class Overview:
    """Statistics of the successful trials; measures go by their names in the summary.

    Effects, correlations, importance and interactions look at configurations: where one ran
    several times, at the mean of its runs, and axes that only repeat are no parameters.

    Attributes:
        objectives: what is ranked by, the most important one first.
        configurations: how many of them have succeeded.
        measures: each metric and resource that any successful trial has, over these trials.
        factors: what varies, in the order of the range file.
        effects: of each factor on each measure that varies, factor by factor.
        correlations: of each numeric parameter with each measure.
        importances: one for each objective.
        interactions: of the two most important factors, one for each objective; none where
            nothing can be said.
        replicates: None where no configuration ran more than once: then the noise is not known.
        tied: the trials, or with replicates the configurations, beside the first of the ranking
            that are exactly as good, by name.
    """

    objectives: tuple[str, ...]
    configurations: int
    measures: Mapping[str, Description]
    factors: tuple[Factor, ...]
    effects: tuple[Effect, ...]
    correlations: tuple[Correlation, ...]
    importances: tuple[Importance, ...]
    interactions: tuple[Interaction, ...]
    replicates: Replicates | None
    tied: tuple[str, ...]

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

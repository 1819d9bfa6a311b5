"""Repeated runs of one configuration: their mean and spread, and who can be told from the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEVEL = 0.05
TEST = "Welch's t-test, two-sided, with Holm's correction"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What runs of one configuration say of a measure.

    Attributes:
        runs: those that gave a finite value.
        deviation: between the runs (n - 1); None for a single one.
        low: with `high` the 95 % confidence interval of the mean (Student's t); None for a single
            run.
    """

    runs: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of one configuration.

    Attributes:
        name: of the first of its trials.
        params: what they share: `CONFIG_X` to text, without the axes that only repeat.
        trials: the names of all of them, whatever became of them.
        estimates: by the name of the metric or resource in the summary.
        score: from 0 to 1, with several objectives; None with one.
        chance: how probable so large a difference to the best is between equals, corrected for
            the number of comparisons; None for the best, and where one of the two has one run.
        indistinct: it cannot be told from the best: `chance` is above the level, or None.
    """

    name: str
    params: Mapping[str, str]
    trials: tuple[str, ...]
    estimates: Mapping[str, Estimate]
    score: float | None
    chance: float | None
    indistinct: bool


@dataclass(frozen=True, slots=True)
class Replicates:
    """A sweep whose configurations ran more than once.

    Attributes:
        axes: the `CONFIG_` names that only repeat.
        configurations: how many were ranked.
        leading: the best of them first, at most 100.
        indistinct: how many cannot be told from the best, itself not counted.
        test: how they were compared, at which `level`.
    """

    axes: tuple[str, ...]
    configurations: int
    leading: tuple[Group, ...]
    indistinct: int
    test: str = TEST
    level: float = LEVEL

    @property
    def best(self) -> Group | None:
        """The one with the best mean."""
        return self.leading[0] if self.leading else None

"""Whether a measure rises or falls with a numeric parameter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correlation:
    """Both coefficients lie from -1 to 1, and are None where one of the two does not vary.

    Attributes:
        parameter: a `CONFIG_` name, all of whose values are numbers.
        measure: the metric or resource, by its name in the summary.
        configurations: how many have both: the parameter is active, the measure finite.
        pearson: how close to a straight line they lie.
        spearman: the same of the ranks, ties sharing their mean rank: how close to any rise or fall.
    """

    parameter: str
    measure: str
    configurations: int
    pearson: float | None
    spearman: float | None

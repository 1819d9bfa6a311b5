"""How much each parameter matters for a metric."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ImportanceMethod(StrEnum):
    """What a share of the importance means."""

    PED_ANOVA = "PED-ANOVA"
    EXPLAINED_VARIANCE = "explained variance"


@dataclass(frozen=True, slots=True)
class Share:
    """A factor's name, and its share of the importance of all, from 0 to 1."""

    factor: str
    share: float


@dataclass(frozen=True, slots=True)
class Importance:
    """The parameters by importance for a metric.

    Attributes:
        measure: the metric or resource, by its name in the summary.
        method: how it was found.
        shares: the most important first; they sum to 1, or are all 0 where nothing matters.
        configurations: over how many it was computed.
        of: how many there are; more than `configurations` where they were thinned out.
    """

    measure: str
    method: ImportanceMethod
    shares: tuple[Share, ...]
    configurations: int
    of: int

"""Whether the effect of one parameter depends on another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """The configurations that have both values, and their mean."""

    one: str
    other: str
    configurations: int
    mean: float


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two parameters together, over the configurations in which both are active.

    Attributes:
        one: the names of the two factors, the more important one first.
        other: the second.
        apart: the share of the variance that their effects explain when they are added up.
        together: the share that the means of all cells explain; what it has beyond `apart` is the
            interaction.
        chance: how probable so much would be if there were no interaction (F-test of the cells'
            means against the sum of the effects); None where every cell has one configuration.
        cells: those that have any, by `one` and then by `other`.
    """

    measure: str
    one: str
    other: str
    configurations: int
    apart: float
    together: float
    chance: float | None
    cells: tuple[Cell, ...]

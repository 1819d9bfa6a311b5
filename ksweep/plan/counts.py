"""What a generation came to, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from ksweep.model import Method
from ksweep.search import Outlook
from ksweep.space import Enumeration, Space


@dataclass(frozen=True)
class PlanSummary:
    """What a generation wrote.

    Attributes:
        method: how configurations were chosen.
        distinct: the configurations that were written; none by a method that learns from results.
        choices: how many the method makes at most, replicates not counted.
        available: the choices that there are; None where they have no end or were not counted.
        combinations: the product of all axes; None where some are continuous.
        collapsed, rejected, excluded: of the combinations, all but the distinct ones; None where
            the method does not go through all of them.
        notes: what else there is to say, in sentences.
        warnings: of the space.
    """

    method: Method
    distinct: int
    choices: int
    available: int | None
    combinations: int | None
    collapsed: int | None = None
    rejected: int | None = None
    excluded: int | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int | None]:
        """What `sweep.json` has under `counts`."""
        counted = {"distinct": self.distinct, "combinations": self.combinations}
        if self.collapsed is None:
            return {**counted, "available": self.available}
        return {
            **counted,
            "collapsed": self.collapsed,
            "rejected": self.rejected,
            "excluded": self.excluded,
        }


def of_grid(space: Space, found: Enumeration) -> PlanSummary:
    """The numbers of a whole enumeration."""
    return PlanSummary(
        method=Method.GRID,
        distinct=len(found.points),
        choices=len(found.points),
        available=len(found.points),
        combinations=space.combinations,
        collapsed=found.collapsed,
        rejected=found.rejected,
        excluded=found.excluded,
        warnings=found.warnings,
    )


def of_search(space: Space, method: Method, outlook: Outlook, written: int) -> PlanSummary:
    """The numbers of a method that chooses some of them."""
    return PlanSummary(
        method=method,
        distinct=written,
        choices=outlook.choices,
        available=outlook.available,
        combinations=None if outlook.continuous else space.combinations,
        notes=outlook.notes,
        warnings=outlook.warnings,
    )

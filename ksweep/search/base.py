"""What a search method is: something to ask for configurations and to tell what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ksweep.model import Configuration, TrialState


@dataclass(frozen=True, slots=True)
class Choice:
    """What a method chose: one configuration, or one for each value of the replicate axes."""

    configurations: tuple[Configuration, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a choice, all of its runs taken together.

    Attributes:
        params: of one of its configurations, as `Configuration.params` has them.
        ids: the identities of its configurations.
        state: `success`, `pruned`, or that of a failure.
        values: the mean of each objective over the runs that succeeded; empty without one.
        stopped: the last step and value of the first objective, where it was pruned.
    """

    params: Mapping[str, str]
    ids: frozenset[str]
    state: TrialState
    values: tuple[float, ...] = ()
    stopped: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a method will do.

    Attributes:
        choices: how many it will make; it stops earlier where nothing is left.
        available: how many there are, None where they have no end or were not counted.
        continuous: the axes whose values are drawn from a distribution.
        notes: what else there is to say, in sentences.
        warnings: of the space.
    """

    choices: int
    available: int | None
    continuous: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Search(Protocol):
    """One method at work on one space."""

    outlook: Outlook

    def ask(self) -> Choice | None:
        """The next choice, none of whose configurations was asked for or told before.

        None: the space is used up, or the method has come to its end.
        """
        ...

    def tell(self, outcome: Outcome) -> None:
        """What came of a choice: one that was asked for, or one of an earlier run or sweep."""
        ...

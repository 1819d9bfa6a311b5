"""Random search: every choice of the space is as likely as any other, and none comes twice."""

from __future__ import annotations

import random

from ksweep.model import Settings
from ksweep.search.base import Choice, Outcome, Outlook
from ksweep.search.candidates import Candidates
from ksweep.search.looking import outlook
from ksweep.space import Choices


class RandomSearch:
    """Draws from the valid, distinct choices, not from the product of the axes.

    Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 2012.
    """

    outlook: Outlook

    def __init__(self, choices: Choices, settings: Settings) -> None:
        self.outlook = outlook(choices, settings.trials)
        self._candidates = Candidates(choices)
        self._rng = random.Random(f"random {settings.seed}")

    def ask(self) -> Choice | None:
        return self._candidates.draw(self._rng)

    def tell(self, outcome: Outcome) -> None:
        self._candidates.mark(outcome.ids)

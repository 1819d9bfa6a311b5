"""Grid search: every configuration of the space, in the order of their numbers."""

from __future__ import annotations

from ksweep.search.base import Choice, Outcome, Outlook
from ksweep.space import Enumeration, Space


class GridSearch:
    """Goes through the whole space once."""

    outlook: Outlook

    def __init__(self, space: Space, limit: int | None = None) -> None:
        """Finds every configuration.

        Raises:
            InputError: there are more than `limit`, or an axis cannot be listed.
        """
        self.found: Enumeration = space.enumerate(limit)
        points = self.found.points
        self.outlook = Outlook(len(points), len(points), warnings=self.found.warnings)
        self._space = space
        self._left = iter(points)
        self._tried: set[str] = set()

    def ask(self) -> Choice | None:
        for point in self._left:
            configuration = self._space.resolve(point)
            if configuration.id not in self._tried:
                return Choice((configuration,))
        return None

    def tell(self, outcome: Outcome) -> None:
        self._tried |= outcome.ids

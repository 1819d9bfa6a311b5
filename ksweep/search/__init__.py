"""Search methods: one a file, each behind `ask` and `tell`."""

from __future__ import annotations

from ksweep.model import Method, Settings
from ksweep.search.base import Choice, Outcome, Outlook, Search
from ksweep.space import Choices, Space

__all__ = ["Choice", "Outcome", "Outlook", "Search", "make"]


def make(space: Space, settings: Settings, limit: int | None = None) -> Search:
    """The method that the settings name, ready to be asked.

    Args:
        space: what is chosen from; nobody else may use it while the method is asked.
        settings: the sweep's.
        limit: how many configurations a grid may have; None for any number.

    Raises:
        InputError: the method does not fit the space, or its library is not installed.
    """
    method = settings.method
    if method is Method.GRID:
        from ksweep.search.grid import GridSearch

        return GridSearch(space, limit)
    choices = Choices(space, settings.replicate)
    if method is Method.RANDOM:
        from ksweep.search.random import RandomSearch

        return RandomSearch(choices, settings)
    if method is Method.QMC:
        from ksweep.search.qmc import QmcSearch

        return QmcSearch(choices, settings)
    if method is Method.COVERING:
        from ksweep.search.covering import CoveringSearch

        return CoveringSearch(choices, settings)
    if method is Method.TPE:
        from ksweep.search.tpe import TpeSearch

        return TpeSearch(choices, settings)
    from ksweep.search.nsga2 import Nsga2Search

    return Nsga2Search(choices, settings)

"""What a method that chooses so many will do with a space."""

from __future__ import annotations

from ksweep.search.base import Outlook
from ksweep.space import Choices


def outlook(choices: Choices, trials: int) -> Outlook:
    """The outlook of a method that makes `trials` choices, or as many as there are."""
    available = choices.cells
    notes = []
    if choices.uncounted:
        notes.append(
            f"The space was not counted: {choices.uncounted}. Random choices are weighted by an "
            "estimate, so that they are only roughly even."
        )
    return Outlook(
        choices=trials if available is None else min(trials, available),
        available=available,
        continuous=choices.continuous,
        notes=tuple(notes),
        warnings=choices.warnings,
    )

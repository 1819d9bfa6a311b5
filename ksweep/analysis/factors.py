"""What varies between the configurations of a sweep: parameters, and choices as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factor:
    """A parameter that has at least two values among the configurations looked at.

    Attributes:
        name: `CONFIG_X`, or of a Kconfig choice what its range line begins with: `CONFIG_X|CONFIG_Y`.
        members: the `CONFIG_` names that it consists of; one but for a choice.
        levels: its values; of a choice the names of its members. Numbers rise, others are in the
            order in which they are met. Where `binned`, they are ranges of values, `0.01 to 0.05`.
        numeric: all its values are numbers.
        binned: it has so many numbers that they are put together in ranges, equally many
            configurations in each.
        active: in how many configurations it is active.
        conditional: it is inactive in some of the others.
    """

    name: str
    members: tuple[str, ...]
    levels: tuple[str, ...]
    numeric: bool
    binned: bool
    active: int
    conditional: bool

"""A sweep as it stands at one moment, whatever its state."""

from __future__ import annotations

from dataclasses import dataclass

from ksweep.analysis.dimensions import Dimension
from ksweep.model import Result, Settings


@dataclass(frozen=True, slots=True)
class View:
    """What analysis looks at.

    Attributes:
        path: the results directory.
        results: one a trial, in the order of their numbers. A trial without a result is there
            too, as pending or running, with nothing measured.
        directories: the directory of each result, relative to `path`.
        parameters: the `CONFIG_` names that vary, in the order of the range file.
        settings: as the sweep holds them.
        choices: those of the parameters that are members of one Kconfig choice, choice by choice.
        planned: how many trials there will be, where a search has still to choose some.
        dimensions: the axes as the range file has them; empty where `sweep.json` does not say, as
            that of an earlier ksweep.
        jobs: trials at once: of whoever runs it, else by the settings.
        expected_s: how long a trial takes, from what is known before any of its own has ended.
        texts: those of the parameters of which two values are one number, or some are none: each
            of their values is a text by itself.
        fixed: the lines of the range file that give a symbol the same value everywhere.
    """

    path: str
    results: tuple[Result, ...]
    directories: tuple[str, ...]
    parameters: tuple[str, ...]
    settings: Settings
    choices: tuple[tuple[str, ...], ...] = ()
    planned: int = 0
    dimensions: tuple[Dimension, ...] = ()
    jobs: int = 1
    expected_s: float | None = None
    texts: frozenset[str] = frozenset()
    fixed: tuple[str, ...] = ()


def numeric_parameters(view: View) -> frozenset[str]:
    """The parameters whose values are numbers however they are spelled: of ints, hexes and ranges.

    A list of a string's values is texts: `"3.1"` in one sweep is not `"3.10"` in another.
    """
    if not view.dimensions:
        return frozenset(view.parameters) - view.texts
    return frozenset(name for one in view.dimensions for name in one.numeric_names) - view.texts

"""Settings of a generation that a sweep grows by, beside those that it has."""

from __future__ import annotations

from collections.abc import Iterator

from ksweep.model import Settings
from ksweep.settings import lines_of

TAKEN = frozenset({"method", "repeat", "replicate", "trials", "seed", "shuffle", "strength"})
"""What says how much is run, and is taken over; for the others options are there."""


def changed_settings(before: Settings, now: Settings, wanted: Settings) -> Iterator[str]:
    """What became of each setting that is another now, in sentences.

    Args:
        before: as the sweep had them.
        now: as they hold, with the options that are given.
        wanted: as the generation has them.
    """
    for name in sorted(TAKEN | wanted.explicit):
        values = [next(lines_of(one, {name}), "") for one in (before, now, wanted)]
        old, held, asked = (line.removeprefix("CONFIG_SWEEP_") for line in values)
        if asked == old or name == "command":
            continue
        if held == asked:
            yield f"{asked} holds, in place of {old}"
        else:
            yield f"{asked} is not taken over, {held} holds; an option changes it: --set {asked}"

"""The choices of random spaces against their enumeration: counted, numbered, walked, replicated."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from agreement import trees
from ksweep import rangefile
from ksweep.errors import InputError
from ksweep.space import Choices, Point, Space

TREES = 300
CHUNK = 50


@pytest.mark.parametrize("first", range(0, TREES, CHUNK))
def test_as_enumerated(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + CHUNK):
        with trees.entered(seed, tmp_path) as sweep:
            Path("base").write_text(sweep.base, encoding="utf-8")
            check(seed)


def opened(lenient: bool) -> Space:
    return Space(rangefile.read(Path("range"), Path()), "Kconfig", "base", lenient=lenient)


def check(seed: int) -> None:
    lenient = seed % 2 == 0
    try:
        space = opened(lenient)
    except InputError:
        return
    try:
        found = space.enumerate()
    except InputError:
        with pytest.raises(InputError):
            Choices(space)
        return
    points = set(found.points)
    check_choices(Choices(space), points)
    assert complaints(Choices(space).warnings) == complaints(found.warnings)
    check_descents(Choices(space), points, seed)
    check_descents(Choices(opened(lenient), work_limit=0), points, seed)
    check_replicates(opened(lenient), points, seed)


def complaints(warnings: Iterable[str]) -> list[str]:
    """Without the reason, of which there may be several."""
    return sorted(warning.partition(" configuration: ")[0] for warning in warnings)


def check_choices(choices: Choices, points: set[Point]) -> None:
    assert choices.diagram is not None
    assert choices.count == choices.cells == len(points)
    assert {choices.diagram.at(index) for index in range(len(points))} == points
    for point in sorted(points, key=repr)[:5]:
        (one,) = choices.configurations(point)
        assert one == choices.space.resolve(point)


def check_descents(choices: Choices, points: set[Point], seed: int) -> None:
    """Every way down is a point of the space; with a diagram, none leads nowhere."""
    rng = random.Random(seed)
    for _ in range(20):
        point = choices.descend(lambda _, options: rng.choice(list(options)))
        assert point in points or (point is None and choices.diagram is None)
    assert choices.descend(lambda *_: None) in points | {None}


def check_replicates(space: Space, points: set[Point], seed: int) -> None:
    """An axis that only repeats: what is left is chosen, and every value of it is run."""
    axis = random.Random(seed).randrange(len(space.axes)) if space.axes else None
    if axis is None:
        return
    try:
        choices = Choices(space, space.axes[axis].symbols[:1])
    except InputError as error:
        if "and it decides" not in str(error):
            raise
        return
    open_slots = {node.slot for node in space.nodes if node.axis == axis}
    groups: dict[Point, set[Point]] = {}
    for point in points:
        choice = tuple(None if i in open_slots else value for i, value in enumerate(point))
        groups.setdefault(choice, set()).add(point)
    assert choices.diagram is not None
    assert {choices.diagram.at(index) for index in range(len(groups))} == groups.keys()
    assert choices.count == len(groups)
    for choice, members in list(groups.items())[:5]:
        wanted = [space.resolve(point) for point in sorted(members, key=space.number_key)]
        assert list(choices.configurations(choice)) == wanted

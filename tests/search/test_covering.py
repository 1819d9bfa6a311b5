"""Covering arrays: complete over what is allowed, small, and clear about what is not."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from agreement import trees

from ksweep import search
from ksweep.errors import InputError
from ksweep.model import AxisKind, Configuration, Method, Settings
from ksweep.search.covering import CoveringSearch
from ksweep.space import Space
from search.making import CONDITIONAL, CONTINUOUS, open_space, run

Pairs = set[tuple[tuple[str, str], ...]]


def covering(space: Space, strength: int = 2, seed: int = 0) -> CoveringSearch:
    settings = Settings(method=Method.COVERING, strength=strength, seed=seed)
    made = search.make(space, settings)
    assert isinstance(made, CoveringSearch)
    return made


def combinations(configurations: list[Configuration], strength: int, space: Space) -> Pairs:
    """All that occur; a choice is one parameter, its value the member that is y."""
    of_choices = {
        f"CONFIG_{name}"
        for axis in space.axes
        if axis.kind is AxisKind.CHOICE
        for name in axis.symbols
    }
    return {
        tuple(pair)
        for one in configurations
        for pair in itertools.combinations(
            sorted(
                item for item in one.params.items() if item[0] not in of_choices or item[1] == "y"
            ),
            min(strength, len(space.nodes)),
        )
    }


def chosen(made: CoveringSearch) -> list[Configuration]:
    return [one for choice in run(made) for one in choice.configurations]


def everything(space: Space) -> list[Configuration]:
    return [space.resolve(point) for point in space.enumerate().points]


def product(folder: Path, axes: int, values: int) -> Space:
    kconfig = "".join(f'config P{i}\n\tint "p{i}"\n' for i in range(axes))
    text = "".join(f"CONFIG_P{i}=1:1:{values}\n" for i in range(axes))
    return open_space(folder, text, kconfig)


@pytest.mark.parametrize(("strength", "most"), [(1, 5), (2, 50), (3, 330)])
def test_ten_axes_of_five_values(strength: int, most: int, tmp_path: Path) -> None:
    space = product(tmp_path, 10, 5)
    found = chosen(covering(space, strength))
    assert len(found) <= most
    wanted = math.comb(10, strength) * 5**strength
    assert len(combinations(found, strength, space)) == wanted


@pytest.mark.parametrize(
    ("axes", "values", "strength", "rows"),
    [(3, 2, 2, 4), (4, 3, 1, 3), (2, 4, 2, 16), (3, 3, 3, 27), (2, 3, 5, 9)],
)
def test_small_ones_are_as_small_as_can_be(
    axes: int, values: int, strength: int, rows: int, tmp_path: Path
) -> None:
    assert len(chosen(covering(product(tmp_path, axes, values), strength))) == rows


CONSTRAINED = {
    "conditional": (CONDITIONAL, None),
    "a range on another symbol": (
        "CONFIG_M=1:1:5\nCONFIG_K=1:1:5\nCONFIG_S=a|b|c\n",
        'config M\n\tint "m"\n\trange 1 5\nconfig K\n\tint "k"\n\trange 1 M\nconfig S\n\tstring "s"\n',
    ),
    "select": (
        "CONFIG_A=y|n\nCONFIG_B=y|n\nCONFIG_C=y|n\nCONFIG_D=y|n\n",
        'config A\n\tbool "a"\n\tselect B\nconfig B\n\tbool "b"\n'
        'config C\n\tbool "c"\n\tdepends on !A\nconfig D\n\tbool "d"\n',
    ),
    "linked": (
        "(CONFIG_A, CONFIG_B)=(1, 1)|(1, 2)|(3, 3)\nCONFIG_C=1|2\nCONFIG_D=*\n",
        "".join(f'config {n}\n\tint "{n}"\n' for n in "ABC") + 'config D\n\tbool "d"\n',
    ),
}


@pytest.mark.parametrize("strength", [1, 2, 3])
@pytest.mark.parametrize("name", CONSTRAINED)
def test_complete_over_what_is_allowed(name: str, strength: int, tmp_path: Path) -> None:
    text, kconfig = CONSTRAINED[name]
    space = open_space(tmp_path, text, kconfig) if kconfig else open_space(tmp_path, text)
    every = everything(space)
    found = chosen(covering(space, strength))
    assert combinations(found, strength, space) == combinations(every, strength, space)
    assert {one.id for one in found} <= {one.id for one in every}
    assert len(found) < len(every) or strength == 3


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_complete_over_random_trees(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(first, first + 40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        monkeypatch.chdir(folder)
        sweep = trees.sweep(seed)
        try:
            space = open_space(folder, sweep.range_text, sweep.modern)
            every = everything(space)
        except InputError:
            continue
        strength = 1 + seed % 3
        found = chosen(covering(space, strength))
        message = f"seed {seed}, strength {strength}"
        assert combinations(found, strength, space) == combinations(every, strength, space), message


def test_the_same_seed_makes_the_same_rows(tmp_path: Path) -> None:
    space = product(tmp_path, 5, 4)
    rows = [[one.id for one in chosen(covering(space, seed=seed))] for seed in (0, 0, 1)]
    assert rows[0] == rows[1] != rows[2]


def test_what_is_covered_is_counted_and_told(tmp_path: Path) -> None:
    made = covering(product(tmp_path, 10, 5))
    assert made.outlook.notes == (
        "Every pair of values that is allowed: 1,125 of 1,125 are in "
        f"{made.outlook.choices} configurations, counted.",
    )
    assert made.outlook.available == 5**10


def test_what_cannot_be_covered_is_told_with_its_reason(tmp_path: Path) -> None:
    made = covering(open_space(tmp_path, CONDITIONAL))
    assert [str(one) for one in made.uncovered] == [
        "Cannot be: CONFIG_OPT_ADAM=y with CONFIG_MOMENTUM=0.0 (and 5 like it): CONFIG_MOMENTUM is "
        "inactive there: OPT_SGD is not met",
        "Cannot be: CONFIG_OPT_SGD=y with CONFIG_BETA=0.8 (and 2 like it): CONFIG_BETA is inactive "
        "there: OPT_ADAM || OPT_LION is not met",
        "Cannot be: CONFIG_OPT_SGD=y with CONFIG_EPSILON=1e-8 (and 3 like it): CONFIG_EPSILON is "
        "inactive there: OPT_ADAM is not met",
        "Cannot be: CONFIG_OPT_LION=y with CONFIG_LR=1e-1: excluded by "
        f"{tmp_path}/a-range:6: OPT_LION && LR >= 0.1",
        "Cannot be: CONFIG_MOMENTUM=0.0 with CONFIG_BETA=0.8 (and 8 like it): CONFIG_BETA is "
        "inactive there: OPT_ADAM || OPT_LION is not met",
        "Cannot be: CONFIG_MOMENTUM=0.0 with CONFIG_EPSILON=1e-8 (and 5 like it): CONFIG_EPSILON is "
        "inactive there: OPT_ADAM is not met",
    ]
    assert made.outlook.notes[1:] == tuple(str(one) for one in made.uncovered)


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_what_is_told_is_what_is_missing(strength: int, tmp_path: Path) -> None:
    """Each impossible combination has a told one in it, and none that is told is possible."""
    text, kconfig = CONSTRAINED["a range on another symbol"]
    assert kconfig is not None
    made = covering(open_space(tmp_path, text, kconfig), strength)
    wanted = {1: 0, 2: 10, 3: 10}[strength]  # K above M, whatever S is
    assert sum(one.count for one in made.uncovered) == wanted
    if wanted:
        assert str(made.uncovered[0]) == (
            "Cannot be: CONFIG_M=1 with CONFIG_K=2 (and 3 like it): outside its range here, 1 to 1 (CONFIG_M)"
        )


def test_a_distribution_has_no_list(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        covering(open_space(tmp_path, CONTINUOUS))
    assert str(caught.value) == (
        f"{tmp_path}/a-range:1: CONFIG_MOMENTUM=uniform(0, 0.99) is a distribution, and covering is "
        "about listed values; write values (1|2|3 or start:step:end), or choose another method"
    )


def test_too_many_combinations(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        covering(product(tmp_path, 3, 2_000))
    assert str(caught.value) == (
        f"{tmp_path}/a-range: there are 12,000,000 combinations of 2 values to cover; narrow the "
        "axes, or lower CONFIG_SWEEP_STRENGTH (2)"
    )


def test_a_large_space_is_not_enumerated(tmp_path: Path) -> None:
    made = covering(product(tmp_path, 20, 4))
    assert made.outlook.available == 4**20
    assert len(chosen(made)) < 50

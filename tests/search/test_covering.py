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
from ksweep.space import Choices, Space
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


def check_uncovered(space: Space, strength: int, message: str = "") -> None:
    """Compares what is told with the smallest combinations that no point has, one by one.

    Where an axis is said to be inactive it must be so in every point that has the rest.
    """
    made = covering(space, strength)
    nodes = {
        (f"CONFIG_{value}", "y") if "|" in node.name else (f"CONFIG_{node.name}", value): node
        for node in space.nodes
        for value in node.values
    }
    points = [
        {line for line, node in nodes.items() if point[node.slot] in (line[1], line[0][7:])}
        for point in space.enumerate().points
    ]
    missing: set[frozenset[tuple[str, str]]] = set()
    for size in range(1, min(strength, len(space.nodes)) + 1):
        for one in map(frozenset, itertools.combinations(nodes, size)):
            apart = len({nodes[line].slot for line in one}) == size
            if apart and not any(known <= one for known in missing):
                missing |= {one} if not any(one <= point for point in points) else set()
    assert sum(one.count for one in made.uncovered) == len(missing), message
    for told in made.uncovered:
        example = frozenset(told.assignment.items())
        assert example in missing, (message, str(told))
        if " is inactive there: " in told.reason:
            named = told.reason.split(" is inactive")[0].split("|")[0].removeprefix("CONFIG_")
            off = next(n for n in space.nodes if n.name.split("|")[0] == named)
            of_off = {line for line, node in nodes.items() if node is off}
            rest = example - of_off
            assert len(rest) == len(example) - 1, (message, str(told))
            assert not any(rest <= point and of_off & point for point in points), str(told)


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
    [
        (3, 2, 2, 4),
        (4, 2, 2, 5),
        (4, 2, 3, 8),
        (7, 2, 2, 6),
        (4, 3, 1, 3),
        (4, 3, 2, 9),
        (2, 4, 2, 16),
        (3, 3, 3, 27),
        (2, 3, 5, 9),
        (2, 30, 2, 900),
    ],
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
        for size in range(1, strength + 1):
            assert combinations(found, size, space) == combinations(every, size, space), message
        check_uncovered(space, strength, message)


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
@pytest.mark.parametrize("name", CONSTRAINED)
def test_what_is_told_is_exactly_what_is_missing(name: str, strength: int, tmp_path: Path) -> None:
    text, kconfig = CONSTRAINED[name]
    space = open_space(tmp_path, text, kconfig) if kconfig else open_space(tmp_path, text)
    check_uncovered(space, strength)


def test_what_a_range_on_another_symbol_takes_out(tmp_path: Path) -> None:
    made = covering(open_space(tmp_path, *CONSTRAINED["a range on another symbol"]))
    assert [str(one) for one in made.uncovered] == [
        f"Cannot be: CONFIG_M={top} with CONFIG_K={top + 1}"
        + (f" (and {4 - top} like it)" if top < 4 else "")
        + f": outside its range here, 1 to {top} (CONFIG_M)"
        for top in range(1, 5)
    ]


REASONS = {
    "an exclusion, where the axis also depends on one that is n by default": (
        "CONFIG_C=y|n\nCONFIG_A=1|2\nCONFIG_B=1|2\nexclude if A = 1 && B = 1\n",
        'config C\n\tbool "c"\nconfig A\n\tint "a"\nconfig B\n\tint "b"\n\tdepends on C\n',
        [
            "Cannot be: CONFIG_C=n with CONFIG_B=1 (and 1 like it): CONFIG_B is inactive there: C "
            "is not met",
            "Cannot be: CONFIG_A=1 with CONFIG_B=1: excluded by {range}:4: A = 1 && B = 1",
        ],
    ),
    "two that are never active together, one line for all their values": (
        "CONFIG_C=y|n\nCONFIG_A=1|2\nCONFIG_B=1|2\n",
        'config C\n\tbool "c"\nconfig A\n\tint "a"\n\tdepends on !C\n'
        'config B\n\tint "b"\n\tdepends on C\n',
        [
            "Cannot be: CONFIG_C=y with CONFIG_A=1 (and 1 like it): CONFIG_A is inactive there: !C "
            "is not met",
            "Cannot be: CONFIG_C=n with CONFIG_B=1 (and 1 like it): CONFIG_B is inactive there: C "
            "is not met",
            "Cannot be: CONFIG_A=1 with CONFIG_B=1 (and 3 like it): CONFIG_B is inactive there: C "
            "is not met",
        ],
    ),
    "a select": (
        "CONFIG_A=y|n\nCONFIG_B=y|n\n",
        'config A\n\tbool "a"\n\tselect B\nconfig B\n\tbool "b"\n',
        ["Cannot be: CONFIG_A=y with CONFIG_B=n: CONFIG_A selects it"],
    ),
    "a row that a linked axis does not have": (
        "(CONFIG_A, CONFIG_B)=(1, 1)|(2, 2)\n",
        'config A\n\tint "a"\nconfig B\n\tint "b"\n',
        [
            "Cannot be: CONFIG_A=1 with CONFIG_B=2 (and 1 like it): no row of (CONFIG_A, CONFIG_B) "
            "has them together"
        ],
    ),
    "a value that is possible nowhere": (
        "CONFIG_A=1|2\nCONFIG_B=1|2\nexclude if A = 2\n",
        'config A\n\tint "a"\nconfig B\n\tint "b"\n',
        ["Cannot be: CONFIG_A=2: excluded by {range}:3: A = 2"],
    ),
    "an axis that is active nowhere": (
        "CONFIG_A=1|2\nCONFIG_B=1|2\n",
        'config C\n\tbool\nconfig A\n\tint "a"\nconfig B\n\tint "b"\n\tdepends on C\n',
        ["Cannot be: CONFIG_B=1 (and 1 like it): CONFIG_B is inactive there: C is not met"],
    ),
    "a fixed line": (
        "CONFIG_F=5\nCONFIG_A=1|9\nCONFIG_B=1|2\n",
        'config A\n\tint "a"\nconfig B\n\tint "b"\nconfig F\n\tint "f"\n\trange A 9\n',
        [
            "Cannot be: CONFIG_A=9: CONFIG_F=5 ({range}:1): outside its range here, 9 (CONFIG_A) "
            "to 9"
        ],
    ),
    "a range that follows from an axis which itself cannot stay as it is": (
        "CONFIG_A=1|9\nCONFIG_M=1|9\nCONFIG_K=1|9\n",
        'config A\n\tint "a"\nconfig M\n\tint "m"\n\trange 1 A\nconfig K\n\tint "k"\n\trange 1 M\n',
        [
            "Cannot be: CONFIG_A=1 with CONFIG_M=9: outside its range here, 1 to 1 (CONFIG_A)",
            "Cannot be: CONFIG_A=1 with CONFIG_K=9: outside its range here, 1 to 1 (CONFIG_M)",
            "Cannot be: CONFIG_M=1 with CONFIG_K=9: outside its range here, 1 to 1 (CONFIG_M)",
        ],
    ),
    "a range by an axis that becomes active, whose default is none of its values": (
        "CONFIG_A=y|n\nCONFIG_B=1|2\nCONFIG_K=1|2|5\n",
        'config A\n\tbool "a"\nconfig B\n\tint "b"\n\tdepends on !A\n\tdefault 3\n'
        'config K\n\tint "k"\n\trange 1 B if !A\n',
        [
            "Cannot be: CONFIG_A=y with CONFIG_B=1 (and 1 like it): CONFIG_B is inactive there: !A "
            "is not met",
            "Cannot be: CONFIG_A=n with CONFIG_K=5: outside its range here, 1 to 2 (CONFIG_B)",
            "Cannot be: CONFIG_B=1 with CONFIG_K=2: outside its range here, 1 to 1 (CONFIG_B)",
            "Cannot be: CONFIG_B=1 with CONFIG_K=5 (and 1 like it): CONFIG_B is inactive there: !A "
            "is not met",
        ],
    ),
    "an exclusion, where one of the axes also depends on the other": (
        "CONFIG_D=1:1:30\nCONFIG_A=1|2\nCONFIG_B=1|2\nexclude if A = 1 && B = 1\n",
        'config D\n\tint "d"\nconfig A\n\tint "a"\n'
        'config B\n\tint "b"\n\tdepends on A = 2 || D = 9\n',
        ["Cannot be: CONFIG_A=1 with CONFIG_B=1: excluded by {range}:4: A = 1 && B = 1"],
    ),
    "no single reason: a different exclusion for each value of a third": (
        "CONFIG_A=1|2\nCONFIG_B=1|2\nCONFIG_C=1|2\n"
        "exclude if A = 1 && B = 1 && C = 1\nexclude if A = 1 && B = 1 && C = 2\n",
        "".join(f'config {name}\n\tint "{name}"\n' for name in "ABC"),
        ["Cannot be: CONFIG_A=1 with CONFIG_B=1: no valid configuration has them together"],
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_is_the_real_one(name: str, tmp_path: Path) -> None:
    text, kconfig, expected = REASONS[name]
    made = covering(open_space(tmp_path, text, kconfig))
    told = [str(one) for one in made.uncovered]
    assert told == [one.format(range=tmp_path / "a-range") for one in expected]


def test_many_with_one_reason_are_one_line(tmp_path: Path) -> None:
    kconfig = 'config A\n\tint "a"\nconfig B\n\tint "b"\n'
    text = "CONFIG_A=1:1:40\nCONFIG_B=1:1:40\nexclude if A < B\n"
    made = covering(open_space(tmp_path, text, kconfig))
    (one,) = made.uncovered
    assert (one.assignment, one.count) == ({"CONFIG_A": "1", "CONFIG_B": "2"}, 780)
    assert one.reason == f"excluded by {tmp_path}/a-range:3: A < B"


def test_axes_that_are_never_active_together_are_one_line(tmp_path: Path) -> None:
    """However many values they have."""
    kconfig = (
        'config C\n\tbool "c"\nconfig A\n\tint "a"\n\tdepends on !C\n'
        'config B\n\tint "b"\n\tdepends on C\n'
    )
    text = "CONFIG_C=y|n\nCONFIG_A=1:1:60\nCONFIG_B=1:1:60\n"
    made = covering(open_space(tmp_path, text, kconfig))
    assert [one.count for one in made.uncovered] == [60, 60, 3_600]
    assert made.uncovered[2].reason == "CONFIG_B is inactive there: C is not met"


def test_the_reason_is_found_where_both_axes_are_seldom_active(tmp_path: Path) -> None:
    kconfig = 'config C\n\tint "c"\nconfig D\n\tint "d"\n' + "".join(
        f'config {name}\n\tint "{name}"\n\tdepends on {on} = 9\n' for name, on in ("AC", "BD")
    )
    text = "CONFIG_C=1:1:30\nCONFIG_D=1:1:30\nCONFIG_A=1|2\nCONFIG_B=1|2\n"
    text += "exclude if A = 1 && B = 1\n"
    space = open_space(tmp_path, text, kconfig)
    for seed in range(4):
        assert str(covering(space, seed=seed).uncovered[-1]) == (
            f"Cannot be: CONFIG_A=1 with CONFIG_B=1: excluded by {space.path}:5: A = 1 && B = 1"
        )


def test_reasons_are_asked_for_a_while(tmp_path: Path) -> None:
    kconfig = 'config A\n\tint "a"\nconfig B\n\tint "b"\n'
    text = "CONFIG_A=1:1:80\nCONFIG_B=1:1:80\nexclude if A != B\n"
    made = covering(open_space(tmp_path, text, kconfig))
    assert [(one.count, one.reason) for one in made.uncovered] == [
        (2_000, f"excluded by {tmp_path}/a-range:3: A != B"),
        (80 * 79 - 2_000, "the reason was not asked for beyond the first 2,000"),
    ]


def test_a_long_list_of_what_cannot_be_is_cut(tmp_path: Path) -> None:
    kconfig = 'config M\n\tint "m"\n\trange 1 30\nconfig K\n\tint "k"\n\trange 1 M\n'
    made = covering(open_space(tmp_path, "CONFIG_M=1:1:30\nCONFIG_K=1:1:30\n", kconfig))
    assert len(made.uncovered) == 29
    assert made.outlook.notes[1:-1] == tuple(str(one) for one in made.uncovered[:20])
    assert made.outlook.notes[-1] == f"Cannot be: {sum(range(1, 10))} more combinations"


def test_what_switches_the_others_off_runs_too(tmp_path: Path) -> None:
    """With A=n there is no pair at all, and that is a configuration like any other."""
    kconfig = 'config A\n\tbool "a"\nconfig B\n\tint "b"\n\tdepends on A\n'
    made = covering(open_space(tmp_path, "CONFIG_A=y|n\nCONFIG_B=1|2\n", kconfig))
    assert made.outlook.notes[:2] == (
        "Every pair of values that is allowed: 2 of 2 are in 3 configurations, counted.",
        "Every configuration with fewer active axes than that is among them: 1 of 1.",
    )
    assert {"CONFIG_A": "n"} in [one.params for one in chosen(made)]


@pytest.mark.parametrize("name", CONSTRAINED)
def test_more_strength_covers_no_less(name: str, tmp_path: Path) -> None:
    text, kconfig = CONSTRAINED[name]
    space = open_space(tmp_path, text, kconfig) if kconfig else open_space(tmp_path, text)
    every = everything(space)
    for strength in range(1, 7):
        found = chosen(covering(space, strength))
        for fewer in range(1, strength + 1):
            assert combinations(found, fewer, space) == combinations(every, fewer, space)
    assert len(found) == len(every)  # all axes at once


def test_more_strength_than_there_are_active_axes(tmp_path: Path) -> None:
    made = covering(open_space(tmp_path, CONDITIONAL), 6)
    assert made.outlook.notes[:2] == (
        "Every combination of 4 values that is allowed: 24 of 24 are in 45 configurations, counted.",
        "Every configuration with fewer active axes than that is among them: 21 of 21.",
    )


def test_no_active_axis_is_one_configuration(tmp_path: Path) -> None:
    made = covering(open_space(tmp_path, "CONFIG_FOLD=3\n"))
    assert made.outlook.notes == ("No axis is active: there is one configuration.",)


def test_a_space_that_was_not_counted(tmp_path: Path) -> None:
    space = open_space(tmp_path, CONDITIONAL)
    settings = Settings(method=Method.COVERING)
    with pytest.raises(InputError) as caught:
        CoveringSearch(Choices(space, work_limit=3), settings)
    assert str(caught.value) == (
        f"{tmp_path}/a-range: this space cannot be covered, as it could not be counted: it takes "
        "more than 3 looks at Kconfig; narrow the axes, or choose --method random"
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
        f"{tmp_path}/a-range: there are 12,000,000 combinations of 2 values to cover, and at most "
        "300,000 can be; narrow the axes, or lower CONFIG_SWEEP_STRENGTH (2)"
    )


def test_too_many_values_are_refused_without_listing_them(tmp_path: Path) -> None:
    kconfig = 'config P\n\tint "p"\n'
    with pytest.raises(InputError) as caught:
        covering(open_space(tmp_path, "CONFIG_P=1:1:1000000000000\n", kconfig), strength=1)
    assert str(caught.value) == (
        f"{tmp_path}/a-range: there are 1,000,000,000,000 combinations of 1 values to cover, and at "
        "most 300,000 can be; narrow the axes"
    )


def test_a_large_space_is_not_enumerated(tmp_path: Path) -> None:
    made = covering(product(tmp_path, 20, 4))
    assert made.outlook.available == 4**20
    assert len(chosen(made)) < 50


@pytest.mark.parametrize("strength", [2, 3])
def test_every_row_is_needed(strength: int, tmp_path: Path) -> None:
    space = product(tmp_path, 6, 3)
    found = chosen(covering(space, strength))
    for place in range(len(found)):
        others = [one for index, one in enumerate(found) if index != place]
        left = combinations(others, strength, space)
        assert len(left) < math.comb(6, strength) * 3**strength


def test_a_rare_combination_is_reached(tmp_path: Path) -> None:
    """One path in a thousand has it, and nothing else that is missing leads there."""
    kconfig = "".join(
        f'config B{i}\n\tbool "b{i}"\n{f"	depends on B{i - 1}" if i else ""}\n'
        for i in range(12)
    )
    text = "".join(f"CONFIG_B{i}=n|y\n" for i in range(12))
    space = open_space(tmp_path, text, kconfig)
    found = chosen(covering(space, 2))
    assert combinations(found, 2, space) == combinations(everything(space), 2, space)
    assert len(found) == 13

"""More axes than Python's own stack has room for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

import pytest

from ksweep.errors import InputError
from ksweep.model import Method, Settings
from ksweep.search.covering import CoveringSearch
from ksweep.space import Choices, Node, Options, Space
from ksweep.space.nodes import in_dependency_order
from ksweep.space.trampoline import Task, run
from search.making import open_space, start

MANY = 300
SAMPLERS = [method for method in Method if method not in (Method.GRID, Method.COVERING)]


def bools(count: int, depending: bool = False) -> tuple[str, str]:
    """A range file over so many symbols, and their Kconfig: each depends on the one before."""
    lines = []
    for number in range(count):
        lines.append(f'config P{number}\n\tbool "p"\n')
        if depending and number:
            lines.append(f"\tdepends on P{number - 1}\n")
    return "".join(f"CONFIG_P{number}=y|n\n" for number in range(count)), "".join(lines)


@pytest.mark.parametrize("method", SAMPLERS)
def test_every_sampler_decides_all_of_them(method: Method, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    made = start(tmp_path, bools(MANY)[0], Settings(method=method, trials=3), bools(MANY)[1])
    assert made.outlook.available == 2**MANY
    choice = made.ask()
    assert choice is not None
    assert len(choice.configurations[0].params) == MANY


@pytest.mark.parametrize("method", SAMPLERS)
def test_a_chain_of_dependencies(method: Method, tmp_path: Path) -> None:
    text, kconfig = bools(180, depending=True)
    made = start(tmp_path, text, Settings(method=method, trials=3), kconfig)
    assert made.outlook.available == 181
    assert made.ask() is not None


def test_the_grid_goes_through_a_chain_and_refuses_a_product(tmp_path: Path) -> None:
    text, kconfig = bools(180, depending=True)
    assert len(open_space(tmp_path, text, kconfig).enumerate().points) == 181
    with pytest.raises(InputError, match=r"its axes multiply to a number of 91 digits"):
        open_space(tmp_path, *bools(MANY)).enumerate(1_000)


def test_what_the_grid_keeps_is_bounded_by_the_number_of_axes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the grid has more than 12,500 configurations"):
        open_space(tmp_path, *bools(4_000)).enumerate(100_000)


def test_covering_says_how_many_axes_can_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="300,000 can be, those of the first 387 axes of 500;"):
        CoveringSearch(Choices(open_space(tmp_path, *bools(500))), Settings())


def test_covering_a_long_chain(tmp_path: Path) -> None:
    text, kconfig = bools(150, depending=True)
    made = CoveringSearch(Choices(open_space(tmp_path, text, kconfig)), Settings(strength=1))
    assert made.outlook.choices == 151


def seconds_of(space: tuple[str, str], directory: Path) -> float:
    began = time.process_time()
    Choices(open_space(directory, *space))
    return time.process_time() - began


def test_the_work_grows_as_the_number_of_axes(tmp_path: Path) -> None:
    few, many = (min(seconds_of(bools(n), tmp_path) for _ in range(2)) for n in (500, 4_000))
    assert many < 24 * few


class Fake:
    """A node as far as ordering looks at it."""


def test_the_order_is_that_of_the_first_that_is_ready() -> None:
    a, b, c, d = (Fake() for _ in range(4))
    none: frozenset[Fake] = frozenset()
    before = {a: frozenset({c}), b: none, c: none, d: frozenset({a})}
    assert in_dependency_order(before) == [b, c, a, d]  # type: ignore[arg-type]
    circle = {a: frozenset({b}), b: frozenset({a}), c: frozenset({b}), d: none}
    assert in_dependency_order(circle) == [d, a, b, c]  # type: ignore[arg-type]


def test_given_up_counting_leaves_every_row_of_linked_axes(tmp_path: Path) -> None:
    rows = list(product(("y", "n"), repeat=2))
    text = "(CONFIG_P0, CONFIG_P1)=" + "|".join(f"({a}, {b})" for a, b in rows) + "\n"
    rest = "".join(f"CONFIG_P{number}=y|n\n" for number in range(2, 20))
    choices = Choices(open_space(tmp_path, text + rest, bools(20)[1]), work_limit=6)
    assert choices.uncounted
    seen = {choices.descend(picking(bits)) for bits in product((0, 1), repeat=2)}
    assert {point[:2] for point in seen if point is not None} == set(rows)


def picking(bits: tuple[int, ...]):  # type: ignore[no-untyped-def]
    left: Iterator[int] = iter(bits)

    def choose(_node: Node, options: Options) -> str:
        return sorted(options)[next(left, 0)]  # type: ignore[arg-type]

    return choose


def test_a_choice_is_swept_in_one_line(tmp_path: Path) -> None:
    members = "".join(f'config {name}\n\tbool "m"\n' for name in "ABCD")
    kconfig = f'choice\n\tprompt "c"\n{members}endchoice\n'
    with pytest.raises(InputError, match=r":2: the choice of CONFIG_C is already swept at .*:1;"):
        open_space(tmp_path, "CONFIG_A|CONFIG_B=y\nCONFIG_C|CONFIG_D=y\n", kconfig)


def test_deep_calls_and_what_they_raise() -> None:
    closed = []

    def down(left: int) -> Task[int]:
        try:
            if not left:
                raise ValueError("bottom")
            return 1 + (yield down(left - 1))
        finally:
            closed.append(left)

    def flat(left: int) -> Task[int]:
        return 1 + (yield flat(left - 1)) if left else 0

    assert run(flat(20_000)) == 20_000
    with pytest.raises(ValueError, match="bottom"):
        run(down(3))
    assert closed == [0, 1, 2, 3]


def test_points_come_one_by_one(tmp_path: Path) -> None:
    space: Space = open_space(tmp_path, *bools(2_000))
    points = list(islice(space.walk(space.nodes).points(space.combinations), 4))
    assert [point[-2:] for point in points] == [("y", "y"), ("y", "n"), ("n", "y"), ("n", "n")]

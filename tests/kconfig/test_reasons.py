"""What is said when Kconfig refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from ksweep.errors import Where
from ksweep.kconfig import SymbolVariable, Tree

HERE = Where("range", 1)


def asked(tmp_path: Path, kconfig: str, *assignments: tuple[str, str]) -> SymbolVariable:
    """The last symbol assigned, after all assignments in order."""
    (tmp_path / "Kconfig").write_text(kconfig)
    tree = Tree(tmp_path / "Kconfig")
    for name, value in assignments:
        variable = tree.symbol(name, HERE)
        variable.assign(value)
    return variable


def test_selected(tmp_path: Path) -> None:
    kconfig = 'config A\n\tbool "A"\n\tselect B\nconfig B\n\tbool "B"\n'
    assert asked(tmp_path, kconfig, ("A", "y"), ("B", "n")).refusal("n") == "CONFIG_A selects it"


def test_bounded_by_another_symbol(tmp_path: Path) -> None:
    kconfig = 'config MAX\n\tint "M"\n\tdefault 4\nconfig N\n\tint "N"\n\trange 1 MAX\n'
    variable = asked(tmp_path, kconfig, ("N", "5"))
    assert variable.allowed("5") is None
    assert variable.refusal("5") == "outside its range here, 1 to 4 (CONFIG_MAX)"


def test_limited_to_m(tmp_path: Path) -> None:
    kconfig = (
        'config MODULES\n\tbool "M"\n\tdefault y\n\toption modules\n'
        'config A\n\ttristate "A"\nconfig B\n\ttristate "B"\n\tdepends on A\n'
    )
    variable = asked(tmp_path, kconfig, ("A", "m"), ("B", "y"))
    assert variable.refusal("y") == "its dependencies (A) limit it to m"


def test_static_range_over_two_conditions(tmp_path: Path) -> None:
    ranges = "\trange 1 64 if BIG\n\trange 1 8\n\tdefault 1\n"
    kconfig = f'config BIG\n\tbool "B"\nconfig N\n\tint "N"\n{ranges}'
    variable = asked(tmp_path, kconfig, ("N", "1"))
    assert variable.allowed("64") is None
    assert variable.allowed("65") == "1 to 64 if BIG, 1 to 8"


def test_m_without_modules(tmp_path: Path) -> None:
    variable = asked(tmp_path, 'config T\n\ttristate "T"\n', ("T", "m"))
    assert variable.allowed("m") == "y or n, as no MODULES symbol is defined"


@pytest.mark.parametrize(
    ("condition", "why", "remedy"),
    [
        ("P", "P is not met", "CONFIG_P=y"),
        ("!Q", "!Q is not met", "# CONFIG_Q is not set"),
        ('S = "x"', 'S = "x" is not met', 'CONFIG_S="x"'),
        ("P && !Q", "P is not met and !Q is not met", "CONFIG_P=y, # CONFIG_Q is not set"),
        ("P || D", "P || D is not met", "CONFIG_P=y or CONFIG_D follows from CONFIG_P"),
        ("NOWHERE", "NOWHERE is not met", "define CONFIG_NOWHERE in Kconfig"),
    ],
)
def test_unmet_dependency_and_its_remedy(
    tmp_path: Path, condition: str, why: str, remedy: str
) -> None:
    kconfig = (
        'config P\n\tbool "P"\nconfig Q\n\tbool "Q"\n\tdefault y\nconfig S\n\tstring "S"\n'
        f'config D\n\tbool\n\tdefault P\nconfig X\n\tbool "X"\n\tdepends on {condition}\n'
    )
    assert asked(tmp_path, kconfig, ("X", "y")).unmet() == (why, remedy)

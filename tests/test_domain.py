"""Exact ranges against a naive model."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep import domain
from ksweep.domain import Piece
from ksweep.errors import InputError, Where
from ksweep.model import Domain, SymbolType

HERE = Where("range", 1)


def bound(text: str, type: SymbolType = SymbolType.STRING) -> Domain:
    pieces = tuple(Piece(part, False) for part in text.split("|"))
    return domain.bind(pieces, type, HERE, "X")


@pytest.mark.parametrize(
    ("text", "type", "values"),
    [
        ("0.03:0.02:0.09", SymbolType.STRING, "0.03 0.05 0.07 0.09"),
        ("0.1:0.1:0.3", SymbolType.STRING, "0.1 0.2 0.3"),
        ("1e-5:*10:1e-2", SymbolType.STRING, "1e-5 1e-4 1e-3 1e-2"),
        ("1|2|10:10:50", SymbolType.INT, "1 2 10 20 30 40 50"),
        ("0:0.25:1", SymbolType.STRING, "0 0.25 0.5 0.75 1"),
        ("0.1:0.05:0.3", SymbolType.STRING, "0.1 0.15 0.2 0.25 0.3"),
        ("0.10:0.05:0.30", SymbolType.STRING, "0.10 0.15 0.2 0.25 0.30"),
        ("1:0.5:2.5", SymbolType.STRING, "1 1.5 2.0 2.5"),
        ("1.0:1:4", SymbolType.STRING, "1.0 2.0 3.0 4"),
        ("0.5:*2:4", SymbolType.STRING, "0.5 1.0 2.0 4"),
        ("1.0e-4:0.5e-4:2e-4", SymbolType.STRING, "1.0e-4 1.5e-4 2e-4"),
        ("10:-2.5:0", SymbolType.STRING, "10 7.5 5.0 2.5 0"),
        ("0.5:*0.5:0.1", SymbolType.STRING, "0.5 0.25 0.125"),
        ("1:3:9", SymbolType.INT, "1 4 7"),
        ("-1:1:1", SymbolType.INT, "-1 0 1"),
        ("0x10:0x10:0x40", SymbolType.HEX, "0x10 0x20 0x30 0x40"),
        ("0x10:0x10:0x40", SymbolType.STRING, "0x10:0x10:0x40"),
        ("cuda:0:x", SymbolType.STRING, "cuda:0:x"),
        ("+4|007", SymbolType.INT, "4 7"),
        ("1.10|1.1", SymbolType.STRING, "1.10 1.1"),
        ("5:5:5", SymbolType.INT, "5"),
    ],
)
def test_values(text: str, type: SymbolType, values: str) -> None:
    found = bound(text, type)
    assert list(found) == values.split()
    assert found.size == len(values.split())


decimals = st.decimals(-50, 50, places=2)


@given(decimals, decimals.filter(bool), st.integers(0, 60), st.integers(0, 99))
def test_linear_ranges(start: Decimal, step: Decimal, steps: int, beyond: int) -> None:
    end = start + step * steps + step * beyond / 100
    found = bound(f"{start}:{step}:{end}")
    values = list(found)
    assert [Fraction(value) for value in values] == [
        Fraction(start) + Fraction(step) * n for n in range(steps + 1)
    ]
    assert found.size == len(values)
    assert [found.index(value) for value in values] == list(range(len(values)))
    assert list(found.extremes())[-1] == values[-1]


@given(
    st.integers(1, 30),
    st.sampled_from([2, 3, 10, Decimal("0.5"), Decimal("1.5")]),
    st.integers(1, 12),
)
def test_geometric_ranges(start: int, factor: Decimal | int, steps: int) -> None:
    end = Fraction(start) * Fraction(factor) ** steps
    text = str(Decimal(end.numerator) / Decimal(end.denominator))
    values = list(bound(f"{start}:*{factor}:{text}"))
    assert [Fraction(value) for value in values] == [
        Fraction(start) * Fraction(factor) ** n for n in range(steps + 1)
    ]


def test_a_range_is_lazy() -> None:
    found = bound("1:1:1000000000000")
    assert found.size == 10**12
    assert list(islice(found, 2)) == ["1", "2"]
    assert found.index("999999999999") == 10**12 - 2


def test_whether_it_is_an_axis() -> None:
    assert domain.is_axis((Piece("1:1:3", False),), SymbolType.STRING)
    assert not domain.is_axis((Piece("1:1:3", True),), SymbolType.STRING)
    assert not domain.is_axis((Piece("*", True),), SymbolType.STRING)
    assert domain.is_axis((Piece("*", False),), SymbolType.BOOL)


def test_what_is_not_of_the_type_is_an_error() -> None:
    with pytest.raises(InputError, match=r"range:1: CONFIG_X is an int and `1\.5` is not one"):
        bound("1.5|2", SymbolType.INT)

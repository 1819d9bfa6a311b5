"""What is drawn from distributions: their quantiles, their spelling, their ends."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep import domain
from ksweep.domain import Distribution, Piece
from ksweep.errors import InputError, Where
from ksweep.model import SymbolType

INT, HEX, STRING = SymbolType.INT, SymbolType.HEX, SymbolType.STRING
SHARES = [0, 0.25, 0.5, 0.75, 0.999999]
ends = st.decimals("1e-9", "1e9", allow_nan=False, places=9).filter(lambda value: value > 0)
shares = st.floats(0, 1, exclude_max=True)


def bound(text: str, type: SymbolType = STRING) -> Distribution:
    found = domain.bind((Piece(text, False),), type, Where("a-range", 3), "X")
    assert isinstance(found, Distribution)
    return found


@pytest.mark.parametrize(
    ("text", "type", "values"),
    [
        ("uniform(0, 1)", STRING, "0 0.25 0.5 0.75 0.999999"),
        ("uniform(-2, 2)", STRING, "-2 -1 0 1 2"),
        ("loguniform(1e-4, 1)", STRING, "0.0001 0.001 0.01 0.1 0.999991"),
        ("uniform(1, 4)", INT, "1 2 3 4 4"),
        ("uniform(0.5, 4.5)", INT, "1 2 3 4 4"),
        ("loguniform(1, 1000)", INT, "1 3 22 150 1000"),
        ("uniform(0x10, 0x13)", HEX, "0x10 0x11 0x12 0x13 0x13"),
        ("uniform(3, 3)", STRING, "3 3 3 3 3"),
        ("uniform(3, 3)", INT, "3 3 3 3 3"),
    ],
)
def test_quantiles(text: str, type: SymbolType, values: str) -> None:
    assert [bound(text, type).quantile(share) for share in SHARES] == values.split()


@pytest.mark.parametrize(
    ("text", "type", "count"),
    [
        ("uniform(0, 1)", STRING, None),
        ("uniform(0.5, 0.5)", STRING, 1),
        ("uniform(1, 4)", INT, 4),
        ("loguniform(0.2, 4.9)", INT, 4),
        ("uniform(0x0, 0xf)", HEX, 16),
    ],
)
def test_counts(text: str, type: SymbolType, count: int | None) -> None:
    found = bound(text, type)
    assert found.count == count
    if count is not None:
        values = [found.at(index) for index in range(count)]
        assert len(set(values)) == count
        assert values[0] == found.quantile(0)
        assert values[-1] == found.quantile(0.999999)


@given(ends, ends, shares, st.sampled_from(["uniform", "loguniform"]))
def test_what_is_drawn_has_six_digits_and_is_within(
    one: Decimal, other: Decimal, share: float, kind: str
) -> None:
    low, high = sorted((one, other))
    text = bound(f"{kind}({low}, {high})").quantile(share)
    value = Decimal(text)
    assert low <= value <= high
    assert len(value.normalize().as_tuple().digits) <= 6 or value in (low, high)


@given(
    st.integers(1, 2000), st.integers(0, 2000), shares, st.sampled_from(["uniform", "loguniform"])
)
def test_whole_numbers_are_within(low: int, width: int, share: float, kind: str) -> None:
    text = bound(f"{kind}({low}, {low + width})", INT).quantile(share)
    assert low <= int(text) <= low + width


@given(ends, ends, shares, shares, st.sampled_from(["uniform", "loguniform"]))
def test_quantiles_rise(
    one: Decimal, other: Decimal, first: float, second: float, kind: str
) -> None:
    low, high = sorted((one, other))
    found = bound(f"{kind}({low}, {high})")
    values = [Decimal(found.quantile(share)) for share in sorted((first, second))]
    assert values[0] <= values[1]


def test_every_whole_number_of_a_logarithmic_one_is_drawn() -> None:
    found = bound("loguniform(1, 8)", INT)
    drawn = [found.quantile(step / 1000) for step in range(1000)]
    widths = [len(list(group)) for _, group in itertools.groupby(drawn)]
    assert len(widths) == 8
    assert widths == sorted(widths, reverse=True)  # each is drawn less often than the one before


@pytest.mark.parametrize(
    ("text", "type", "value", "spelled"),
    [
        ("uniform(0, 1)", STRING, 1 / 3, "0.333333"),
        ("uniform(0.12345678, 1)", STRING, 0.1, "0.12345678"),
        ("uniform(0, 0.98765456)", STRING, 0.98765456, "0.98765456"),
        ("loguniform(1e-9, 1)", STRING, 1.23456789e-7, "1.23457e-07"),
        ("uniform(1, 9)", INT, 3.6, "4"),
        ("uniform(1, 9)", INT, 1e9, "9"),
        ("uniform(0x1, 0x1f)", HEX, 30.2, "0x1e"),
    ],
)
def test_spelling(text: str, type: SymbolType, value: float, spelled: str) -> None:
    assert bound(text, type).spell(value) == spelled


@pytest.mark.parametrize(
    ("text", "type", "spelled", "value"),
    [
        ("uniform(0, 1)", STRING, "0.5", 0.5),
        ("uniform(0, 1)", STRING, "1.5", None),
        ("uniform(0, 1)", STRING, "a half", None),
        ("uniform(0x1, 0x1f)", HEX, "0x10", 16),
        ("uniform(1, 9)", INT, "9", 9),
    ],
)
def test_reading_back(text: str, type: SymbolType, spelled: str, value: float | None) -> None:
    assert bound(text, type).value(spelled) == value


def test_narrowing() -> None:
    found = bound("uniform(1, 9)", INT).within(3, 100)
    assert found is not None
    assert (found.at(0), found.count) == ("3", 7)
    assert bound("uniform(1, 9)", INT).within(10, 20) is None


@pytest.mark.parametrize(
    ("text", "type", "message"),
    [
        (
            "uniform(2, 1)",
            STRING,
            "a-range:3: `uniform(2, 1)` has its ends the wrong way round; write uniform(1, 2)",
        ),
        (
            "loguniform(0, 1)",
            STRING,
            "a-range:3: `loguniform(0, 1)` starts at 0 or below, which has no logarithm; start "
            "above 0, or use uniform",
        ),
        ("uniform(0.2, 0.8)", INT, "a-range:3: there is no whole number in `uniform(0.2, 0.8)`; "),
        ("uniform(1)", STRING, "a-range:3: `uniform(1)` does not have two numbers; "),
    ],
)
def test_bad_ends(text: str, type: SymbolType, message: str) -> None:
    with pytest.raises(InputError) as caught:
        bound(text, type)
    assert str(caught.value).startswith(message)

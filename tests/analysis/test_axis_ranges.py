"""Numeric axes beyond their edge, and around their best value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep.analysis.dimensions import Dimension, written
from ksweep.analysis.extending import extension
from ksweep.analysis.narrowing import narrowed, narrowed_distribution
from ksweep.domain import Distribution, Piece, bind
from ksweep.errors import InputError, Where
from ksweep.model import Axis, AxisKind, SymbolType
from ksweep.rangefile import Line, parse_line

STRING, INT, HEX = SymbolType.STRING, SymbolType.INT, SymbolType.HEX


def axis(right: str, type: SymbolType = STRING, limit: tuple[int, int] | None = None) -> Dimension:
    where = Where("range", 1)
    line = parse_line(f"CONFIG_X={right}", where)
    assert isinstance(line, Line)
    domain = bind(line.rows[0], type, where, "X")
    return Dimension(Axis(AxisKind.SINGLE, ("X",), (domain,), where, right), (type,), (limit,))


def beyond(dimension: Dimension, upwards: bool) -> str | None:
    found = extension(dimension, upwards)
    return found and found.right


@pytest.mark.parametrize(
    ("right", "type", "limit", "below", "above"),
    [
        ("0.03:0.02:0.09", STRING, None, "0.01:0.02:0.09", "0.03:0.02:0.11"),
        ("0.03:0.02:0.10", STRING, None, "0.01:0.02:0.10", "0.03:0.02:0.11"),
        ("0.09:-0.02:0.03", STRING, None, "0.09:-0.02:0.01", "0.11:-0.02:0.03"),
        ("1e-5:*10:1e-2", STRING, None, "1e-6:*10:1e-2", "1e-5:*10:1e-1"),
        ("81:*0.5:20.25", STRING, None, "81:*0.5:10.125", "162|81:*0.5:20.25"),
        ("1:*3:81", STRING, None, "0.333333|1:*3:81", "1:*3:243"),
        # Nothing crosses 0, and whole numbers stay whole.
        ("0.1:0.1:0.5", STRING, None, "0.05|0.1:0.1:0.5", "0.1:0.1:0.6"),
        ("1:1:3", INT, None, None, "1:1:4"),
        ("-1:1:3", INT, None, "-2:1:3", "-1:1:4"),
        ("0:1:3", INT, None, None, "0:1:4"),
        ("-4|-2|0", INT, None, "-6|-4|-2|0", None),
        ("1:*2:64", INT, None, None, "1:*2:128"),
        ("0x10:0x10:0x40", HEX, None, "0x8|0x10:0x10:0x40", "0x10:0x10:0x50"),
        ("0x0:0x10:0x40", HEX, None, None, "0x0:0x10:0x50"),
        # Lists: by the last difference, or where that is not the same everywhere the last ratio.
        ("7800|11700|15600", INT, None, "3900|7800|11700|15600", "7800|11700|15600|19500"),
        ("32|64", INT, None, "16|32|64", "32|64|96"),
        ("128|64|16", INT, None, "128|64|16|4", "256|128|64|16"),
        ("0|0.1|0.5", STRING, None, None, "0|0.1|0.5|0.9"),
        ("1|2|10:10:50", INT, None, None, "1|2|10:10:50|62"),
        # Kconfig's own range is kept to.
        ("16:*2:128", INT, (1, 200), "8:*2:128", "16:*2:128|200"),
        ("16:*2:128", INT, (16, 128), None, None),
        ("uniform(0.1, 0.5)", STRING, None, "uniform(0, 0.5)", "uniform(0.1, 0.7)"),
        ("uniform(0.0, 0.5)", STRING, None, None, "uniform(0.0, 0.75)"),
        ("uniform(1, 9)", INT, (0, 11), "uniform(0, 9)", "uniform(1, 11)"),
        (
            "loguniform(1e-5, 1e-1)", STRING, None,
            "loguniform(1e-6, 1e-1)", "loguniform(1e-5, 1e0)",
        ),
        ("loguniform(8, 64)", INT, None, "loguniform(1, 64)", "loguniform(8, 640)"),
        # No end is so large or so near to 0 that nothing could be drawn.
        ("loguniform(1e-300, 1)", STRING, None, None, "loguniform(1e-300, 1e1)"),
        ("loguniform(1, 1e300)", STRING, None, "loguniform(1e-1, 1e300)", None),
        ("uniform(-9e300, 9e300)", STRING, None, None, None),
        ("*", INT, (1, 9), None, None),
        ("adam|sgd", STRING, None, None, None),
        ("1|1.0", STRING, None, None, None),  # two texts of one number
    ],
)  # fmt: skip
def test_an_axis_goes_on_as_it_goes(right, type, limit, below, above):
    dimension = axis(right, type, limit)
    assert (beyond(dimension, False), beyond(dimension, True)) == (below, above)


@pytest.mark.parametrize(
    ("right", "type", "limit", "best", "tried", "expected"),
    [
        ("0.03:0.02:0.09", STRING, None, "0.05", None, "0.03:0.01:0.07"),
        ("0.03:0.02:0.09", STRING, None, "0.09", None, "0.07:0.01:0.11"),
        ("1e-5:*10:1e-2", STRING, None, "1e-3", None, "1e-4|3.2e-4|1e-3|3.2e-3|1e-2"),
        ("1:*4:64", INT, None, "16", None, "4:*2:64"),
        ("0.1:*4:6.4", STRING, None, "1.6", None, "0.4:*2:6.4"),
        ("16:*2:128", INT, (1, 128), "128", None, "64|90|128"),
        ("1:1:9", INT, None, "4", None, "3:1:5"),
        ("1|2|10", INT, None, "2", None, "1|2|4|10"),
        ("0x10:0x10:0x40", HEX, None, "0x20", None, "0x10:0x8:0x30"),
        ("*", INT, (1, 100), "40", ["10", "40", "60"], "10|25|40|50|60"),
        ("*", INT, (1, 100), "40", ["40"], "1|20|40|70|100"),
        ("1:1:1000000000000", INT, None, "500", ["100", "500"], "100|300|500|500000000250|1000000000000"),
    ],
)  # fmt: skip
def test_numbers_are_narrowed_to_around_the_best(right, type, limit, best, tried, expected):
    dimension = axis(right, type, limit)
    assert (
        narrowed(dimension, best, list(dimension.domain) if tried is None else tried, beyond=True)
        == expected
    )


def test_a_neighbour_that_always_fails_is_not_tried_again():
    dimension = axis("64|128|256", INT)
    found = narrowed(dimension, "128", ["64", "128", "256"], hopeless={"256"}, beyond=True)
    assert found == "64|90|128|181"


@pytest.mark.parametrize(
    ("right", "type", "best", "expected"),
    [
        ("uniform(0.0, 0.4)", STRING, "0.2", "uniform(0.1, 0.3)"),
        ("uniform(0.0, 0.4)", STRING, "0.35", "uniform(0.25, 0.4)"),
        ("loguniform(1e-5, 1e-1)", STRING, "1e-3", "loguniform(1e-4, 1e-2)"),
        ("loguniform(16, 4096)", INT, "64", "loguniform(16, 256)"),
        ("uniform(0x0, 0x40)", HEX, "0x20", "uniform(0x10, 0x30)"),
        ("uniform(1, 2)", INT, "1", "uniform(1, 2)"),
        # Narrow beside the size of its numbers.
        ("uniform(2000, 2010)", STRING, "2005", "uniform(2002.5, 2007.5)"),
        ("uniform(1000.0, 1000.1)", STRING, "1000", "uniform(1000.0, 1000.025)"),
        ("loguniform(1000, 1010)", STRING, "1003.33", "loguniform(1000.84, 1005.83)"),
    ],
)
def test_a_distribution_keeps_half_its_width(right, type, best, expected):
    dimension = axis(right, type)
    assert isinstance(dimension.domain, Distribution)
    assert narrowed_distribution(dimension, dimension.domain, best) == expected


def test_halfway_has_the_digits_that_it_needs_to_be_halfway():
    """Of the roots 0.9439 and 1.0383 the latter is 1.0 in two digits, next to 0.99."""
    found = narrowed(axis("0.5|0.9|0.99|1.089"), "0.99", ["0.9", "0.99", "1.089"], beyond=True)
    assert found == "0.9|0.94|0.99|1.04|1.089"


def test_no_binary_float_decides_a_value():
    assert beyond(axis("0.1:0.1:0.3"), upwards=True) == "0.1:0.1:0.4"
    assert narrowed(axis("0.1:0.2:0.7"), "0.3", ["0.1", "0.3", "0.5"], beyond=True) == "0.1:0.1:0.5"


@pytest.mark.parametrize("text", ["a b", "a|b", "1:2:3", "*", "", 'q"', "#x", "uniform(1, 2)"])
def test_a_value_is_quoted_where_it_must_be(text):
    line = parse_line(f"CONFIG_X={written(text, STRING)}|other", Where("range", 1))
    assert isinstance(line, Line)
    assert line.rows[0][0] == Piece(text, quoted=True)


NUMBERS = st.decimals("-1000", "1000", places=2).map(str)


@st.composite
def numeric_axes(draw):
    type = draw(st.sampled_from([STRING, INT]))
    numbers = NUMBERS if type is STRING else st.integers(-999, 999).map(str)
    forms = st.one_of(
        st.lists(numbers, min_size=2, max_size=6, unique=True).map("|".join),
        st.tuples(numbers, numbers, numbers).map(":".join),
        st.tuples(numbers, st.sampled_from(["2", "3", "1.5", "0.5"]), numbers).map(
            lambda three: f"{three[0]}:*{three[1]}:{three[2]}"
        ),
    )
    limit = draw(st.none() | st.tuples(st.integers(-2000, -999), st.integers(999, 2000)))
    try:
        return axis(draw(forms), type, limit)
    except InputError:
        return axis("1|2|4", type, limit)


@given(numeric_axes(), st.booleans())
def test_an_extension_has_all_values_and_one_beyond(dimension, upwards):
    found = extension(dimension, upwards)
    if found is None or (dimension.domain.size or 0) > 200:
        return
    longer = axis(found.right, dimension.type, dimension.limits[0])
    assert set(longer.domain) == {*dimension.domain, found.value}
    value, ends = dimension.number(found.value), dimension.ends()
    assert value > ends[1] if upwards else value < ends[0]
    if dimension.limits[0] and dimension.type is INT:
        assert dimension.limits[0][0] <= value <= dimension.limits[0][1]


@given(numeric_axes(), st.data())
def test_what_is_narrowed_has_the_best_value_and_stays_near(dimension, data):
    if dimension.numbers() is None or dimension.domain.size > 200:
        return
    best = data.draw(st.sampled_from(list(dimension.domain)))
    tried = data.draw(st.lists(st.sampled_from(list(dimension.domain))))
    right = narrowed(dimension, best, [*tried, best], beyond=True)
    line = parse_line(f"CONFIG_X={right}", Where("range", 1))
    assert isinstance(line, Line)
    values = list(bind(line.rows[0], dimension.type, Where("range", 1), "X"))
    assert best in values
    assert len(values) <= 5
    numbers = [dimension.number(value) for value in values]
    assert numbers == sorted(numbers)


def test_without_evidence_nothing_lies_beyond_the_end():
    assert narrowed(axis("0|0.9"), "0.9", ["0", "0.9"], beyond=False) == "0:0.45:0.9"
    assert narrowed(axis("0|0.9"), "0.9", ["0", "0.9"], beyond=True) != "0:0.45:0.9"

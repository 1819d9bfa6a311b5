"""The expression language against Python's own arithmetic, and its rules for what is inactive."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep import expression
from ksweep.errors import InputError, Where

HERE = Where("range", 4)
ENV: dict[str, Decimal | str] = {
    "ON": Decimal(1),
    "OFF": Decimal(0),
    "BATCH": Decimal(64),
    "LR": "1e-3",
    "MODEL": "resnet18",
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ON", True),
        ("!ON || OFF", False),
        ("ON && BATCH >= 64", True),
        ("BATCH * 2 + 1 = 129", True),
        ("BATCH / 3 * 3 < 65", True),
        ("LR = 0.001", True),
        ("LR > 0.0001 && LR <= 1e-3", True),
        ('MODEL = "resnet18"', True),
        ('MODEL != "vgg"', True),
        ("min(BATCH, 3, 9) = 3 && max(1, BATCH) = 64", True),
        ("ceil(BATCH / 10) = 7", True),
        ("-BATCH < 0", True),
        ("(OFF || ON) && !(BATCH = 1)", True),
        ("ON = y && OFF = n", True),
        # inactive symbols: a comparison is false, elsewhere they count as 0
        ("GONE < 100", False),
        ("GONE != 3", False),
        ("!(GONE < 100)", True),
        ("BATCH + GONE > 0", False),
        ("GONE", False),
        ("!GONE", True),
        ("GONE || ON", True),
        # letters with letters where they are in quotes, else numbers
        ('LR = "1e-3"', True),
        ('LR != "0.001"', True),
        ('"0.001" = LR', False),
        ('LR <= "0.001"', True),
        ('BATCH = "64.0"', True),
    ],
)
def test_truth(text: str, holds: bool) -> None:
    assert expression.parse(text, HERE).holds(ENV) is holds


def test_names() -> None:
    parsed = expression.parse('A && min(B, 3) = C || D = "E"', HERE)
    assert parsed.names == {"A", "B", "C", "D"}


def test_names_of_measured_values() -> None:
    parsed = expression.parse(r'metric.loss < 1 && metric."val/\"a\"" > metric', HERE)
    assert parsed.names == {"metric.loss", 'metric.val/"a"', "metric"}
    assert parsed.holds({"metric.loss": Decimal(0), 'metric.val/"a"': Decimal(2), "metric": "1"})


@pytest.mark.parametrize(
    "text",
    ["", "A &&", "A = = B", "A < B < C", "(A", "A)", "f(A)", "ceil(1, 2)", "A & B", "'A'", '"a',
     "(" * 100 + "A" + ")" * 100, "!" * 1000 + "A", "import os", "A.b", "metric.", 'metric."a', "metric.a.b", "__import__('os')"],
)  # fmt: skip
def test_malformed_is_an_error_with_its_place(text: str) -> None:
    with pytest.raises(InputError) as caught:
        expression.parse(text, HERE)
    assert str(caught.value).startswith("range:4: ")


@pytest.mark.parametrize("text", ["BATCH / OFF > 1", "MODEL < 3", "MODEL + 1 > 1"])
def test_what_cannot_be_calculated_is_an_error_with_its_place(text: str) -> None:
    with pytest.raises(InputError, match="range:4: "):
        expression.parse(text, HERE).holds(ENV)


numbers = st.integers(0, 20).map(str)
arithmetic = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({' '.join(t)})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(" ".join),
    ),
    max_leaves=8,
)


@given(
    arithmetic, st.sampled_from([("=", "=="), ("!=", "!="), ("<", "<"), (">=", ">=")]), arithmetic
)
def test_arithmetic_and_comparisons(left: str, operators: tuple[str, str], right: str) -> None:
    ours, python = operators
    expected = eval(f"({left}) {python} ({right})")  # digits, signs and parentheses alone
    assert expression.parse(f"{left} {ours} {right}", HERE).holds({}) is expected


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    with suppress(InputError):
        assert expression.parse(text, HERE).holds({}) in (True, False)

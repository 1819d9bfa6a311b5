"""The tests of differences against SciPy's, and their edges by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ksweep.analysis.differing import Sample
from ksweep.analysis.noise import holm, pair_chances, shift_chance
from ksweep.analysis.runs import mean

values = st.lists(st.integers(-1000, 1000).map(lambda n: n / 8), min_size=2, max_size=12)

nearly_equal = pytest.mark.filterwarnings("ignore:Precision loss occurred:RuntimeWarning")


def chance_of_difference(one: list[float], other: list[float]) -> float | None:
    return pair_chances([(one, other)])[0]


@nearly_equal  # SciPy's warning, on one of the two without a spread
@given(values, values)
def test_welch_agrees_with_scipy(one: list[float], other: list[float]) -> None:
    if len(set(one)) == len(set(other)) == 1:
        assert chance_of_difference(one, other) == float(one[0] == other[0])
        return
    expected = stats.ttest_ind(one, other, equal_var=False).pvalue
    assert chance_of_difference(one, other) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(values)
def test_a_shift_agrees_with_scipy(differences: list[float]) -> None:
    if len(set(differences)) == 1:
        assert shift_chance(differences) == float(differences[0] == 0)
        return
    expected = stats.ttest_1samp(differences, 0).pvalue
    assert shift_chance(differences) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_agrees_with_its_definition(chances: list[float]) -> None:
    found = holm(np.array(chances)).tolist()
    rising = sorted(chances)
    count = len(chances)
    for chance, corrected in zip(chances, found, strict=True):
        place = len(rising) - 1 - rising[::-1].index(chance)
        steps = [min(rising[i] * (count - i), 1.0) for i in range(place + 1)]
        assert corrected <= max(steps) + 1e-12
        assert corrected >= chance


def test_holm_by_hand() -> None:
    found = holm(np.array([0.01, math.nan, 0.04, 0.03]))
    assert found == pytest.approx([0.03, math.nan, 0.06, 0.06], nan_ok=True)
    assert holm(np.array([])).size == 0


@nearly_equal
@given(st.lists(st.tuples(values, values), min_size=2, max_size=6))
def test_pairs_are_corrected_for_their_number(pairs: list[tuple[list[float], list[float]]]) -> None:
    single = np.array([chance_of_difference(*pair) for pair in pairs])
    assert pair_chances(pairs) == pytest.approx(holm(single).tolist(), rel=1e-6, abs=1e-12)


def test_a_pair_without_values_is_no_comparison() -> None:
    one, other = [1.0, 2.0, 3.0], [4.0, 5.0, 7.0]
    found = pair_chances([([], [1.0, 2.0]), (one, other), ([1.0], [2.0, 4.0]), ([], [])])
    assert found == [None, pytest.approx(chance_of_difference(one, other)), None, None]
    assert pair_chances([]) == []


def test_a_single_value_says_nothing_of_noise() -> None:
    assert chance_of_difference([1.0], [2.0, 3.0]) is None
    assert shift_chance([1.0]) is None
    assert Sample((1.0,)).deviation is None
    assert (Sample(()).mean, Sample(()).deviation) == (None, None)


def test_values_of_any_size_have_a_mean() -> None:
    assert mean([0.1, 0.1, 0.1]) == 0.1
    assert mean([1.7e308, 1.7e308, 1.6e308]) == pytest.approx(1.6667e308, rel=1e-4)
    assert Sample((1.0, 2.0, 4.0)).deviation == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert Sample((1e308, -1e308)).deviation == pytest.approx(2**0.5 * 1e308)
    assert chance_of_difference([1e308, -1e308], [1.0, 2.0]) == pytest.approx(1)
    assert chance_of_difference([1e300, 1e300], [1.0, 1.0]) == 0

"""Student's t and Fisher's F against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ksweep.analysis.distributions import f_chance, t_chances, t_limit, t_limits

FREEDOMS = np.array([1, 1.3, 2, 3.7, 5, 10, 30.5, 100, 199.9, 200, 1e3, 1e5, 1e6])


@pytest.mark.parametrize("t", [0, 1e-9, 0.1, 1, 2, 5, 50, 1e200, np.inf, -2])
def test_how_probable_a_t_is(t):
    found = t_chances(np.full_like(FREEDOMS, t), FREEDOMS)
    np.testing.assert_allclose(found, 2 * stats.t.sf(abs(t), FREEDOMS), rtol=1e-7, atol=1e-300)


def test_how_far_95_percent_reach():
    np.testing.assert_allclose(t_limits(FREEDOMS), stats.t.ppf(0.975, FREEDOMS), rtol=1e-10)


def test_limits_as_printed_in_tables():
    assert [round(t_limit(freedom), 3) for freedom in (1, 2, 4, 10, 30)] == [
        12.706, 4.303, 2.776, 2.228, 2.042,
    ]  # fmt: skip


@given(
    st.floats(0, 1e6), st.integers(1, 3_000), st.integers(1, 1_000_000)
)  # fmt: skip
def test_how_probable_an_f_is(f, freedom, of_errors):
    expected = stats.f.sf(f, freedom, of_errors)
    assert f_chance(f, freedom, of_errors) == pytest.approx(expected, rel=1e-6, abs=1e-12)

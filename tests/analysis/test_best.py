"""Multiple comparisons with the best and moderated variances: against SciPy, and their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from ksweep.analysis import moderation
from ksweep.analysis.best import lags
from ksweep.analysis.moderation import moderated
from ksweep.analysis.noise import samples_of


def chances(*samples: list[float]) -> list[float]:
    return lags(samples_of(sorted(samples, key=np.mean))).chances.tolist()


@pytest.mark.parametrize("x", [0.05, 0.5, 1.0, 3.7, 40.0, 1e6])
def test_polygamma_functions_agree_with_scipy(x):
    assert moderation._digamma(x) == pytest.approx(special.digamma(x), rel=1e-9)
    for order in (1, 2, 3):
        expected = float(special.polygamma(order, x))
        assert moderation._polygamma(order, x) == pytest.approx(expected, rel=1e-8)
    assert moderation._inverse_trigamma(float(special.polygamma(1, x))) == pytest.approx(x)


def test_of_two_equally_noisy_samples_it_is_students_test():
    one, other = [1.0, 2.0, 4.0], [3.0, 5.5, 6.0]
    expected = stats.ttest_ind(one, other, alternative="less").pvalue
    assert chances(one, other)[1] == pytest.approx(expected, rel=1e-4)


def test_of_many_it_is_dunnetts_test_of_each_as_the_control():
    drawn = np.random.default_rng(0)
    samples = sorted(drawn.normal(0, 1, (6, 12)).tolist(), key=np.mean)
    worst = stats.dunnett(*samples[:5], control=samples[5], alternative="less").pvalue.min()
    assert chances(*samples)[5] == pytest.approx(worst, rel=0.1)


def test_equal_variances_are_pooled_and_all_degrees_of_freedom_count():
    freedom = np.array([2, 2, 4, 0])
    found = moderated(np.array([1.0, 1.2, 0.9, 0.0]), freedom)
    assert math.isinf(found.prior_freedom)
    assert found.variances.tolist() == pytest.approx([8.0 / 8] * 4)
    assert found.freedom.tolist() == [8] * 4


def test_the_prior_of_unequal_variances_is_found():
    """Drawn as the model has it: 8 degrees of freedom around 3, then samples of 5."""
    drawn = np.random.default_rng(1)
    true = 3 * 8 / drawn.chisquare(8, 20_000)
    found = moderated(true * drawn.chisquare(4, 20_000) / 4, np.full(20_000, 4))
    assert found.prior_freedom == pytest.approx(8, rel=0.15)


def test_of_very_unequal_variances_each_keeps_its_own():
    own = np.array([1.0, 1e2, 1e4, 1e6])
    found = moderated(own, np.full(4, 20))
    assert found.variances == pytest.approx(own, rel=0.25)
    assert found.freedom.max() < 21


def test_without_any_degree_of_freedom_nothing_is_known():
    assert moderated(np.zeros(2), np.zeros(2, dtype=int)) is None
    assert lags(samples_of([[1.0], [2.0]])) is None
    assert lags(samples_of([])) is None
    assert lags(samples_of([[1.0, 2.0]])) is None


def test_what_is_rounded_is_no_tiny_noise():
    """0.1 + 0.2 beside 0.3: its variance would be 1e-33, and deny that any two are equal."""
    samples = [[0.1 + 0.2, 0.3, 0.3], *([x, x + 0.01, x - 0.01] for x in (0.302, 0.305, 0.31))]
    assert min(chances(*samples)[1:]) > 0.05


runs = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=4)


@given(st.lists(runs, min_size=2, max_size=6))
def test_chances_are_chances_whatever_the_runs(samples):
    ordered = samples_of(sorted(samples, key=np.mean))
    found = lags(ordered)
    if found is None:
        assert all(np.std(sample) < 1e-100 for sample in samples)
        return
    assert np.all((found.chances >= 0) & (found.chances <= 1))
    assert found.chances[0] > 0.3  # the first lies behind none


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_noise_of_any_size(size):
    samples = [[1.0 * size, 1.1 * size], [1.05 * size, 1.2 * size], [3.0 * size, 3.1 * size]]
    found = chances(*samples)
    assert found[1] > 0.05 > found[2]

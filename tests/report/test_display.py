from __future__ import annotations

import pytest

from ksweep.report.display import metric_value, spread_value


@pytest.mark.parametrize(
    ("value", "text"), [(88.5, "88.50%"), (0.82, "0.82"), (0.8213, "0.8213"), (1, "1"), (0, "0")]
)
def test_an_accuracy_is_a_percentage_beyond_1_and_else_a_share(value, text):
    assert metric_value("test_acc", value) == text


def test_a_difference_has_the_unit_of_what_it_is_a_difference_of():
    assert metric_value("test_acc", 0.35, largest=88.5) == "0.35%"
    assert metric_value("test_acc", 0.035, largest=0.8) == "0.035"


def test_so_has_a_spread():
    assert spread_value("test_acc", 0.2134, mean=88.5) == "0.21%"
    assert spread_value("test_acc", 0.002134, mean=0.88) == "0.0021"


def test_shares_that_differ_are_not_made_equal():
    assert len({metric_value("test_acc", one) for one in (0.8213, 0.8199, 0.8204)}) == 3

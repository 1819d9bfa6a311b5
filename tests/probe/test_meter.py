"""Adding up what a tree used."""

from __future__ import annotations

import pytest

from ksweep.probe import MB, Meter, next_sample_age
from ksweep.proctable import ProcessRow


def rows(*sizes_mb: float) -> list[ProcessRow]:
    return [ProcessRow(n, 0, 1, 1, 1, "S", 0.0, int(mb * MB)) for n, mb in enumerate(sizes_mb)]


def peak(meter: Meter, kernel_mb: float | None) -> float | None:
    kernel = None if kernel_mb is None else int(kernel_mb * MB)
    return meter.resources(1, 1, kernel, None).peak_rss_mb


def test_the_peak_is_the_largest_sum_of_the_tree() -> None:
    meter = Meter()
    meter.sample(rows(10))
    meter.sample(rows(20, 30))
    meter.sample(rows(5, 5))
    assert peak(meter, None) == 50
    assert peak(meter, 40) == 50
    assert peak(meter, 60) == 60


def test_what_nobody_saw_is_unknown() -> None:
    meter = Meter()
    assert peak(meter, None) is None
    meter.sample([])
    assert peak(meter, None) is None
    assert meter.resources(1, 1, None, None).read_mb is None


def test_a_single_sample_is_no_peak_without_the_kernels_word() -> None:
    meter = Meter()
    meter.sample(rows(0.004))
    assert peak(meter, None) is None
    assert peak(meter, 3) == 3
    meter.sample(rows(2))
    assert peak(meter, None) == 2


def test_units() -> None:
    used = Meter().resources(1.23456789, 0.5, 3 * MB, (MB, MB // 2))
    assert (used.wall_s, used.cpu_s) == (1.234568, 0.5)
    assert (used.peak_rss_mb, used.read_mb, used.write_mb) == (3, 1, 0.5)


def test_a_young_trial_is_looked_at_ever_more_rarely() -> None:
    ages = [0.0]
    while (age := next_sample_age(ages[-1])) is not None:
        ages.append(age)
    assert ages == pytest.approx([0, 0.05, 0.1, 0.2, 0.4, 0.8])

"""How often `compare --fail-if-worse` says no: of equal sweeps, and of one that is 5 % worse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Figure
from ksweep.analysis.comparing import Comparison, compare
from ksweep.analysis.ranking import Basis
from ksweep.analysis.view import View
from ksweep.model import Goal, Objective, Resources, Result, Settings, TrialState

_BASIS = Basis((Objective("seconds", Goal.MINIMIZE),))
_NOISE = 0.02  # as a share of the mean


def comparison_figures(sweeps: int) -> Iterator[Figure]:
    """False alarms in a hundred comparisons, and alarms that are true."""
    for configurations, runs in ((10, 3), (2, 3), (30, 3), (10, 2), (10, 10), (10, 1), (50, 1)):
        for name, unequal in (("equal noise", False), ("unequal noise", True)):
            title = f"{configurations} configurations, runs: {runs}, {name}"
            seen = alarms(sweeps, configurations, runs, 1.0, unequal)
            yield Figure(f"{title}: false alarms in 100", 100 * seen / sweeps, most=5)
    for configurations, runs in ((10, 3), (30, 3), (10, 1)):
        seen = alarms(sweeps, configurations, runs, 1.05, unequal=False)
        title = f"5 % worse, {configurations} configurations, runs: {runs}"
        yield Figure(f"{title}: told in 100", 100 * seen / sweeps, least=95)


def alarms(sweeps: int, configurations: int, runs: int, factor: float, unequal: bool) -> int:
    """How many comparisons fail where all means are `factor` times those of before."""
    return sum(fails(one) for one in comparisons(sweeps, configurations, runs, factor, unequal))


def fails(comparison: Comparison) -> bool:
    """What `--fail-if-worse 0%` says."""
    return bool(comparison.worse_by(0.0) or comparison.shifted_by(0.0))


def comparisons(
    sweeps: int, configurations: int, runs: int, factor: float, unequal: bool
) -> Iterator[Comparison]:
    """Pairs of sweeps of one truth: means of 50 to 200, noise of 2 % of each."""
    for seed in range(sweeps):
        drawn = np.random.default_rng(seed)
        means = drawn.uniform(50, 200, configurations)
        noise = _NOISE * means * (np.exp(0.8 * drawn.standard_normal(means.size)) if unequal else 1)
        base, other = (_sweep(drawn, means * by, noise, runs) for by in (1.0, factor))
        yield compare(base, other, _BASIS)


def _sweep(
    drawn: np.random.Generator, means: NDArray[np.float64], noise: NDArray[np.float64], runs: int
) -> View:
    values = means + noise * drawn.standard_normal((runs, means.size))
    results = tuple(
        _result(configuration, run, value)
        for run, row in enumerate(values.tolist(), 1)
        for configuration, value in enumerate(row)
    )
    directories = tuple(one.name for one in results)
    return View("", results, directories, ("CONFIG_SIZE",), Settings(metric="seconds"))


def _result(configuration: int, run: int, value: float) -> Result:
    name = f"config_{configuration:03}" + (f".r{run}" if run > 1 else "")
    return Result(
        name, f"{configuration:012x}", TrialState.SUCCESS, 0, 1, "", "", "",
        {"CONFIG_SIZE": str(configuration)}, repeat=run, metrics={"seconds": value},
        resources=Resources(),
    )  # fmt: skip

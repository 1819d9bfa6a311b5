"""Whether judgements are right as often as they claim: simulated sweeps whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparisons import comparison_figures
from benchmarks.timing import Check, Figure
from ksweep.analysis.best import lags
from ksweep.analysis.columns import columns_of
from ksweep.analysis.distributions import LEVEL
from ksweep.analysis.effects import Effect, effects
from ksweep.analysis.importance import importance
from ksweep.analysis.noise import samples_of
from ksweep.analysis.view import View
from ksweep.model import Resources, Result, Settings, TrialState

_SWEEPS = 300
_CONFIGURATIONS = 30
SPREAD = np.linspace(0, 4, _CONFIGURATIONS)
AHEAD = np.append(np.zeros(_CONFIGURATIONS - 1), 5.0)

Random = np.random.Generator
Deviations = Callable[[Random], NDArray[np.float64]]


def measure(_: Path) -> list[Check]:
    """All judgements, a check each."""
    groups = {
        "cannot be told from the best": best_figures(_SWEEPS),
        "importance": importance_figures(50),
        "explained shares": share_figures(100),
        "compare": comparison_figures(400),
    }
    return [
        Check(name, "".join(f"\n{one}" for one in figures), all(one.ok for one in figures))
        for name, figures in ((name, list(figures)) for name, figures in groups.items())
    ]


# -- noise, and what cannot be told from the best ------------------------------------------------


def best_figures(sweeps: int) -> Iterator[Figure]:
    """How often the list holds the true best, and how long it is."""
    for name, deviations in NOISE.items():
        for runs in (3, 5, 10):
            held, length = told_from_best(SPREAD, deviations, runs, sweeps)
            title = f"spread over 4 deviations, {name}, {runs} runs"
            yield Figure(f"{title}: holds the best", held, least=0.95)
            if name == "equal noise" and runs == 3:
                yield Figure(f"{title}: length", length, most=17)
    held, length = told_from_best(AHEAD, _equal, 3, sweeps)
    yield Figure("one ahead by 5 deviations, equal noise, 3 runs: holds it", held, least=0.95)
    yield Figure("one ahead by 5 deviations, equal noise, 3 runs: length", length, most=1.5)


def told_from_best(
    truth: NDArray[np.float64], deviations: Deviations, runs: int, sweeps: int
) -> tuple[float, float]:
    """How often the true best is in the list, and how many are, with the best itself."""
    drawn = np.random.default_rng(0)
    held = length = 0
    for _ in range(sweeps):
        noise = deviations(drawn)[:, None] * drawn.standard_normal((truth.size, runs))
        costs = -(truth[:, None] + noise)
        order = np.argsort(costs.mean(axis=1))
        found = lags(samples_of(costs[order].tolist()))
        assert found is not None
        inside = found.chances > LEVEL
        inside[0] = True
        held += bool(inside[np.flatnonzero(order == int(truth.argmax()))[0]])
        length += int(inside.sum())
    return held / sweeps, length / sweeps


def _equal(_: Random) -> NDArray[np.float64]:
    return np.ones(_CONFIGURATIONS)


def _within_four(drawn: Random) -> NDArray[np.float64]:
    return drawn.uniform(0.5, 2.0, _CONFIGURATIONS)


def _lognormal(drawn: Random) -> NDArray[np.float64]:
    return np.exp(0.7 * drawn.standard_normal(_CONFIGURATIONS))


def _rising(_: Random) -> NDArray[np.float64]:
    return np.linspace(0.3, 3.0, _CONFIGURATIONS)


NOISE: dict[str, Deviations] = {
    "equal noise": _equal,
    "noise of 0.5 to 2": _within_four,
    "log-normal noise": _lognormal,
    "ten times the noise for the best": _rising,
}


# -- importance and explained shares -------------------------------------------------------------


def importance_figures(sweeps: int) -> Iterator[Figure]:
    """Shares against those of the truth, and how often noise has any."""
    shown = sum(bool(_shares(noise_alone(seed))) for seed in range(sweeps))
    yield Figure(f"of {sweeps} sweeps of noise: with shares", shown, most=0.06 * sweeps)
    grid = _shares(sweep_of(_grid(4, 4, 4), lambda x: 3 * x[:, 0] + x[:, 1]))
    yield Figure("3A + B, A's share (true 0.9)", grid.get("A", 0.0), 0.85, 0.95)
    yield Figure("3A + B, B's share (true 0.1)", grid.get("B", 0.0), 0.05, 0.15)
    xor = _shares(exclusive_or(0))
    least = min(xor.get("A", 0.0), xor.get("B", 0.0))
    yield Figure("A xor B: the lesser share (true 0.5)", least, least=0.4)
    yield Figure("A xor B: the share of C (true 0)", xor.get("C", 1.0), most=0.1)


def share_figures(sweeps: int) -> Iterator[Figure]:
    """Of 60 random configurations: what A explains (truly 81 %), C (truly 0), and its test."""
    found = [_explained(random_design(seed)) for seed in range(sweeps)]
    of_a = [one["A"].explained or 0.0 for one in found]
    of_c = [one["C"] for one in found]
    alarms = sum(one.chance is not None and one.chance <= LEVEL for one in of_c)
    yield Figure("A's explained share (true 0.81), mean", float(np.mean(of_a)), 0.76, 0.86)
    yield Figure(
        "C's (true 0), mean", float(np.mean([c.explained or 0.0 for c in of_c])), most=0.02
    )
    yield Figure("C's test finds an effect", alarms / sweeps, most=0.1)


def noise_alone(seed: int) -> View:
    """60 random configurations; D is hidden in some of them."""
    drawn = np.random.default_rng(seed)
    x = drawn.random((60, 4))
    x[drawn.random(60) < 0.4, 3] = np.nan
    return sweep_of(x, lambda _: drawn.standard_normal(60))


def exclusive_or(seed: int) -> View:
    """A and B do something together alone; C does nothing."""
    drawn = np.random.default_rng(seed)
    grid = _grid(2, 2, 3, 3)
    return sweep_of(grid, lambda x: (x[:, 0] != x[:, 1]) + drawn.normal(0, 0.2, len(x)))


def random_design(seed: int) -> View:
    """Variances of 0.81, 0.09 and 0.1 for A, B and noise."""
    drawn = np.random.default_rng(seed)
    x = drawn.random((60, 4))
    noise = drawn.normal(0, 0.1**0.5, 60)
    return sweep_of(x, lambda x: 12**0.5 * (0.9 * x[:, 0] + 0.3 * x[:, 1]) + noise)


def sweep_of(
    x: NDArray[np.float64], value_of: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> View:
    """A sweep over A, B, C and so on; NaN is inactive."""
    names = [f"CONFIG_{chr(ord('A') + place)}" for place in range(x.shape[1])]
    results = tuple(
        _result(number, names, row, value)
        for number, (row, value) in enumerate(zip(x.tolist(), value_of(x).tolist(), strict=True), 1)
    )
    return View("", results, tuple(one.name for one in results), tuple(names), Settings())


def _result(number: int, names: Sequence[str], row: Sequence[float], value: float) -> Result:
    params = {name: f"{v:.6g}" for name, v in zip(names, row, strict=True) if v == v}
    return Result(
        f"config_{number:03}", f"{number:012x}", TrialState.SUCCESS, 0, 1, "", "", "",
        params, metrics={"test_acc": value}, resources=Resources(),
    )  # fmt: skip


def _grid(*sizes: int) -> NDArray[np.float64]:
    return np.stack(np.meshgrid(*map(np.arange, sizes)), axis=-1).reshape(-1, len(sizes)) * 1.0


def _shares(view: View) -> dict[str, float]:
    found = importance(columns_of(view.results, view), (), "test_acc")
    return {one.factor.removeprefix("CONFIG_"): one.share for one in found.shares} if found else {}


def _explained(view: View) -> dict[str, Effect]:
    found = effects(columns_of(view.results, view))
    return {one.factor.removeprefix("CONFIG_"): one for one in found if one.measure == "test_acc"}

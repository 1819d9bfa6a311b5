"""Searching a conditional space against Optuna on the flattened one, and what asking costs."""

from __future__ import annotations

import itertools
import math
import random
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from math import log10
from pathlib import Path

import optuna

from benchmarks.timing import Check
from ksweep import rangefile, search
from ksweep.model import Goal, Method, Settings, TrialState
from ksweep.search import Outcome
from ksweep.space import Space

_CASE = Path(__file__).parent / "space_conditional"
_EVALUATIONS, _SEEDS = 60, 20
_SHOWN = (10, 20, 30, 40, 50, 60)
_METRIC = "accuracy"


def measure(directory: Path) -> list[Check]:
    """All that there is to measure of searches."""
    return [
        _conditional(),
        *_asking(directory),
        _drawing(directory),
        _covering(directory, strength=2, most=50),
        _covering(directory, strength=3, most=330),
    ]


# -- a conditional space -------------------------------------------------------------------------


def accuracy(values: Mapping[str, float], optimizer: str) -> float:
    """Made up: each optimiser has one hill, Lion's is the highest and the narrowest."""
    v = values
    if optimizer == "SGD":
        off = 0.06 * (log10(v["SGD_LR"]) + 1.5) ** 2 + 0.5 * (v["SGD_MOMENTUM"] - 0.9) ** 2
        return 0.9 - off - 0.01 * (log10(v["SGD_DECAY"]) + 4) ** 2
    if optimizer == "ADAM":
        off = 0.08 * (log10(v["ADAM_LR"]) + 3) ** 2 + 2 * (v["ADAM_BETA1"] - 0.9) ** 2
        return 0.95 - off - 0.005 * (log10(v["ADAM_EPSILON"]) + 8) ** 2
    off = 0.15 * (log10(v["LION_LR"]) + 4) ** 2 + 3 * (v["LION_BETA1"] - 0.95) ** 2
    return 0.97 - off - (v["LION_BETA2"] - 0.98) ** 2


def _conditional() -> Check:
    ours, theirs, random_ = (
        [run(seed) for seed in range(_SEEDS)]
        for run in (_with_ksweep, _with_optuna, lambda seed: _with_ksweep(seed, Method.RANDOM))
    )
    repeated = sum(len(ids) - len(set(ids)) for _, ids in ours)
    curves = [[best for best, _ in runs] for runs in (ours, theirs, random_)]
    ends = [statistics.median(curve[-1] for curve in runs) for runs in curves[:2]]
    return Check(
        "best of 60 on a conditional space, median of 20 seeds",
        f"at {', '.join(map(str, _SHOWN))} evaluations\n"
        f"  ksweep tpe         {_medians(curves[0])}, {repeated} identities repeated\n"
        f"  optuna, flattened  {_medians(curves[1])}\n"
        f"  ksweep random      {_medians(curves[2])}",
        ends[0] >= ends[1] and not repeated,
    )


def _with_ksweep(seed: int, method: Method = Method.TPE) -> tuple[list[float], list[str]]:
    space = Space(rangefile.read(_CASE / "range", _CASE), _CASE / "Kconfig")
    chosen = Settings(method=method, trials=_EVALUATIONS, seed=seed, metric=_METRIC)
    asked = search.make(space, chosen)
    found, ids = [], []
    for _ in range(_EVALUATIONS):
        choice = asked.ask()
        assert choice is not None
        (one,) = choice.configurations
        optimizer = next(n for n in ("SGD", "ADAM", "LION") if one.params[f"CONFIG_{n}"] == "y")
        values = {n[7:]: float(v) for n, v in one.params.items() if v not in ("y", "n")}
        found.append(accuracy(values, optimizer))
        ids.append(one.id)
        asked.tell(Outcome(one.params, frozenset([one.id]), TrialState.SUCCESS, (found[-1],)))
    return _best_so_far(found), ids


def _with_optuna(seed: int) -> tuple[list[float], list[str]]:
    """Optuna as it is without further thought: every parameter asked for in every trial."""

    def objective(trial: optuna.Trial) -> float:
        optimizer = trial.suggest_categorical("OPTIMIZER", ["SGD", "ADAM", "LION"])
        values = {
            "SGD_LR": trial.suggest_float("SGD_LR", 1e-4, 1, log=True),
            "SGD_MOMENTUM": trial.suggest_float("SGD_MOMENTUM", 0, 0.99),
            "SGD_DECAY": trial.suggest_float("SGD_DECAY", 1e-6, 1e-2, log=True),
            "ADAM_LR": trial.suggest_float("ADAM_LR", 1e-6, 1e-1, log=True),
            "ADAM_BETA1": trial.suggest_float("ADAM_BETA1", 0.5, 0.999),
            "ADAM_EPSILON": trial.suggest_float("ADAM_EPSILON", 1e-10, 1e-4, log=True),
            "LION_LR": trial.suggest_float("LION_LR", 1e-6, 1e-2, log=True),
            "LION_BETA1": trial.suggest_float("LION_BETA1", 0.5, 0.999),
            "LION_BETA2": trial.suggest_float("LION_BETA2", 0.5, 0.9999),
        }
        return accuracy(values, optimizer)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=_EVALUATIONS)
    return _best_so_far([trial.value or 0.0 for trial in study.trials]), []


def _best_so_far(values: Sequence[float]) -> list[float]:
    return [max(values[: count + 1]) for count in range(len(values))]


def _medians(curves: Sequence[Sequence[float]]) -> str:
    at = (statistics.median(curve[count - 1] for curve in curves) for count in _SHOWN)
    return " ".join(f"{value:.4f}" for value in at)


# -- what asking costs ---------------------------------------------------------------------------


def _asking(directory: Path) -> list[Check]:
    """The time of `ask` after 100 and 1,000 trials of ten continuous parameters, Kconfig's too."""
    names = [f"P{number}" for number in range(10)]
    (directory / "Kconfig").write_text("".join(f'config {n}\n\tstring "{n}"\n' for n in names))
    (directory / "range").write_text("".join(f"CONFIG_{n}=uniform(0, 1)\n" for n in names))
    space = Space(rangefile.read(directory / "range", directory), directory / "Kconfig")
    settings = Settings(method=Method.TPE, trials=2_000, metric=_METRIC, goal=Goal.MINIMIZE)
    asked, rng, checks = search.make(space, settings), random.Random(1), []
    for number in range(1_005):
        params = {f"CONFIG_{name}": f"{rng.random():.6f}" for name in names}
        loss = sum(float(value) for value in params.values())
        asked.tell(Outcome(params, frozenset([str(number)]), TrialState.SUCCESS, (loss,)))
        for count, limit in ((100, 0.005), (1_000, 0.05)):
            if number == count:
                took = statistics.median(_timed(asked.ask) for _ in range(5))
                text = f"{1000 * took:.1f} ms (under {1000 * limit:.0f} ms)"
                checks.append(Check(f"tpe: to ask after {count} trials", text, took < limit))
    return checks


def _drawing(directory: Path) -> Check:
    """1,000 of 10^12 distinct configurations, resolved and told apart."""
    kconfig = "".join(f'config A{number}\n\tint "a"\n' for number in range(12))
    (directory / "Kconfig").write_text(kconfig)
    (directory / "range").write_text("".join(f"CONFIG_A{n}=1:1:10\n" for n in range(12)))
    started = time.perf_counter()
    space = Space(rangefile.read(directory / "range", directory), directory / "Kconfig")
    asked = search.make(space, Settings(method=Method.RANDOM, trials=1_000))
    ids = {one.id for _ in range(1_000) if (c := asked.ask()) for one in c.configurations}
    took = time.perf_counter() - started
    text = f"{took:.2f} s for {len(ids):,} of {asked.outlook.available:,} (under 2 s)"
    return Check("random draws", text, took < 2 and len(ids) == 1_000)


def _covering(directory: Path, strength: int, most: int) -> Check:
    """Ten axes of five values, what is covered counted on the configurations that come out."""
    (directory / "Kconfig").write_text("".join(f'config A{n}\n\tint "a"\n' for n in range(10)))
    (directory / "range").write_text("".join(f"CONFIG_A{n}=1:1:5\n" for n in range(10)))
    started = time.perf_counter()
    space = Space(rangefile.read(directory / "range", directory), directory / "Kconfig")
    asked = search.make(space, Settings(method=Method.COVERING, strength=strength))
    rows = [one.params.items() for c in iter(asked.ask, None) for one in c.configurations]
    took = time.perf_counter() - started
    covered = {combination for row in rows for combination in itertools.combinations(row, strength)}
    wanted = math.comb(10, strength) * 5**strength
    text = f"{len(rows)} configurations (at most {most}) with {len(covered):,} of {wanted:,}"
    complete = len(rows) <= most and len(covered) == wanted
    return Check(f"covering, strength {strength}", f"{text}, {took:.1f} s", complete)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)

"""Stopping bad trials early on the digits example: what is saved, and what it costs."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Check, seconds

_ROOT = Path(__file__).parent.parent
_RANGE = "defconfigs/digits-search-range"
_SEEDS = (0, 1, 2)
_RULES = ("none", "hyperband")
_CLOSE, _SHARE = 0.5, 0.5


@dataclass(frozen=True)
class Spent:
    """What a sweep spent, in epochs of all its trials together, and the best that it found."""

    epochs: int
    best: float
    pruned: int


def measure(directory: Path) -> list[Check]:
    """40 random configurations, run to the end and under Hyperband, with three seeds each."""
    lay_out(directory)
    pairs = [tuple(_sweep(directory, seed, rule) for rule in _RULES) for seed in _SEEDS]
    shares = [stopped.epochs / whole.epochs for whole, stopped in pairs]
    behind = [whole.best - stopped.best for whole, stopped in pairs]
    text = "".join(
        f"\n  seed {seed}: {stopped.epochs:,} of {whole.epochs:,} epochs ({share:.0%}, "
        f"{stopped.pruned} of 40 stopped), best {stopped.best:.2f}% of {whole.best:.2f}%"
        for seed, (whole, stopped), share in zip(_SEEDS, pairs, shares, strict=True)
    )
    median = f"\n  median: {statistics.median(shares):.0%} of the epochs (at most {_SHARE:.0%}), "
    median += f"{statistics.median(behind):.2f} points behind (at most {_CLOSE})"
    ok = statistics.median(shares) <= _SHARE and statistics.median(behind) <= _CLOSE
    return [Check("hyperband over 40 random configurations", text + median, ok)]


def lay_out(directory: Path) -> None:
    """Copy what the digits example needs."""
    for name in ("defconfigs", "examples"):
        shutil.copytree(_ROOT / name, directory / name)
    (directory / "ksweep").mkdir()
    for name in ("Kconfig", "ksweep/Kconfig.sweep"):
        shutil.copy(_ROOT / name, directory / name)


def _sweep(directory: Path, seed: int, rule: str) -> Spent:
    command = [sys.executable, "-m", "ksweep", "sweep", _RANGE, "--method", "random"]
    options = ["--trials", "40", "--seed", str(seed), "--stop", rule, "-j", "2"]
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    seconds([*command, *options], directory, {**os.environ, "PATH": path})
    return _spent(directory / "test_matrix_results" / "latest")


def _spent(results: Path) -> Spent:
    trials = json.loads((results / "sweep_summary.json").read_text())
    logs = [(results / trial["dir"] / "output.log").read_text() for trial in trials]
    return Spent(
        epochs=sum('"step"' in line for log in logs for line in log.splitlines()),
        best=max(trial["test_acc"] for trial in trials if trial["status"] == "success"),
        pruned=sum(trial["status"] == "pruned" for trial in trials),
    )

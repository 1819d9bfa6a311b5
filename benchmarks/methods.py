"""`python -m benchmarks.methods docs/methods.png`: methods and stopping on the digits example."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import matplotlib

from benchmarks.stopping import lay_out
from benchmarks.timing import seconds

_SEARCHED = "defconfigs/digits-search-range"
_GRID = "defconfigs/digits-grid-range"
_GRID_LINES = {  # the same space in steps
    "CONFIG_LEARNING_RATE": "1e-5:*10:1e-1",
    "CONFIG_WEIGHT_DECAY": "1e-4:*100:1",
    "CONFIG_ADAMWPRUNE_BETA1": "0.5|0.9|0.99",
    "CONFIG_BATCH_SIZE": "8|45|256",
}
_RUNS = {
    "grid, shuffled": ("grid", "none"),
    "random": ("random", "none"),
    "qmc": ("qmc", "none"),
    "tpe": ("tpe", "none"),
    "random, hyperband": ("random", "hyperband"),
    "tpe, hyperband": ("tpe", "hyperband"),
}
_TRIALS, _SEEDS, _EPOCHS = 40, 5, 81

Curve = list[tuple[int, float]]
"""Epochs spent by all trials so far, and the best test accuracy of a whole trial by then."""


def main(path: str) -> int:
    """Runs every method with every seed, and draws the medians."""
    with tempfile.TemporaryDirectory(prefix="ksweep-methods-") as name:
        directory = Path(name)
        lay_out(directory)
        _write_grid(directory)
        found = {
            label: [_run(directory, *run, seed) for seed in range(_SEEDS)]
            for label, run in _RUNS.items()
        }
    for label, curves in found.items():
        ends = [curve[-1] for curve in curves]
        best = statistics.median(best for _, best in ends)
        epochs = statistics.median(epochs for epochs, _ in ends)
        print(f"{label:20} {best:.2f}% after {epochs:,.0f} epochs")
    _draw(found, path)
    return 0


def _write_grid(directory: Path) -> None:
    """The searched range file with steps in place of distributions."""
    lines = []
    for line in (directory / _SEARCHED).read_text().splitlines():
        name = line.partition("=")[0]
        if not name.startswith(("CONFIG_SWEEP_METHOD", "CONFIG_SWEEP_TRIALS")):
            lines.append(f"{name}={_GRID_LINES[name]}" if name in _GRID_LINES else line)
    text = "\n".join([*lines, "CONFIG_SWEEP_SHUFFLE=y", ""])
    (directory / _GRID).write_text(text)


def _run(directory: Path, method: str, rule: str, seed: int) -> Curve:
    file = _GRID if method == "grid" else _SEARCHED
    command = [sys.executable, "-m", "ksweep", "sweep", file, "--method", method, "--stop", rule]
    options = ["--trials", str(_TRIALS), "--max-runs", str(_TRIALS), "--seed", str(seed)]
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    output = directory / f"{method}-{rule}-{seed}"
    where = ["--output-dir", output.name, "-j", "1"]
    seconds([*command, *options, *where], directory, {**os.environ, "PATH": path})
    curve = _curve(output / "latest")
    shutil.rmtree(output)
    return curve


def _curve(results: Path) -> Curve:
    dirs = {
        t["config_file"]: t["dir"] for t in json.loads((results / "sweep_summary.json").read_text())
    }
    epochs, best, curve = 0, 0.0, []
    for line in (results / "results.jsonl").read_text().splitlines():
        trial = json.loads(line)
        log = (results / dirs[trial["name"]] / "output.log").read_text()
        epochs += sum('"step"' in printed for printed in log.splitlines())
        if trial["status"] == "success":
            best = max(best, trial["metrics"]["test_acc"])
        curve.append((epochs, best))
    return curve


def _at(curves: Sequence[Curve], epochs: int) -> float:
    """The median of the best by then; 0 before the first whole trial."""
    return statistics.median(
        max((b for e, b in curve if e <= epochs), default=0.0) for curve in curves
    )


def _draw(found: dict[str, list[Curve]], path: str) -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.2, 4.2), layout="constrained")
    for label, curves in found.items():
        last = statistics.median(curve[-1][0] for curve in curves)
        xs = [x for x in range(0, _TRIALS * _EPOCHS + 1, 27) if x <= last]
        style = "--" if "hyperband" in label else "-"
        axes.step(xs, [_at(curves, x) for x in xs], style, where="post", label=label)
    axes.set_ylim(94, 99)
    axes.set_xlabel("epochs spent by all trials together")
    axes.set_ylabel("best test accuracy so far, %")
    axes.set_title(f"examples/digits: {_TRIALS} configurations each, median of {_SEEDS} seeds")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

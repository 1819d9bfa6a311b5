"""The analysis of very many made-up results, as text, CSV and JSON: its time and memory."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Check
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.view import View
from ksweep.model import Resources, Result, Settings, TrialState
from ksweep.report.analysis_text import analysis_text
from ksweep.report.summary import pieces
from ksweep.store import atomic

_ROOT = Path(__file__).parent.parent
_LIMITS = {100_000: (5.0, 1.0), 1_000_000: (60.0, 4.0)}  # seconds, GiB
_SEEDS = 3
_OPTIMIZERS = ("CONFIG_OPT_SGD", "CONFIG_OPT_ADAM", "CONFIG_OPT_LION")
_PARAMETERS = ("CONFIG_LR", "CONFIG_BATCH", *_OPTIMIZERS, "CONFIG_MOMENTUM", "CONFIG_DROPOUT")


def measure(directory: Path) -> list[Check]:
    """Each number of results once with one run a configuration and once with three."""
    return [
        _check(count, repeats, directory) for count in _LIMITS for repeats in ("single", "repeated")
    ]


def _check(count: int, repeats: str, directory: Path) -> Check:
    """In a process of its own, whose memory is that of nothing else."""
    command = [sys.executable, "-m", "benchmarks.analysing", str(count), repeats, str(directory)]
    env = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(command, cwd=_ROOT, env=env, check=True, capture_output=True, text=True)
    spent = json.loads(done.stdout)
    most_s, most_gib = _LIMITS[count]
    text = f"{spent['seconds']:.2f} s (at most {most_s:.0f}), "
    text += f"{spent['gib']:.2f} GiB with the results themselves (at most {most_gib:.0f})"
    ok = spent["seconds"] <= most_s and spent["gib"] <= most_gib
    return Check(f"analysis of {count:,} results, {repeats}", text, ok)


def made_up(count: int, repeated: bool) -> View:
    """Results of a sweep that never ran; one of a hundred failed."""
    results = tuple(_results(count, _SEEDS if repeated else 1))
    return View(
        path="/made/up",
        results=results,
        directories=tuple(f"{result.name}_{result.id}" for result in results),
        parameters=(*_PARAMETERS, "CONFIG_SEED"),
        settings=Settings(replicate=("SEED",) if repeated else ()),
        choices=(_OPTIMIZERS,),
    )


def _results(count: int, seeds: int) -> Iterator[Result]:
    drawn = random.Random(0)
    params: dict[str, str] = {}
    for number in range(count):
        seed = number % seeds
        params = dict(params) if seed else _params(drawn)
        params["CONFIG_SEED"] = str(seed)
        yield _result(number, params, drawn)


def _params(drawn: random.Random) -> dict[str, str]:
    chosen = drawn.choice(_OPTIMIZERS)
    return {
        "CONFIG_LR": f"{drawn.choice((1, 2, 5))}e-{drawn.randint(1, 4)}",
        "CONFIG_BATCH": str(2 ** drawn.randint(4, 9)),
        **{name: "y" if name == chosen else "n" for name in _OPTIMIZERS},
        **({"CONFIG_MOMENTUM": drawn.choice(("0.8", "0.9"))} if chosen == _OPTIMIZERS[0] else {}),
        "CONFIG_DROPOUT": f"{drawn.random():.6g}",
    }


def _result(number: int, params: dict[str, str], drawn: random.Random) -> Result:
    accuracy = drawn.gauss(80, 3) + 2 * (params["CONFIG_OPT_ADAM"] == "y")
    used = Resources(*(drawn.uniform(1, 100) for _ in range(5)))
    return Result(
        name=f"config_{number:07}",
        id=f"{number:012x}",
        status=TrialState.SUCCESS if drawn.random() < 0.99 else TrialState.FAILED,
        exit_code=0,
        attempt=1,
        started_at=f"2026-03-01T22:00:00.{number % 1_000_000:06}+00:00",
        finished_at=f"2026-03-01T22:00:10.{number % 1_000_000:06}+00:00",
        host="host",
        params=params,
        metrics={"test_acc": accuracy, "loss": drawn.random(), "f1": drawn.random()},
        resources=used,
    )


def _analyse(view: View, directory: Path) -> float:
    """Everything that follows reading; in seconds."""
    start = time.perf_counter()
    ranking = rank(view.results, choose_basis(view.results, view.settings))
    text = analysis_text(view, ranking, 10)
    atomic.write(str(directory / "sweep_analysis.txt"), atomic.encode(text))
    paths = [str(directory / name) for name in ("sweep_summary.json", "sweep_results.csv")]
    atomic.write_side_by_side(paths, ([*map(atomic.encode, each)] for each in pieces(view)))
    return time.perf_counter() - start


def _main(count: str, repeats: str, directory: str) -> None:
    view = made_up(int(count), repeats == "repeated")
    seconds = _analyse(view, Path(directory))
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "gib": kib / 2**20}))


if __name__ == "__main__":
    _main(*sys.argv[1:])

"""`ksweep analyze` of very many made-up results, as text, CSV and JSON: its time and memory."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.timing import Check
from ksweep import settings
from ksweep.model import Resources, Result, Settings, TrialState
from ksweep.store import Entry, layout, record
from ksweep.store.trialdir import TrialDir

_ROOT = Path(__file__).parent.parent
_SEEDS = 3
_OPTIMIZERS = ("OPT_SGD", "OPT_ADAM", "OPT_LION")
_SINGLE = ("LR", "BATCH", "MOMENTUM", "DROPOUT", "AMP", "LAYERS", "WIDTH", "SEED")
_OUTPUTS = ("sweep_analysis.txt", "sweep_results.csv", "sweep_summary.json")


@dataclass(frozen=True)
class Case:
    """A sweep that never ran, and what its analysis may take.

    Attributes:
        trials: how many.
        seeds: runs of each configuration.
        directories: whether each trial has its directory with its `result.json`, which is what
            counts where it is there, or `results.jsonl` alone is left.
        seconds: of the whole command.
        gib: of memory, in the larger of its processes; there are two where one writes the tables.
    """

    trials: int
    seeds: int
    directories: bool
    seconds: float
    gib: float

    @property
    def name(self) -> str:
        runs = "one run each" if self.seeds == 1 else f"{self.seeds} runs each"
        place = "their directories" if self.directories else "results.jsonl alone"
        return f"analyzing {self.trials:,} results ({runs}) from {place}"


_CASES = (
    Case(100_000, 1, directories=True, seconds=5, gib=1),
    Case(100_000, 1, directories=False, seconds=5, gib=1),
    Case(100_000, _SEEDS, directories=False, seconds=5, gib=1),
    Case(1_000_000, 1, directories=False, seconds=60, gib=4),
    Case(1_000_000, _SEEDS, directories=False, seconds=60, gib=4),
)


def measure(directory: Path) -> list[Check]:
    """The whole command, as a process of its own, on each of the cases."""
    found = []
    for number, case in enumerate(_CASES):
        made = directory / f"sweep_{number}"
        _run([sys.executable, "-m", "benchmarks.analysing", str(number), str(made)])
        seconds, gib = _run([sys.executable, "-m", "ksweep", "analyze", str(made)])
        missing = [name for name in _OUTPUTS if not (made / name).stat().st_size]
        shutil.rmtree(made)
        text = f"{seconds:.1f} s (at most {case.seconds:g}), {gib:.2f} GiB (at most {case.gib:g})"
        ok = not missing and seconds <= case.seconds and gib <= case.gib
        found.append(Check(case.name, text, ok))
    return found


def _run(command: Sequence[str]) -> tuple[float, float]:
    """The seconds that a process takes, and the most GiB that it has at once."""
    env = {**os.environ, "PYTHONPATH": str(_ROOT)}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=_ROOT, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)  # of this process, not of all so far
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, _gib(used)


def _gib(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)


def make(case: Case, directory: Path) -> None:
    """Write the results directory of a sweep that never ran."""
    directory.mkdir(parents=True)
    entries: list[Entry] = []
    with (directory / "results.jsonl").open("wb") as ledger:
        for entry, result in _trials(case):
            entries.append(entry)
            ledger.write(record.to_line(result))
            if case.directories:
                trial = TrialDir.create(f"{directory}/{entry.directory}", "")
                trial.write_result(result)
    held = Settings(replicate=("SEED",) if case.seeds > 1 else ())
    choice = {"kind": "choice", "symbols": list(_OPTIMIZERS)}
    axes = [choice, *({"kind": "single", "symbols": [name]} for name in _SINGLE)]
    layout.write_sweep(str(directory), {"axes": axes, "settings": settings.to_json(held)}, entries)


def _trials(case: Case) -> Iterator[tuple[Entry, Result]]:
    drawn = random.Random(0)
    params: dict[str, str] = {}
    for number in range(case.trials):
        seed = number % case.seeds
        params = {**(params if seed else _params(drawn)), "CONFIG_SEED": str(seed)}
        entry = Entry(f"config_{number + 1:07}", f"{number:012x}", params)
        yield entry, _result(entry, drawn)


def _params(drawn: random.Random) -> dict[str, str]:
    """Nine axes: a choice with a parameter that only one of its members has, and others."""
    chosen = drawn.choice(_OPTIMIZERS)
    return {
        **{f"CONFIG_{name}": "y" if name == chosen else "n" for name in _OPTIMIZERS},
        "CONFIG_LR": f"{drawn.choice((1, 2, 5))}e-{drawn.randint(1, 4)}",
        "CONFIG_BATCH": str(2 ** drawn.randint(4, 9)),
        **({"CONFIG_MOMENTUM": drawn.choice(("0.8", "0.9"))} if chosen == "OPT_SGD" else {}),
        "CONFIG_DROPOUT": f"{drawn.random():.6g}",
        "CONFIG_AMP": drawn.choice("ny"),
        "CONFIG_LAYERS": str(drawn.randint(2, 12)),
        "CONFIG_WIDTH": str(64 * drawn.randint(1, 16)),
    }


def _result(entry: Entry, drawn: random.Random) -> Result:
    """One of a hundred failed, and one of a thousand has a loss that is no number."""
    accuracy = drawn.gauss(80, 3) + 2 * (entry.params["CONFIG_OPT_ADAM"] == "y")
    loss = float("nan") if drawn.random() < 0.001 else drawn.expovariate(1)
    result = Result(
        name=entry.name,
        id=entry.id,
        status=TrialState.SUCCESS,
        exit_code=0,
        attempt=1,
        started_at=f"2026-03-01T22:00:00.{entry.number % 1_000_000:06}+00:00",
        finished_at=f"2026-03-01T22:00:10.{entry.number % 1_000_000:06}+00:00",
        host="host",
        params=entry.params,
        metrics={"test_acc": accuracy, "loss": loss, "f1": drawn.random()},
        resources=Resources(*(drawn.uniform(1, 100) for _ in range(8))),
    )
    if drawn.random() >= 0.01:
        return result
    error = f"exit code 1: out of memory at step {drawn.randint(1, 900)}"
    failed = TrialState.FAILED
    return replace(result, status=failed, exit_code=1, metrics={}, error=error, log_tail=error)


if __name__ == "__main__":
    make(_CASES[int(sys.argv[1])], Path(sys.argv[2]))

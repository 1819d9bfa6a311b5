"""One trial prints without end, and the others' times, limits and signals are what they are."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.making import Project

KCONFIG = 'config X\n\tint "x"\n\trange 1 8\n'
LIMIT_S = 6.0
# Of the expression's two halves the second one hangs on the last line of the first trial. The
# second trial does nothing. The others' own clocks begin when the kernel starts them.
PROGRAM = """\
import os, sys, time
x, size = int(os.environ["CONFIG_X"]), int(open("size").read())
if x == 1:
    block = b"epoch 7: score=0.5 lr=0.001\\n" * 4000
    for _ in range(size // len(block)):
        os.write(1, block)
    os.write(1, b"a" * 60 + b"\\n")
    open("printed", "w").close()
if x <= 2:
    time.sleep(600)
print("score=%d" % x, flush=True)
time.sleep(1)
ticks = int(open("/proc/self/stat").read().rpartition(")")[2].split()[19])
now = time.clock_gettime(time.CLOCK_BOOTTIME)
with open(os.environ["KSWEEP_DIR"] + "/own", "w") as file:
    file.write(str(now - ticks / os.sysconf("SC_CLK_TCK")))
"""
AXES = (
    'CONFIG_X=1:1:8\nCONFIG_SWEEP_METRIC="score"\nCONFIG_SWEEP_JOBS=4\n'
    f'CONFIG_SWEEP_METRIC_REGEX="score=([0-9.]+)|(a+)+b"\nCONFIG_SWEEP_TIMEOUT={LIMIT_S:.0f}\n'
)


@dataclass
class Noise:
    """What it did to the others, in seconds."""

    megabytes: int
    beside_own: list[float] = field(default_factory=list)  # recorded, less by their own clocks
    own: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)  # time limits
    answers: dict[str, float] = field(default_factory=dict)  # signals
    wrong: list[str] = field(default_factory=list)

    @property
    def worst_share(self) -> float:
        """The largest difference, as a share of what is allowed: 5 % or 50 ms."""
        pairs = zip(self.beside_own, self.own, strict=True)
        return max((abs(off) / max(0.05 * own, 0.05) for off, own in pairs), default=0)

    @property
    def sound(self) -> bool:
        slow = [self.worst_share, *self.late, *self.answers.values()]
        return not self.wrong and max(slow) <= 1

    def lines(self) -> list[str]:
        answers = ", ".join(f"{name} {s:.2f} s" for name, s in self.answers.items())
        return [
            f"one trial prints {self.megabytes} MB, the metric on every line:",
            f"  times of the others beside their own clocks: {max(self.beside_own):+.3f} s at most",
            f"  time limits fire late by {max(self.late):.3f} s at most",
            f"  answered after: {answers}",
            *(f"  wrong: {text}" for text in self.wrong),
        ]


def run(work: Path, megabytes: int) -> Noise:
    """Beside the noise: six trials, two time limits, then signals."""
    figures = Noise(megabytes)
    with Project.made(work, KCONFIG, AXES, PROGRAM) as project:
        (work / "size").write_text(str(megabytes << 20))
        done = project.start("sweep", "range")
        _, said = done.communicate(timeout=600)
        if done.returncode or "Traceback" in said:
            figures.wrong.append(f"ended with {done.returncode}: {said[-300:]}")
        _compare(project, figures)
        for number in (signal.SIGTERM, signal.SIGINT):
            (work / "printed").unlink(missing_ok=True)
            figures.answers[number.name] = _answer(project, number, figures)
    return figures


def _compare(project: Project, figures: Noise) -> None:
    for path in sorted(project.results.glob("config_*/result.json")):
        result: dict[str, Any] = json.loads(path.read_text())
        name, seconds = result["name"], float(result["resources"]["wall_s"])
        if result["status"] == "timeout":
            figures.late.append(seconds - LIMIT_S)
            continue
        own = float((path.parent / "own").read_text())
        figures.own.append(own)
        figures.beside_own.append(seconds - own)
        if result["metrics"] != {"score": int(name[-1])} or "incomplete" in result:
            figures.wrong.append(f"{name}: {result['metrics']}, {result.get('incomplete')}")
    if len(figures.own) != 6 or len(figures.late) != 2:
        figures.wrong.append(f"{len(figures.own)} ended, {len(figures.late)} met their limits")


def _answer(project: Project, number: signal.Signals, figures: Noise) -> float:
    """How long a run that has all of the noise to read takes to end when it is told to."""
    process = project.start("sweep", "range", "--set", "TIMEOUT=0", "--max-runs", "2", "-j", "2")
    while not (project.path / "printed").exists() and process.poll() is None:
        time.sleep(0.02)
    begun = time.monotonic()
    process.send_signal(number)
    if number is signal.SIGINT:
        time.sleep(0.1)
        process.send_signal(number)
    process.communicate(timeout=600)
    if process.returncode != 130:
        figures.wrong.append(f"{number.name}: ended with {process.returncode}")
    return time.monotonic() - begun

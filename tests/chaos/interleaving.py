"""Commands at work on one directory at the same time, stopped at system calls in random order."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from chaos import stepping, truth
from chaos.stepping import Command

COMMANDS = (
    ("generate", "a-range"),
    ("generate", "b-range"),
    ("sweep", "a-range"),
    ("sweep", "b-range"),
    ("run",),
    ("resume", "--config-dir", "sweep_configs"),
    ("resume",),
    ("clean",),
)
AT_ONCE, STOPS, CALLS = (2, 3), 4, 400
LOOK_S, TURN_S = 0.001, 0.06
DONE = {0, 2}  # refused, as another runs the sweep or there is none yet
MOST_SAID = 20


@dataclass
class Interleavings:
    """What came of them."""

    seed: int
    count: int = 0
    stops: int = 0
    seconds: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)
    trials: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.wrong

    def lines(self) -> list[str]:
        """For people."""
        codes = ", ".join(f"{count} x {code}" for code, count in sorted(self.codes.items()))
        return [
            f"interleavings: {self.count}, {self.stops} stops at system calls, "
            f"in {self.seconds:.0f} s (seed {self.seed})",
            f"  {codes}",
            f"  {self.trials.total()} trials compared with their texts and identities",
            *(f"  WRONG: {text}" for text in self.wrong[:MOST_SAID]),
        ]


def run(work: Path, count: int, seed: int) -> Interleavings:
    """So many of them, each in a project of its own below `work`."""
    figures, begun, chance = Interleavings(seed), time.monotonic(), random.Random(seed)
    stepping.prepare()
    while figures.count < count and len(figures.wrong) < MOST_SAID:
        figures.count += 1
        _interleave(work / f"interleaving_{figures.count}", chance, figures)
    figures.seconds = time.monotonic() - begun
    return figures


def _interleave(work: Path, chance: random.Random, figures: Interleavings) -> None:
    work.mkdir()
    project = work / "project"
    truth.write_project(project)

    def start(arguments: tuple[str, ...], stops: int) -> Command:
        at = {chance.randrange(1, CALLS): signal.SIGSTOP for _ in range(stops)}
        notes = work / f"notes_{len(list(work.iterdir()))}"
        return stepping.start(project, notes, arguments, at=at)

    if chance.random() < 0.8:
        before = chance.choice([("generate", "c-range"), ("sweep", "c-range", "--max-runs", "1")])
        start(before, 0).wait()
    commands = [start(one, STOPS) for one in chance.choices(COMMANDS, k=chance.choice(AT_ONCE))]
    try:
        _take_turns(commands, chance, figures)
    finally:
        stepping.end(commands)
    commands.append(start(("sweep", "c-range"), 0))
    commands[-1].wait()
    _check(project, commands, figures)


def _take_turns(commands: list[Command], chance: random.Random, figures: Interleavings) -> None:
    """Let a random one of those that have stopped go on, as soon as nothing else happens."""
    deadline = time.monotonic() + stepping.PATIENCE_S
    while any(one.code is None for one in commands):
        _until(lambda: all(one.code is not None or one.stopped for one in commands), commands)
        waiting = [one for one in commands if one.stopped]
        if waiting:
            figures.stops += 1
            chance.choice(waiting).go_on()
        elif time.monotonic() > deadline:
            figures.wrong.append(f"no end: {[one.arguments for one in commands]}")
            return


def _until(settled: Callable[[], bool], commands: list[Command]) -> None:
    """Wait until all have stopped or ended; one that waits for another does neither."""
    turn_ends = time.monotonic() + TURN_S
    while time.monotonic() < turn_ends:
        for one in commands:
            one.look()
        if settled():
            return
        time.sleep(LOOK_S)


def _check(project: Path, commands: list[Command], figures: Interleavings) -> None:
    said = [(one.arguments, one.code, one.said.splitlines()[-3:]) for one in commands]
    for one in commands:
        figures.codes[f"{one.arguments[0]} {one.code}"] += 1
        if one.code not in DONE or "unexpected" in one.said or "Traceback" in one.said:
            figures.wrong.append(f"{figures.count}: {one.arguments} ended with {one.code}: {said}")
    figures.trials += truth.ended(project)
    found = [*truth.wrong(project), *(f"left over: {name}" for name in truth.left_over(project))]
    figures.wrong += [f"{figures.count}: {text}: {said}" for text in found]

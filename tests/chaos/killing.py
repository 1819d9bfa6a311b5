"""A command that is killed at each of its changes to the disk, and what the next command finds."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chaos import stepping, truth
from chaos.stepping import Command

MOST_SAID = 20
CONFIGS = ("--config-dir", "sweep_configs")


@dataclass(frozen=True)
class Case:
    """What is killed.

    Attributes:
        before: the commands that come first.
        killed: the one that is killed.
        after: those that come then.
        atomic_exchange: whether the file system can exchange two directories in one step.
    """

    before: tuple[tuple[str, ...], ...]
    killed: tuple[str, ...]
    after: tuple[tuple[str, ...], ...]
    atomic_exchange: bool = True


GENERATED = ("generate", "c-range")
BEGUN = ("sweep", "c-range", "--max-runs", "1")
CASES = (
    Case((GENERATED,), ("generate", "a-range"), (("run",),)),
    Case((GENERATED,), ("generate", "a-range"), (("run",),), atomic_exchange=False),
    Case((GENERATED,), ("clean",), (GENERATED, ("run",))),
    Case((GENERATED,), ("sweep", "a-range"), (("sweep", "a-range"),)),
    Case((BEGUN,), ("sweep", "a-range"), (("resume",), ("sweep", "b-range"))),
    Case((BEGUN,), ("run",), (("resume",), ("run",))),
    Case((BEGUN,), ("resume",), (("resume",),)),
    Case((BEGUN, ("generate", "a-range")), ("resume", *CONFIGS), (("resume", *CONFIGS),)),
)


@dataclass
class Kills:
    """What came of them."""

    seed: int
    count: int = 0
    seconds: float = 0.0
    killed: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    trials: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.wrong or self.lost)

    def lines(self) -> list[str]:
        """For people."""
        kinds = ", ".join(f"{count} x {verb}" for verb, count in sorted(self.killed.items()))
        return [
            f"kills: {self.count} at changes of the disk, in {self.seconds:.0f} s "
            f"(seed {self.seed})",
            f"  {kinds}",
            f"  {self.trials.total()} trials compared, records lost {self.lost}",
            *(f"  WRONG: {text}" for text in self.wrong[:MOST_SAID]),
        ]


def run(work: Path, most: int | None, seed: int, cases: Sequence[Case] = CASES) -> Kills:
    """Kill at every change, or at no more than `most` of a case, chosen at random."""
    figures, begun, chance = Kills(seed), time.monotonic(), random.Random(seed)
    stepping.prepare()
    for number, case in enumerate(cases):
        _Case(work / f"case_{number}", case, figures).run(most, chance)
    figures.seconds = time.monotonic() - begun
    return figures


class _Case:
    def __init__(self, work: Path, case: Case, figures: Kills) -> None:
        self._work, self._case, self._figures = work, case, figures
        self._project, self._before = work / "project", work / "before"
        self._commands = 0
        work.mkdir()

    def run(self, most: int | None, chance: random.Random) -> None:
        truth.write_project(self._project)
        for arguments in self._case.before:
            self._do(self._project, arguments)
        self._project.rename(self._before)
        whole = self._killed(0)
        changes = range(1, whole.calls + 1)
        chosen = (
            changes if most is None else sorted(chance.sample(changes, min(most, len(changes))))
        )
        for at in chosen:
            self._kill(at)

    def _kill(self, at: int) -> None:
        command = self._killed(at)
        project, figures = self._project, self._figures
        if command.code == -signal.SIGKILL:
            figures.count += 1
            figures.killed[self._case.killed[0]] += 1
        recorded = truth.records(project)
        said = [self._do(project, arguments) for arguments in self._case.after]
        for directory in sorted((project / "test_matrix_results").glob("sweep_*")):
            said.append(self._do(project, ("resume", f"test_matrix_results/{directory.name}")))
        lost = recorded - truth.records(project)
        figures.lost += len(lost)
        figures.trials += truth.ended(project)
        found = [*truth.wrong(project), *(f"left over: {n}" for n in truth.left_over(project))]
        found += [f"it ended as {n}" for n in truth.ended(project) if n != "success"]
        found += [f"{one.arguments} ended with {one.code}" for one in said if one.code]
        words = [one.said.splitlines()[-2:] for one in said]
        figures.wrong += [f"{self._case.killed} killed at {at}: {text}: {words}" for text in found]

    def _killed(self, at: int) -> Command:
        """The command, killed at a change, or at none, in the project as it was before.

        At the same place: what is somewhere else is not trusted.
        """
        shutil.rmtree(self._project, ignore_errors=True)
        shutil.copytree(self._before, self._project, symlinks=True)
        return self._do(self._project, self._case.killed, {at: signal.SIGKILL})

    def _do(
        self, project: Path, arguments: tuple[str, ...], at: dict[int, signal.Signals] | None = None
    ) -> Command:
        self._commands += 1
        command = stepping.start(
            project,
            self._work / f"notes_{self._commands}",
            arguments,
            at=at or {},
            calls=stepping.CHANGES,
            atomic_exchange=self._case.atomic_exchange,
        )
        command.wait()
        return command

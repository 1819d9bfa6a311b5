"""Sweeps in which everything goes wrong, and what is left of their results in the end."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chaos import processes, sweeps
from chaos.faults import RESTING, RUNNING, Fault, Scene
from chaos.figures import Figures
from chaos.witness import Witness, content, logged, parsed

RUNNER = str(Path(__file__).with_name("runner.py"))
GRACE_S, PATIENCE_S = 0.5, 90
DELAYS_S = (0.0, 0.0, 0.01, 0.04)  # of each write and change of a name, in one run
DISK_MB = 24

DONE = {0, 1}
LEFT = DONE | {130, -1, -2, -9, -15}  # what a runner that was disturbed may end with
NO_ROOM = 3


def run(work: Path, faults: int, seed: int, *, search_every: int = 2) -> Figures:
    """Sweep after sweep, until so many faults were injected and all sweeps have come to their end.

    Args:
        work: an empty directory.
        faults: how many.
        seed: of every choice; the times at which processes do things are their own.
        search_every: each so many sweeps one is a search, which chooses while results come in.
    """
    figures, begun = Figures(seed), time.monotonic()
    chance = random.Random(seed)
    while figures.faults.total() < faults and figures.sound:
        figures.sweeps += 1
        place = work / f"sweep_{figures.sweeps}"
        place.mkdir()
        with _disk(place) as disk:
            search = figures.sweeps % search_every == 0
            _Sweep(place, disk, chance, figures, faults).run(search)
    figures.seconds = time.monotonic() - begun
    return figures


class _Sweep:
    """One sweep, from its range file to its analysis."""

    def __init__(
        self, place: Path, disk: Path | None, chance: random.Random, figures: Figures, faults: int
    ) -> None:
        self._project = place / "project"
        self._errors = place / "errors"
        self._project.mkdir(exist_ok=True)
        self._chance = chance
        self._figures = figures
        self._faults = faults
        self._scene = Scene(chance, self._latest, disk)
        self._witness = Witness(self._latest)
        self._sessions: set[int] = set()

    @property
    def _latest(self) -> Path:
        return (self._project / "test_matrix_results/latest").resolve()

    def run(self, search: bool) -> None:
        sweeps.write(self._project, search=search)
        try:
            done = False
            while not done and self._more():
                done = self._disturbed_run() in DONE
                self._rest()
            self._scene.settle(all_of_it=True)
            self._undisturbed_run()
            self._check()
        finally:
            self._scene.settle(all_of_it=True)
            if self._scene.runner is not None:
                self._scene.runner.kill()
                self._scene.runner.wait()
            processes.end_all(self._scene.results)

    def _more(self) -> bool:
        return self._figures.faults.total() < self._faults and not self._figures.wrong

    # -- running -------------------------------------------------------------------------------

    def _disturbed_run(self) -> int:
        """One runner, until it ends one way or another; its exit code."""
        runner = self._start(*self._scene.clock, self._chance.choice(DELAYS_S))
        self._scene.begin()
        self._wait_for_trials(runner)
        while runner.poll() is None and self._more():
            self._pause(runner, self._chance.uniform(0, self._chance.choice([0.1, 0.3, 0.6])))
            self._inject(RUNNING)
        self._scene.settle(all_of_it=not self._more())
        return self._end(runner, LEFT | {NO_ROOM} if self._scene.full else LEFT)

    def _undisturbed_run(self) -> None:
        self._end(self._start(0.0, 0.0, 0.0), DONE)

    def _start(self, back_s: float, after_s: float, delay_s: float) -> subprocess.Popen[bytes]:
        """The next runner: it begins the sweep, or goes on with it."""
        verb = ["resume"] if self._latest.is_dir() else ["sweep", "range"]
        machine = [str(GRACE_S), str(back_s), str(after_s), str(delay_s)]
        with open(self._errors, "wb") as errors:
            runner = subprocess.Popen(
                [sys.executable, RUNNER, *machine, *verb],
                cwd=self._project,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                preexec_fn=_ignore_interrupts,
            )
        self._scene.runner = runner
        self._figures.runs += 1
        return runner

    def _wait_for_trials(self, runner: subprocess.Popen[bytes]) -> None:
        """Most faults come while trials run, some while the runner is still starting."""
        if self._chance.random() < 0.2:
            self._pause(runner, self._chance.uniform(0, 0.6))
            return
        before = {one.pid for one in self._scene.trials()}
        while runner.poll() is None and {one.pid for one in self._scene.trials()} <= before:
            self._pause(runner, 0.02)

    def _pause(self, runner: subprocess.Popen[bytes], seconds: float) -> None:
        self._scene.settle()
        with suppress(subprocess.TimeoutExpired):
            runner.wait(seconds)
        self._look()

    def _end(self, runner: subprocess.Popen[bytes], codes: set[int]) -> int:
        deadline = time.monotonic() + PATIENCE_S
        while runner.poll() is None and time.monotonic() < deadline:
            self._pause(runner, 0.05)
        if runner.poll() is None:
            runner.kill()
            self._wrong("a runner did not come to an end")
        self._scene.runner = None
        errors = self._errors.read_text(errors="replace")
        if runner.wait() not in codes or "Traceback" in errors or "unexpected" in errors:
            self._wrong(f"a runner ended with {runner.returncode}: {errors}")
        self._look()
        return runner.returncode

    def _rest(self) -> None:
        for _ in range(self._chance.randrange(4)):
            if self._more():
                self._inject(RESTING)

    def _inject(self, table: Mapping[str, Fault]) -> None:
        """Let the first thing go wrong, in any order, that can just now."""
        kinds = self._chance.sample(list(table), len(table))
        done = next((kind for kind in kinds if table[kind](self._scene)), None)
        if done is not None:
            self._figures.faults[done] += 1
        self._look()

    def _look(self) -> None:
        self._scene.results = self._witness.directory = self._latest
        self._witness.look()
        self._sessions |= {one.session for one in self._scene.trials()}

    # -- checking ------------------------------------------------------------------------------

    def _check(self) -> None:
        figures, witness = self._figures, self._witness
        figures.seen += len(witness.seen)
        figures.lost += len(witness.lost())
        figures.changed += len(witness.changed)
        figures.left_over += len(self._scene.trials()) + len(processes.in_sessions(self._sessions))
        listed = (parsed(content(self._latest / "sweep.json")) or {}).get("configurations")
        if not listed:
            self._wrong("sweep.json lists nothing")
            return
        figures.configurations += len(listed)
        self._check_results(listed)
        self._check_analysis(listed)

    def _check_results(self, listed: list[dict[str, Any]]) -> None:
        """One whole result for each configuration, in its place and in the ledger, and its own."""
        known = Counter((one["name"], one["attempt"]) for one in logged(self._latest))
        for one in listed:
            name = one["name"]
            record = parsed(content(self._latest / f"{name}_{one['id']}" / "result.json"))
            if record is None:
                self._wrong(f"{name} has no result")
                continue
            if known[name, record["attempt"]] != 1:
                self._wrong(f"{name} is in the ledger {known[name, record['attempt']]} times")
            if record["status"] not in ("success", "failed") or record["params"] != one["params"]:
                self._wrong(f"{name} has no result of its own: {record}")
            if record["status"] == "success" and record["metrics"] != sweeps.expected(
                one["params"]
            ):
                self._wrong(f"{name} has values of another: {record}")
        repeated = [key for key, count in known.items() if count > 1]
        if repeated:
            self._wrong(f"the ledger has twice {repeated}")

    def _check_analysis(self, listed: list[dict[str, Any]]) -> None:
        self._analyze()
        text = (self._latest / "sweep_analysis.txt").read_text()
        if f"Total configurations tested: {len(listed)}\n" not in text:
            self._wrong(f"the analysis does not count {len(listed)}: {text[:200]}")
        summary = json.loads((self._latest / "sweep_summary.json").read_text())
        if sorted(one["config_file"] for one in summary) != sorted(one["name"] for one in listed):
            self._wrong("the summary does not have each configuration once")

    def _analyze(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "ksweep", "analyze"],
            cwd=self._project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        if done.returncode != 0:
            self._wrong(f"the analysis ended with {done.returncode}: {done.stderr!r}")

    def _wrong(self, text: str) -> None:
        self._figures.wrong.append(f"sweep {self._figures.sweeps}: {text}")


def _ignore_interrupts() -> None:
    """Of a process that is to begin: the first moments of Python know only tracebacks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _disk(place: Path) -> Iterator[Path | None]:
    """A small file system for the project in a directory; None where none may be mounted."""
    project = place / "project"
    project.mkdir()
    size = f"size={DISK_MB}m"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", project], capture_output=True
    )
    if done.returncode:
        yield None
        return
    try:
        yield project
    finally:
        subprocess.run(["umount", "--lazy", project], check=True)

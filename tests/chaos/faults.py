"""What goes wrong: one function a fault, and a table of them.

A fault says whether it could be injected. None takes both copies of a record: that would be two
disks that fail at once.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from chaos import processes
from chaos.witness import LEDGER, content, key_of, logged, parsed, placed, result_files

SWEEP_FILES = ("sweep.json", ".sweep.json")


@dataclass
class Scene:
    """A sweep in which things go wrong.

    Attributes:
        results: its directory, with no symbolic link in it.
        disk: a small file system that holds everything, where one could be mounted.
        runner: the process that runs the sweep, while there is one.
        later: what is still to be undone, and when, in the time of `time.monotonic()`.
        clock: for the next runner: by how many seconds its clock is set back, and after how many.
        full: the disk has been full while the runner ran.
        told: the runner was asked to end.
    """

    chance: random.Random
    results: Path
    disk: Path | None
    runner: subprocess.Popen[bytes] | None = None
    later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    clock: tuple[float, float] = (0.0, 0.0)
    full: bool = False
    told: bool = False

    def begin(self) -> None:
        """A new runner has been started."""
        self.clock, self.told = (0.0, 0.0), False
        self.full = self.filler is not None and self.filler.exists()

    @property
    def filler(self) -> Path | None:
        """What takes all the room, while it is there."""
        return self.disk / "filler" if self.disk is not None else None

    def trials(self) -> list[processes.Trial]:
        return processes.marked(self.results)

    def after(self, seconds: float, undo: Callable[[], object]) -> None:
        self.later.append((time.monotonic() + seconds, undo))

    def settle(self, *, all_of_it: bool = False) -> None:
        """Undo what is due."""
        now = time.monotonic()
        for item in list(self.later):
            if all_of_it or item[0] <= now:
                self.later.remove(item)
                item[1]()


Fault: TypeAlias = Callable[[Scene], bool]


# -- while a runner runs -----------------------------------------------------------------------


def kill_a_trial(scene: Scene) -> bool:
    return _signal_one(scene, signal.SIGKILL, main=True) is not None


def kill_a_child(scene: Scene) -> bool:
    return _signal_one(scene, signal.SIGKILL, main=False) is not None


def stop_a_trial_for_a_while(scene: Scene) -> bool:
    stopped = _signal_one(scene, signal.SIGSTOP, main=scene.chance.random() < 0.7)
    if stopped is None:
        return False

    def go_on() -> object:
        return processes.send(stopped, scene.results, signal.SIGCONT)

    scene.after(scene.chance.uniform(0.05, 0.8), go_on)
    return True


def fill_the_disk(scene: Scene) -> bool:
    filler = scene.filler
    if filler is None or filler.exists():
        return False
    with open(filler, "wb", 0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    scene.full = True
    scene.after(scene.chance.uniform(0.02, 0.5), filler.unlink)
    return True


def kill_the_runner(scene: Scene) -> bool:
    return _signal_runner(scene, signal.SIGKILL)


def terminate_the_runner(scene: Scene) -> bool:
    return _ask_to_end(scene, signal.SIGTERM)


def hang_up(scene: Scene) -> bool:
    return _ask_to_end(scene, signal.SIGHUP)


def interrupt_the_runner(scene: Scene) -> bool:
    if not _ask_to_end(scene, signal.SIGINT):
        return False
    if scene.chance.random() < 0.5:
        time.sleep(scene.chance.uniform(0, 0.1))
        _signal_runner(scene, signal.SIGINT)
    return True


# -- while none does ---------------------------------------------------------------------------


def set_the_clock_back(scene: Scene) -> bool:
    """For the next runner: from its start on, or in the middle of it."""
    back = scene.chance.choice([5.0, 3600.0, 86400.0 * 40])
    scene.clock = back, scene.chance.choice([0.0, scene.chance.uniform(0.3, 1.5)])
    return True


def tear_the_ledger(scene: Scene) -> bool:
    path = scene.results / LEDGER
    size = len(content(path))
    in_place = {key_of(record) for record in placed(scene.results)}
    for _ in range(20):
        at = scene.chance.randrange(size + 1)
        kept = {key_of(one) for one in map(parsed, content(path)[:at].split(b"\n")) if one}
        if size and {key_of(record) for record in logged(scene.results)} - kept <= in_place:
            _cut(path, at, zeros=scene.chance.random() < 0.3)
            return True
    return False


def tear_the_list_of_trials(scene: Scene) -> bool:
    """`sweep.json`, or now and then its copy."""
    torn, other = SWEEP_FILES if scene.chance.random() < 0.8 else SWEEP_FILES[::-1]
    path, size = scene.results / torn, len(content(scene.results / torn))
    if not size or parsed(content(scene.results / other)) is None:
        return False
    _cut(path, scene.chance.randrange(size), zeros=scene.chance.random() < 0.3)
    return True


def empty_a_result(scene: Scene) -> bool:
    return _tear_a_result(scene, lambda size: 0)


def cut_a_result(scene: Scene) -> bool:
    return _tear_a_result(scene, scene.chance.randrange)


RUNNING: dict[str, Fault] = {
    "trial killed": kill_a_trial,
    "child of a trial killed": kill_a_child,
    "trial stopped for a while": stop_a_trial_for_a_while,
    "disk full for a while": fill_the_disk,
    "runner: SIGKILL": kill_the_runner,
    "runner: SIGTERM": terminate_the_runner,
    "runner: SIGHUP": hang_up,
    "runner: SIGINT": interrupt_the_runner,
}
RESTING: dict[str, Fault] = {
    "clock set back": set_the_clock_back,
    "results.jsonl torn": tear_the_ledger,
    "sweep.json torn": tear_the_list_of_trials,
    "result.json emptied": empty_a_result,
    "result.json torn": cut_a_result,
}


def _signal_one(scene: Scene, number: signal.Signals, *, main: bool) -> int | None:
    """Signal any process of a trial; its id, None where there is none."""
    pids = [one.pid for one in scene.trials() if one.main is main]
    if not pids:
        return None
    pid = scene.chance.choice(pids)
    return pid if processes.send(pid, scene.results, number) else None


def _ask_to_end(scene: Scene, number: signal.Signals) -> bool:
    """Signal the runner, once: more of it would be no further fault."""
    if scene.told or not _signal_runner(scene, number):
        return False
    scene.told = True
    return True


def _signal_runner(scene: Scene, number: signal.Signals) -> bool:
    if scene.runner is None or scene.runner.poll() is not None:
        return False
    scene.runner.send_signal(number)
    return True


def _tear_a_result(scene: Scene, cut: Callable[[int], int]) -> bool:
    """Damage the record of an attempt which the ledger has as well."""
    known = {key_of(record) for record in logged(scene.results)}
    current = [path for path in result_files(scene.results) if path.parent.parent == scene.results]
    whole = [(path, record) for path in current if (record := parsed(content(path)))]
    paths = [path for path, record in whole if key_of(record) in known]
    if not paths:
        return False
    path = scene.chance.choice(paths)
    _cut(path, cut(path.stat().st_size), zeros=False)
    return True


def _cut(path: Path, at: int, *, zeros: bool) -> None:
    """Keep the first bytes of a file; where it had grown before its text arrived, zeros follow."""
    size = path.stat().st_size
    os.truncate(path, at)
    if zeros:
        os.truncate(path, size)

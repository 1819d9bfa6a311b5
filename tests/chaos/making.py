"""Projects whose programs mean harm, run by real processes of the command."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chaos import processes

RUNNER = str(Path(__file__).with_name("runner.py"))
GRACE = "0.3"
PATIENCE_S = 60


class Project:
    """A directory with a Kconfig, a range file and a program in Python."""

    def __init__(self, path: Path, kconfig: str, axes: str, program: str) -> None:
        self.path = path
        self._started: list[subprocess.Popen[str]] = []
        (path / "Kconfig").write_text(kconfig)
        (path / "program.py").write_text(program)
        command = shlex.join([sys.executable, "-S", str(path / "program.py")])
        (path / "range").write_text(f'CONFIG_SWEEP_COMMAND="{command}"\n{axes}')

    @classmethod
    @contextmanager
    def made(cls, path: Path, kconfig: str, axes: str, program: str) -> Iterator[Project]:
        """A project; what still runs of it in the end is killed."""
        project = cls(path, kconfig, axes, program)
        try:
            yield project
        finally:
            for process in project._started:
                process.kill()
                process.communicate()
            processes.end_all(project.results)

    def add(self, *lines: str) -> None:
        """Add to the range file."""
        with (self.path / "range").open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    @property
    def results(self) -> Path:
        return (self.path / "test_matrix_results/latest").resolve()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command, with little patience for trials that do not end."""
        process = subprocess.Popen(
            [sys.executable, RUNNER, GRACE, "0", "0", "0", *arguments],
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def ksweep(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, which has to come."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(arguments, process.returncode, out, errors)

    def records(self) -> list[dict[str, Any]]:
        """The summary, which each run writes."""
        return list(json.loads((self.results / "sweep_summary.json").read_text()))

    def states(self) -> list[str]:
        return [record["status"] for record in self.records()]

    def trial(self, name: str) -> Path:
        (path,) = self.results.glob(f"{name}_*")
        return path

    def left_over(self) -> list[int]:
        return [one.pid for one in processes.marked(self.results)]


def until(found: Any) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)

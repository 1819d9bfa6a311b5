"""A small project to run the command in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

KCONFIG = """\
config SIZE
	int "Size"
	range 1 9
	default 1

config FAST
	bool "Fast"

config DEPTH
	int "Depth"
	depends on FAST
	default 1
"""
RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_SIZE=1|2|3
CONFIG_FAST=y|n
CONFIG_DEPTH=4|5
"""
PROGRAM = 'echo "score: $((CONFIG_SIZE * 10))"\n'

CALL = f"{sys.executable} -m ksweep"  # how hints name the command in the tests
Ksweep = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with a Kconfig, a range file of 9 configurations out of 12, and a program."""
    (tmp_path / "Kconfig").write_text(KCONFIG)
    (tmp_path / "range").write_text(RANGE)
    (tmp_path / "program.sh").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def ksweep(project: Path) -> Ksweep:
    """Runs the command in the project, without a terminal."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ksweep", *arguments],
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run

"""The sweeps in which things go wrong: what varies, and what each configuration has to come to."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

KCONFIG = """\
config X
	int "what decides all else"
	range 1 999
	default 1

config WIDE
	bool "with a width"

config WIDTH
	int "width"
	depends on WIDE
	range 1 9
	default 1
"""
SETTINGS = """\
CONFIG_SWEEP_COMMAND="{command}"
CONFIG_SWEEP_METRIC="score"
CONFIG_SWEEP_METRICS="loss"
CONFIG_SWEEP_JOBS=4
CONFIG_SWEEP_TIMEOUT=60
CONFIG_SWEEP_MAX_FAILURES=0
"""
GRID = "CONFIG_X=1|2|3|6|7|8|9|11\nCONFIG_WIDE=y|n\nCONFIG_WIDTH=1|2\n"
SEARCH = """\
CONFIG_SWEEP_METHOD_TPE=y
CONFIG_SWEEP_TRIALS=20
CONFIG_X=uniform(1, 999)
CONFIG_WIDE=*
CONFIG_WIDTH=uniform(1, 9)
"""


def write(project: Path, *, search: bool) -> None:
    """Write a Kconfig and a range file: of a grid, or of a search, which learns from results."""
    program = str(Path(__file__).with_name("program.py"))
    command = shlex.join([sys.executable, "-S", program])
    (project / "Kconfig").write_text(KCONFIG)
    axes = SEARCH if search else GRID
    (project / "range").write_text(SETTINGS.format(command=command) + axes)


def expected(params: dict[str, str]) -> dict[str, float]:
    """What the program says of a configuration."""
    x, width = int(params["CONFIG_X"]), int(params.get("CONFIG_WIDTH", "0"))
    return {"score": x * 10 + width * 3, "noise": 3, "loss": x}

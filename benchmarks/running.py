"""Running many short trials against GNU parallel, both recording what they can."""

from __future__ import annotations

import itertools
import shutil
import sys
from pathlib import Path

from benchmarks.timing import Row, in_turns, seconds

_TRIALS = 1000
_ROUNDS = 3
_KCONFIG = 'config N\n\tint "N"\n\trange 1 1000\n'
_RANGE = f'CONFIG_SWEEP_COMMAND="true"\nCONFIG_N=1:1:{_TRIALS}\n'


def measure(directory: Path) -> list[Row]:
    """1,000 trials of `true`, two at once, everything recorded, as whole processes."""
    (directory / "Kconfig").write_text(_KCONFIG)
    (directory / "range").write_text(_RANGE)
    ksweep = [sys.executable, "-m", "ksweep"]
    seconds([*ksweep, "generate", "range"], directory)
    name = f"running {_TRIALS:,} trials of true, two at once"

    rounds = itertools.count()  # a directory each: removing the last one would be timed as well

    def ours() -> float:
        run = [*ksweep, "run", "--config-dir", "sweep_configs", "-j", "2"]
        return seconds([*run, "--output-dir", f"results_{next(rounds)}"], directory)

    def peer() -> float:
        place = f"peer_{next(rounds)}"
        recording = ["--results", f"{place}/results", "--joblog", f"{place}/log"]
        (directory / place).mkdir()
        numbers = map(str, range(1, _TRIALS + 1))
        return seconds(["parallel", "-j2", *recording, "true", ":::", *numbers], directory)

    if shutil.which("parallel") is None:
        return [Row(name, ours(), "GNU parallel", None, at_least=1.5)]
    ours_s, peer_s = in_turns(ours, peer, _ROUNDS)
    return [Row(name, ours_s, "GNU parallel", peer_s, at_least=1.5)]

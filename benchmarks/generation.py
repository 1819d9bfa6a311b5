"""Generating against a script that writes every combination and checks none."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks.timing import Row, in_turns, seconds

_CASE = Path(__file__).parent / "space_10368"
_ROUNDS = 5


def measure(directory: Path) -> list[Row]:
    """Resolves, collapses and writes a range of 10,368 combinations, as a whole process."""
    shutil.copytree(_CASE, directory, dirs_exist_ok=True)
    ours = [sys.executable, "-m", "ksweep", "generate", "range", "-o", "ours"]
    plain = [sys.executable, str(Path(__file__).parent / "plain_writer.py"), "plain"]

    def peer() -> float:
        shutil.rmtree(directory / "plain", ignore_errors=True)
        return seconds(plain, directory)

    ours_s, peer_s = in_turns(lambda: seconds(ours, directory), peer, _ROUNDS)
    return [
        Row("generation of 10,368 combinations", ours_s, "a plain script", peer_s, at_least=1.0)
    ]

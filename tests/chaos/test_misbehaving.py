"""A tenth of the trials ruin their directories; `make chaos` has 10,000 of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chaos import misbehaving
from chaos.figures import Lines

TRIALS = 140  # each way twice


def test_trials_that_ruin_their_directories_leave_the_others_alone(
    tmp_path: Path, tell: Callable[[Lines], None]
) -> None:
    figures = misbehaving.run(tmp_path, TRIALS)
    tell(figures)
    assert figures.sound, "\n".join(figures.lines())

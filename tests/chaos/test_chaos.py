"""The short form; `make chaos` is the long one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chaos import engine
from chaos.figures import Figures

FAULTS = 40
SEED = 1  # of what is chosen; the times are those of the machine


def test_nothing_is_lost_and_nothing_left_over(
    tmp_path: Path, tell: Callable[[Figures], None]
) -> None:
    figures = engine.run(tmp_path, FAULTS, SEED)
    tell(figures)
    assert figures.sound, "\n".join(figures.lines())
    assert figures.faults.total() >= FAULTS
    assert figures.seen >= figures.configurations > 0

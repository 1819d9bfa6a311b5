"""A trial that prints much, in short; `make chaos` has the long form and the narrow bounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chaos import noise
from chaos.figures import Lines


def test_noise_makes_nobody_else_late(tmp_path: Path, tell: Callable[[Lines], None]) -> None:
    """Without end where the runner itself reads: an expression hangs on the noise."""
    figures = noise.run(tmp_path, megabytes=8)
    tell(figures)
    assert figures.wrong == []
    assert max(figures.beside_own) < 2
    assert max(figures.late) < 2
    assert max(figures.answers.values()) < 10

"""Commands that are stopped or killed at their system calls; `make chaos` is the long form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chaos import interleaving, killing
from chaos.figures import Lines

INTERLEAVINGS, KILLS_A_CASE = 8, 1
SEED = 1  # of what is chosen; the times are those of the machine


def test_commands_on_one_directory_run_what_they_say(
    tmp_path: Path, tell: Callable[[Lines], None]
) -> None:
    figures = interleaving.run(tmp_path, INTERLEAVINGS, SEED)
    tell(figures)
    assert figures.sound, "\n".join(figures.lines())
    assert figures.stops > INTERLEAVINGS
    assert figures.trials.total() > INTERLEAVINGS


def test_the_next_command_recovers_from_a_kill_at_a_change_of_the_disk(
    tmp_path: Path, tell: Callable[[Lines], None]
) -> None:
    figures = killing.run(tmp_path, KILLS_A_CASE, SEED)
    tell(figures)
    assert figures.sound, "\n".join(figures.lines())
    assert figures.count > KILLS_A_CASE * len(killing.CASES) // 2  # some end with fewer changes

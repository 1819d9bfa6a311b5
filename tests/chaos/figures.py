"""What came of the chaos."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

MOST_SAID = 20


class Lines(Protocol):
    """Figures of any kind, for people."""

    @property
    def sound(self) -> bool:
        """Nothing happened that should not."""
        ...

    def lines(self) -> list[str]: ...


@dataclass
class Figures:
    """What happened, and what should not have."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    sweeps: int = 0
    runs: int = 0
    configurations: int = 0
    seen: int = 0
    lost: int = 0
    changed: int = 0
    left_over: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.wrong or self.lost or self.changed or self.left_over)

    def lines(self) -> list[str]:
        """For people."""
        kinds = [f"  {count:5} {kind}" for kind, count in sorted(self.faults.items())]
        return [
            f"chaos: {self.faults.total()} faults in {self.seconds:.0f} s (seed {self.seed})",
            *kinds,
            f"  {self.runs} runs of the runner, {self.sweeps} sweeps, "
            f"{self.configurations} configurations, {self.seen} results seen",
            f"  lost {self.lost}, changed {self.changed}, processes left over {self.left_over}",
            *(f"  WRONG: {text}" for text in self.wrong[:MOST_SAID]),
        ]

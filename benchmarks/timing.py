"""Whole processes timed in turns, and the rows that they make."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measurement: seconds of both sides, and the ratio that was asked for.

    `ratio` is how many times as fast as the peer ksweep is; None where the peer is missing.
    """

    name: str
    ours_s: float
    peer: str
    peer_s: float | None
    at_least: float

    @property
    def ratio(self) -> float | None:
        return None if self.peer_s is None else self.peer_s / self.ours_s

    @property
    def ok(self) -> bool:
        """Whether it is as asked for, as far as can be told."""
        return self.ratio is None or self.ratio >= self.at_least

    def __str__(self) -> str:
        ours = f"{self.name}: ksweep {self.ours_s:.2f} s"
        if self.ratio is None:
            return f"{ours}; {self.peer} is not installed, so there is no ratio"
        verdict = "ok" if self.ok else "SHORT"
        return (
            f"{ours}, {self.peer} {self.peer_s:.2f} s, "
            f"{self.ratio:.2f} times as fast (at least {self.at_least}): {verdict}"
        )


@dataclass(frozen=True)
class Check:
    """One measurement in words, and whether it is as asked for."""

    name: str
    text: str
    ok: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.text}: {'ok' if self.ok else 'SHORT'}"


@dataclass(frozen=True)
class Figure:
    """What was asked of a judgement, and what was seen; `least` or `most` is the bound."""

    name: str
    seen: float
    least: float | None = None
    most: float | None = None

    @property
    def ok(self) -> bool:
        low = self.least is None or self.seen >= self.least
        return low and (self.most is None or self.seen <= self.most)

    def __str__(self) -> str:
        asked = f"at least {self.least:g}" if self.most is None else f"at most {self.most:g}"
        if self.least is not None and self.most is not None:
            asked = f"{self.least:g} to {self.most:g}"
        return f"  {self.name:66} {self.seen:7.3f}  asked: {asked}{'' if self.ok else '  SHORT'}"


def seconds(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> float:
    """Wall time of a whole process that must succeed; its output is shown where it does not."""
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    elapsed = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return elapsed


def in_turns(
    ours: Callable[[], float], peer: Callable[[], float], rounds: int
) -> tuple[float, float]:
    """Medians of both sides, run alternately so that a noisy moment hits both."""
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)

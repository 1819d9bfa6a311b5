"""When trials started and ended, in seconds since the first start of their sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ksweep.model import Result


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds since `t0`, one a trial.

    Attributes:
        t0: the first start, in seconds since 1970; 0 where nothing has started.
        started: None where it has not, or in another sweep whose result was taken over.
        finished: the same of the end.
    """

    t0: float
    started: tuple[float | None, ...]
    finished: tuple[float | None, ...]


def times_of(results: Sequence[Result]) -> Times:
    """The times of the trials as they are recorded."""
    started = [_time(result, result.started_at) for result in results]
    finished = [_time(result, result.finished_at) for result in results]
    t0 = min((time for time in started if time is not None), default=0.0)
    return Times(t0, _since(t0, started), _since(t0, finished))


def _time(result: Result, text: str) -> float | None:
    if result.reused_from is not None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo is not None else None


def _since(t0: float, times: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(None if time is None else round(time - t0, 3) for time in times)

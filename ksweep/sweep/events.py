"""What a running sweep is asked for, what it tells, and why it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

from ksweep.model import Result, Settings, TrialState


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What one invocation adds to a sweep's settings.

    Attributes:
        settings: the sweep's, with the options of this invocation over them.
        max_runs: how many trials may be started; None for any number.
        only: names of the trials to run, again if they have a result; empty for all.
        retry: states that run again though they are final.
        stop_on_failure: start nothing more after the first trial that does not succeed.
        code: the digest of the code that runs now; None where it is not known.
    """

    settings: Settings
    max_runs: int | None = None
    only: tuple[str, ...] = ()
    retry: frozenset[TrialState] = frozenset()
    stop_on_failure: bool = False
    code: str | None = None


class Interrupt:
    """What the person in front of it wants; signal handlers may call its methods."""

    def __init__(self) -> None:
        self.soft = False  # start nothing more
        self.hard = False  # end what runs

    def ask(self) -> None:
        """Start nothing more; when asked again, end what runs."""
        self.soft, self.hard = True, self.soft

    def demand(self) -> None:
        """End what runs."""
        self.soft = self.hard = True


class StopReason(Enum):
    """Why a sweep came to its end."""

    DONE = auto()  # nothing is left to run
    INTERRUPTED = auto()
    MAX_RUNS = auto()
    MAX_FAILURES = auto()  # the first trials all failed
    FAILURE = auto()  # one failed, which was to stop it
    BUDGET = auto()  # the time for the whole run is over


@dataclass(frozen=True, slots=True)
class TrialStarted:
    name: str
    attempt: int
    params: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """`retry_in` is the seconds until the next attempt, None where there is none."""

    result: Result
    retry_in: float | None = None


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that whoever watches should know; `text` is a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing happened for a moment."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event; `left` is how many of the trials asked for have not run to an end."""

    reason: StopReason
    left: int


Event: TypeAlias = TrialStarted | TrialEnded | Noticed | Waiting | Finished

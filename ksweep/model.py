"""The values that everyone shares: frozen, without behaviour beyond what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ksweep.errors import Where


class SymbolType(StrEnum):
    """Kconfig's five types."""

    BOOL = "bool"
    TRISTATE = "tristate"
    INT = "int"
    HEX = "hex"
    STRING = "string"


class AxisKind(StrEnum):
    """How the symbols of an axis vary."""

    SINGLE = "single"  # one symbol over its values
    CHOICE = "choice"  # one member of a Kconfig choice is y at a time
    LINKED = "linked"  # several symbols change together, row by row


class Domain(Protocol):
    """The values of one symbol of an axis, in the order of the range file.

    `size` is None where the values cannot be listed beforehand: a distribution, or `*`.
    """

    @property
    def size(self) -> int | None: ...

    @property
    def text(self) -> str: ...

    def __iter__(self) -> Iterator[str]: ...

    def index(self, value: str) -> int: ...

    def at(self, index: int) -> str:
        """The value at an index below `size`."""
        ...

    def extremes(self) -> Iterator[str]:
        """Enough of the values to judge all of them against a range."""
        ...


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a sweep.

    `domains` has one entry a symbol; a choice axis has one entry in all, its members' names.
    `text` is the right-hand side as the range file has it.
    """

    kind: AxisKind
    symbols: tuple[str, ...]
    domains: tuple[Domain, ...]
    where: Where
    text: str

    @property
    def name(self) -> str:
        """The left-hand side as the range file has it."""
        names = [f"CONFIG_{symbol}" for symbol in self.symbols]
        return f"({', '.join(names)})" if self.kind is AxisKind.LINKED else "|".join(names)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A symbol (without `CONFIG_`) and the text that it is to have (`n` for `is not set`)."""

    symbol: str
    value: str
    where: Where


@dataclass(frozen=True, slots=True)
class Configuration:
    """One resolved point of the space.

    `id` is its identity, `params` maps `CONFIG_X` to text for the active axes in file order,
    `text` is the complete `.config`.
    """

    id: str
    params: Mapping[str, str]
    text: str


class Goal(StrEnum):
    """Which end of a metric is better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric, the end of it that is better, and its weight among several."""

    metric: str
    goal: Goal
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """What to look for in a log: names, or a regular expression in their place."""

    names: tuple[str, ...]
    regex: str = ""


class Method(StrEnum):
    """How configurations are chosen from a space."""

    GRID = "grid"
    RANDOM = "random"
    QMC = "qmc"
    COVERING = "covering"
    TPE = "tpe"
    NSGA2 = "nsga2"

    @property
    def adaptive(self) -> bool:
        """It learns from results, so its configurations are not known beforehand."""
        return self in (Method.TPE, Method.NSGA2)


class StopRule(StrEnum):
    """Which trials are stopped early, by the history of the first objective's metric."""

    NONE = "none"
    MEDIAN = "median"
    HALVING = "halving"
    HYPERBAND = "hyperband"


class BackendKind(StrEnum):
    """Where trials run."""

    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every `CONFIG_SWEEP_*` setting as it holds for one sweep. Times are in seconds, 0 is none."""

    command: str = ""
    cwd: str = ""
    metric: str = "test_acc"
    goal: Goal = Goal.MAXIMIZE
    objectives: tuple[Objective, ...] = ()  # in place of `metric` and `goal`
    metrics: tuple[str, ...] = ()
    metric_regex: str = ""
    method: Method = Method.GRID
    trials: int = 20  # choices, not replicates
    seed: int = 0
    shuffle: bool = False
    strength: int = 2
    stop: StopRule = StopRule.NONE
    min_steps: int = 1
    max_steps: int = 0  # 0: the last step of those that have ended
    eta: int = 3
    repeat: int = 1
    replicate: tuple[str, ...] = ()  # symbols, without `CONFIG_`
    backend: BackendKind = BackendKind.LOCAL
    jobs: int = 1
    timeout: int = 0
    stall_timeout: int = 0
    budget: int = 0
    retries: int = 0
    max_failures: int = 10
    memory_mb: str = ""  # an expression over symbols
    memory_limit_mb: int = 0  # of a trial
    memory_total_mb: int = 0  # of all trials together
    cpus_per_trial: int = 0  # 0: not bound to cores
    gpus_per_trial: int = -1  # -1: one where there are GPUs
    trials_per_gpu: int = 1
    gpus: tuple[int, ...] = ()  # NVML's numbers; empty for all
    config_copy: bool = True
    track_mlflow: bool = False
    track_wandb: bool = False
    track_artifacts: bool = False
    explicit: frozenset[str] = frozenset()  # the fields that somebody set

    @property
    def ranked_by(self) -> tuple[Objective, ...]:
        """What is best: at least one objective, the most important one first."""
        return self.objectives or (Objective(self.metric, self.goal),)

    @property
    def query(self) -> MetricQuery:
        """The metrics that the sweep asks about."""
        names = dict.fromkeys([*(o.metric for o in self.ranked_by), *self.metrics])
        return MetricQuery(tuple(names), self.metric_regex)


class TrialState(StrEnum):
    """Where a trial stands."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    TIMEOUT = "timeout"
    OOM = "oom"
    PRUNED = "pruned"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        """Nothing of this attempt runs any more."""
        return self not in (TrialState.PENDING, TrialState.RUNNING)

    @property
    def final(self) -> bool:
        """Ended for good: a resumed sweep leaves it alone."""
        return self.ended and self not in (TrialState.CANCELLED, TrialState.LOST)


class Cause(StrEnum):
    """Why a trial did not succeed."""

    EXIT_CODE = "exit_code"  # the program ended with another code than 0
    SIGNAL = "signal"  # it was killed, and not by us
    NOT_STARTED = "not_started"  # the system refused to start it
    CONFIG_GONE = "config_gone"
    DIRECTORY_GONE = "directory_gone"  # or unusable
    TIMEOUT = "timeout"
    STALL = "stall"  # it did nothing for too long
    MEMORY_LIMIT = "memory_limit"  # it took more than its own limit
    MACHINE_MEMORY = "machine_memory"  # the kernel ran out of memory
    PROGRAM_MEMORY = "program_memory"  # its own last words say that memory was wanting
    MEMORY_NEEDS = "memory_needs"  # by the formula it needs more than there is
    PRUNED = "pruned"
    CANCELLED = "cancelled"
    NO_RESULT = "no_result"  # nothing runs any more, and nothing was recorded

    @property
    def state(self) -> TrialState:
        """How a trial has ended for that cause."""
        return _STATE_BY_CAUSE.get(self, TrialState.FAILED)


_STATE_BY_CAUSE = {
    Cause.TIMEOUT: TrialState.TIMEOUT,
    Cause.STALL: TrialState.TIMEOUT,
    Cause.MEMORY_LIMIT: TrialState.OOM,
    Cause.MACHINE_MEMORY: TrialState.OOM,
    Cause.PROGRAM_MEMORY: TrialState.OOM,
    Cause.MEMORY_NEEDS: TrialState.OOM,
    Cause.PRUNED: TrialState.PRUNED,
    Cause.CANCELLED: TrialState.CANCELLED,
    Cause.NO_RESULT: TrialState.LOST,
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a trial takes of a machine.

    Attributes:
        memory_mb: what it is known to need beforehand; None where that is not known.
        memory_limit_mb: what ends it when it takes more; 0 for no limit.
        cpus: how many cores are its own; 0 for none, then it runs on any.
        gpus: how many GPUs it is given; 0 for none, -1 for one where there are any.
    """

    memory_mb: float | None = None
    memory_limit_mb: int = 0
    cpus: int = 0
    gpus: int = -1


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at one trial, as a back-end gets it.

    `directory` and `cwd` are absolute; `env` is the complete environment but for what depends on
    the cores and GPUs that the back-end gives it; times are in seconds, 0 for none;
    `params` is what `Configuration.params` is, and `config` the text of its `config.txt`; `code` is
    the digest of the code that runs, None where it is not known.
    """

    name: str
    id: str
    attempt: int
    directory: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    params: Mapping[str, str]
    query: MetricQuery
    repeat: int = 1
    timeout: float = 0
    stall_timeout: float = 0
    needs: Needs = Needs()
    config: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Allotment:
    """The cores and GPUs that a trial is given, by number; empty for none of its own."""

    cores: tuple[int, ...] = ()
    gpus: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """What a trial's process tree used; None where the machine cannot tell."""

    wall_s: float | None = None
    cpu_s: float | None = None
    peak_rss_mb: float | None = None
    read_mb: float | None = None
    write_mb: float | None = None
    gpu_util_avg: float | None = None
    gpu_peak_mb: float | None = None
    energy_kwh: float | None = None


@dataclass(frozen=True, slots=True)
class Pruning:
    """Why a trial was stopped early: the step and value of the metric, and the rule in words."""

    step: float
    value: float
    rule: str


@dataclass(frozen=True, slots=True)
class Result:
    """What `result.json` says; times are ISO 8601 in UTC.

    A metric that is not finite is kept as a float here and as the text `"nan"`, `"inf"` or
    `"-inf"` on disk. `exit_code` is negative for a signal, None where no process ended. `cores` and
    `gpus` are the numbers of those that the trial had to itself, or shared by setting. `cause` is
    None for a success, and in records from before there was one; `error` says it to people.
    `incomplete` says why there may be metrics that could not be read. `code` is the digest of the
    code that ran. `changes` has what the program changed in its copy of the configuration: by
    symbol what was asked for and what it made of it, None where there is no line.
    """

    name: str
    id: str
    status: TrialState
    exit_code: int | None
    attempt: int
    started_at: str
    finished_at: str
    host: str
    params: Mapping[str, str]
    repeat: int = 1
    metrics: Mapping[str, float] = field(default_factory=dict)
    resources: Resources = Resources()
    cores: tuple[int, ...] = ()
    gpus: tuple[int, ...] = ()
    reused_from: str | None = None
    pruned: Pruning | None = None
    cause: Cause | None = None
    error: str | None = None
    log_tail: str | None = None
    incomplete: str | None = None
    code: str | None = None
    changes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)

"""The trackers that there are, and which of them a sweep asks for."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from ksweep import extras
from ksweep.model import Settings
from ksweep.trackers.base import Sweep, Tracker
from ksweep.trackers.mlflow import MlflowTracker
from ksweep.trackers.optuna import OptunaTracker
from ksweep.trackers.wandb import WandbTracker


class Kind(StrEnum):
    """Where a sweep can be written; the value is the library's name too."""

    MLFLOW = "mlflow"
    WANDB = "wandb"
    OPTUNA = "optuna"


def make(kind: Kind, sweep: Sweep, where: str | None, needed_by: str) -> Tracker:
    """A tracker that holds what it held of the sweep already.

    Args:
        kind: which one.
        sweep: what it is to hold.
        where: a place that it understands; None for its own choice.
        needed_by: the setting or command that asks for it.

    Raises:
        InputError: its library is not installed.
    """
    trackers: dict[Kind, Callable[[Sweep, str | None, str], Tracker]] = {
        Kind.MLFLOW: MlflowTracker,
        Kind.WANDB: WandbTracker,
        Kind.OPTUNA: OptunaTracker,
    }
    return trackers[kind](sweep, where, needed_by)


def wanted(settings: Settings) -> tuple[Kind, ...]:
    """The trackers that a sweep is written into while it runs.

    Raises:
        InputError: the library of one is not installed.
    """
    asked = {Kind.MLFLOW: settings.track_mlflow, Kind.WANDB: settings.track_wandb}
    kinds = tuple(kind for kind, on in asked.items() if on)
    for kind in kinds:
        extras.require(kind, f"CONFIG_SWEEP_TRACK_{kind.upper()}")
    return kinds

"""Stopping rules: a metric's history → whether the trial is to be stopped (pure)."""

from __future__ import annotations

from ksweep.errors import InputError, Where
from ksweep.measures import RESOURCES
from ksweep.model import Settings, StopRule
from ksweep.stopping.base import History, Rule
from ksweep.stopping.halving import HalvingRule
from ksweep.stopping.hyperband import HyperbandRule
from ksweep.stopping.median import MedianRule

__all__ = ["History", "Rule", "make"]


def make(settings: Settings) -> Rule | None:
    """The rule that the settings name; None where no trial is stopped early.

    Raises:
        InputError: the metric is measured when a trial ends, or the steps are no range.
    """
    if settings.stop is StopRule.NONE:
        return None
    where = Where(f"CONFIG_SWEEP_STOP_{settings.stop.upper()}")
    first = settings.ranked_by[0]
    if first.metric in RESOURCES:
        what = f"{first.metric} is measured when a trial ends, so it stops none early"
        fix = "let the first objective be a metric that the program reports step by step"
        raise InputError(what, fix, where)
    if settings.max_steps and settings.max_steps <= settings.min_steps:
        what = f"the first step to stop at ({settings.min_steps}) is not below the last one"
        fix = f"set CONFIG_SWEEP_MAX_STEPS ({settings.max_steps}) above CONFIG_SWEEP_MIN_STEPS"
        raise InputError(what, fix, where)
    if settings.stop is StopRule.MEDIAN:
        return MedianRule(first.goal, settings.min_steps, settings.max_steps)
    rule = HalvingRule if settings.stop is StopRule.HALVING else HyperbandRule
    return rule(first.goal, settings.min_steps, settings.max_steps, settings.eta)

"""What will be run: numbered files, their summary, and `sweep.json`."""

from ksweep.plan.counts import PlanSummary
from ksweep.plan.generating import check_command, check_formula, generate
from ksweep.plan.reopening import reopen

__all__ = ["PlanSummary", "check_command", "check_formula", "generate", "reopen"]

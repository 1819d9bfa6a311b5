"""What will be run: numbered files, their summary, and `sweep.json`."""

from ksweep.plan.counts import PlanSummary
from ksweep.plan.generating import (
    Generation,
    check_command,
    check_formula,
    check_replicate,
    generation,
)
from ksweep.plan.reopening import reopen, shell_commands

__all__ = [
    "Generation",
    "PlanSummary",
    "check_command",
    "check_formula",
    "check_replicate",
    "generation",
    "reopen",
    "shell_commands",
]

"""The expression language of `exclude if`, `--where` and the memory formula, without `eval`.

Symbols are named without `CONFIG_`. From tightest to loosest: `! -` (of one operand), `* /`, `+ -`,
`= != < <= > >=` (which do not chain), `&&`, `||`. y is 1, m is 0.5 and n is 0. `metric.NAME` and
`metric."val/loss"` are names like those of symbols, for measured values.
"""

from ksweep.expression.evaluating import Environment, Expression
from ksweep.expression.parsing import parse

__all__ = ["Environment", "Expression", "parse"]

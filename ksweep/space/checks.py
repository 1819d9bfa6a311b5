"""What every configuration must pass beside its axes: fixed lines and exclusions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ksweep.errors import InputError, InputErrorGroup
from ksweep.kconfig import SymbolVariable, Tree
from ksweep.model import Assignment
from ksweep.rangefile import Exclude
from ksweep.space.nodes import Node


@dataclass(frozen=True)
class FixedLine:
    """A fixed line of the range file and its symbol."""

    line: Assignment
    variable: SymbolVariable

    @property
    def holds(self) -> bool:
        """The configuration has the value: in a line, or as the n of a line that is left out."""
        written = self.variable.written or self.line.value == "n"
        return written and self.variable.has(self.line.value)


@dataclass(frozen=True)
class FixedTest:
    """A fixed line that is visible must have its value."""

    fixed: FixedLine
    needs: frozenset[Node]

    @property
    def items(self) -> frozenset[Any]:
        return self.fixed.variable.items

    def reason(self) -> str | None:
        line, variable = self.fixed.line, self.fixed.variable
        refusal = variable.refusal(line.value) if variable.visible else None
        return refusal and f"CONFIG_{line.symbol}={line.value} ({line.where}): {refusal}"


@dataclass(frozen=True)
class ExcludeTest:
    """An exclusion must not hold."""

    exclude: Exclude
    tree: Tree
    items: frozenset[Any]
    needs: frozenset[Node]

    def reason(self) -> str | None:
        expression = self.exclude.expression
        terms = {name: self.tree.term(name) for name in expression.names}
        environment = {name: value for name, value in terms.items() if value is not None}
        if not expression.holds(environment):
            return None
        return f"excluded by {self.exclude.where}: {expression.text}"


class Unheld:
    """The fixed lines that no configuration has had so far, each with why not."""

    def __init__(self, fixed: Sequence[FixedLine]) -> None:
        self._why: dict[FixedLine, tuple[str, str] | None] = dict.fromkeys(fixed)

    def look(self) -> None:
        """Takes the configuration as it stands into account."""
        self.held(fixed for fixed in self._why if fixed.holds)
        self.explain()

    def explain(self) -> None:
        """Finds out why the others do not hold in the configuration as it stands."""
        for fixed, why in self._why.items():
            self._why[fixed] = why or _why_not(fixed.variable)

    def held(self, fixed: Iterable[FixedLine]) -> None:
        """Takes into account that these hold in some configuration."""
        for one in list(fixed):
            self._why.pop(one, None)

    def complaints(self, lenient: bool) -> list[str]:
        """A warning for each.

        Raises:
            InputErrorGroup: there is one, and `lenient` is not set.
        """
        errors = [_complaint(fixed, *why) for fixed, why in self._why.items() if why]
        if errors and not lenient:
            raise InputErrorGroup(errors)
        return [str(error) for error in errors]


def _complaint(fixed: FixedLine, why: str, remedy: str) -> InputError:
    line = fixed.line
    what = f"CONFIG_{line.symbol}={line.value} holds in no configuration: {why}"
    return InputError(what, remedy or "remove the line, or pass --lenient", line.where)


def _why_not(variable: SymbolVariable) -> tuple[str, str]:
    if variable.has_prompt:
        return variable.unmet()
    origins = ", ".join(variable.follows_from())
    what = f"it has no prompt ({variable.where}) and is {variable.value or 'empty'}"
    return what, f"it follows from {origins}; set those" if origins else ""

"""`CONFIG_SWEEP_MEMORY_MB`: what a configuration is known to need."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from ksweep import expression
from ksweep.client import read_config
from ksweep.errors import InputError, Where
from ksweep.expression import Environment

SETTING = Where("CONFIG_SWEEP_MEMORY_MB")

_TRUTH = {"y": Decimal(1), "m": Decimal("0.5"), "n": Decimal(0)}


class Formula:
    """An expression over symbols whose value is a memory in MB."""

    def __init__(self, text: str, where: Where = SETTING) -> None:
        """`where` is the line that it comes from.

        Raises:
            InputError: it is malformed.
        """
        self.where = where
        self._expression = expression.parse(text, where)
        self.names = self._expression.names
        names = "|".join(map(re.escape, sorted(self.names)))
        self._lines = re.compile(
            rf"(?m)^(?:CONFIG_(?:{names})=.*|# CONFIG_(?:{names}) is not set)$"
        )

    def megabytes(self, name: str, config: str) -> float:
        """What the configuration called `name` needs; `config` is its text.

        Raises:
            InputError: there is a division by zero, a calculation with text, or a value below 0.
        """
        try:
            value = self._expression.value(self._environment(config))
        except InputError as error:
            raise InputError(f"{name}: {error.what}", error.fix, error.where) from None
        if isinstance(value, Decimal) and value >= 0 and math.isfinite(found := float(value)):
            return found
        what = f"{name}: `{self._expression.text}` is {value}"
        raise InputError(what, "write what gives a number of MB, 0 or more", self.where)

    def named(self, config: str) -> frozenset[str]:
        """Those of its symbols that have a line in the configuration."""
        return frozenset(self._environment(config))

    def _environment(self, config: str) -> Environment:
        """The symbols that have a line in the configuration, with what they count for."""
        lines = self._lines.findall(config) if self.names else []
        values = read_config("\n".join(lines))
        bare = {
            line.removeprefix("CONFIG_").partition("=")[0] for line in lines if '="' not in line
        }
        return {
            name: _TRUTH.get(text, text) if name in bare or text == "n" else text
            for name, text in values.items()
        }

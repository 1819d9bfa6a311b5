"""Decisions of a space as Optuna's parameters, and values as text and back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from ksweep import number
from ksweep.domain import Distribution, DistributionKind
from ksweep.space import Drawn, Node, Options, length

_CATEGORIES_AT_MOST = 1_000


class Parameter(Protocol):
    """One decision; `distribution` is Optuna's, the same wherever the decision is met."""

    distribution: Any

    def text(self, value: Any) -> str:
        """The value as a configuration has it."""
        ...

    def value(self, text: str) -> Any:
        """What Optuna calls it.

        Raises:
            ValueError: it is not one of the values.
        """
        ...


class Number:
    """A value that is drawn from a distribution."""

    def __init__(self, optuna: Any, domain: Distribution) -> None:
        self._domain = domain
        logarithmic = domain.kind is DistributionKind.LOGUNIFORM
        first, last = (_as_float(domain, text) for text in domain.extremes())
        if domain.integer:
            make = optuna.distributions.IntDistribution
            self.distribution = make(int(first), int(last), log=logarithmic)
        else:
            make = optuna.distributions.FloatDistribution
            self.distribution = make(first, last, log=logarithmic)

    def text(self, value: float) -> str:
        return self._domain.spell(value)

    def value(self, text: str) -> float:
        return _as_float(self._domain, text)


class Place:
    """A value by its place in a list: a step on a scale where the list rises or falls."""

    def __init__(self, optuna: Any, values: Sequence[str]) -> None:
        self._values = values
        size = length(values)
        if size > _CATEGORIES_AT_MOST or (size > 2 and _is_scale(values)):
            self.distribution = optuna.distributions.IntDistribution(0, size - 1)
        else:
            self.distribution = optuna.distributions.CategoricalDistribution(range(size))

    def text(self, value: int) -> str:
        return self._values[value]

    def value(self, text: str) -> int:
        return self._values.index(text)


def parameter(optuna: Any, node: Node) -> Parameter:
    """The parameter that a node is."""
    if isinstance(node, Drawn):
        return Number(optuna, node.distribution)
    return Place(optuna, node.values)


def offers(options: Options, text: str) -> bool:
    """Whether a value is among those that are possible."""
    if isinstance(options, Distribution):
        return options.value(text) is not None
    return text in options


def decided(params: Mapping[str, str], node: Node) -> str | None:
    """The value that a node has in a configuration's parameters; None where it is inactive."""
    members = node.name.split("|")
    if len(members) == 1:
        return params.get(f"CONFIG_{node.name}")
    return next((name for name in members if params.get(f"CONFIG_{name}") == "y"), None)


def _as_float(domain: Distribution, text: str) -> float:
    found = domain.value(text)
    if found is None:
        raise ValueError(f"`{text}` is not in `{domain.text}`")
    return found


def _is_scale(values: Sequence[str]) -> bool:
    """Whether all are numbers that rise, or fall."""
    numbers = [_number(text) for text in values]
    known = [one for one in numbers if one is not None]
    pairs = list(itertools.pairwise(known))
    one_way = all(a < b for a, b in pairs) or all(a > b for a, b in pairs)
    return len(known) == len(values) and one_way


def _number(text: str) -> Decimal | None:
    return number.parse_hex(text) if text[:2] in ("0x", "0X") else number.parse(text)

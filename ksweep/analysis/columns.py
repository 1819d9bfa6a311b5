"""Results as columns of numbers, which is what statistics are made from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from ksweep.analysis.factors import Coded, code_factors
from ksweep.analysis.records import measure_names
from ksweep.analysis.view import View
from ksweep.measures import RESOURCES
from ksweep.model import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LARGEST, _SMALLEST = 1e100, 1e-100  # beyond them a square is no number any more


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric or resource of some results.

    Attributes:
        values: in units of `unit`, NaN where a result has none, or none that is finite.
        unit: 1 but for values so large or small that their squares could not be told apart.
        order: the indices of the finite ones, the smallest value first.
        rising: these values.
    """

    values: NDArray[np.float64]
    unit: float
    order: NDArray[np.int64]
    rising: NDArray[np.float64]

    @property
    def varies(self) -> bool:
        """Whether it has two different values."""
        return bool(self.order.size and self.rising[0] < self.rising[-1])

    def sized(self, value: float) -> float | None:
        """A value in units of `unit` as it is; None where it is no finite number."""
        found = float(value) * self.unit
        return found if math.isfinite(found) else None


@dataclass(frozen=True, slots=True)
class Columns:
    """Some results: what was measured, by its name in the summary, and what varies."""

    measures: Mapping[str, Measured]
    factors: tuple[Coded, ...]


def columns_of(results: Sequence[Result], view: View, repeated: Sequence[str] = ()) -> Columns:
    """The measures that any of the results has, and the factors among them.

    Args:
        results: what to look at; the results of `view`, or means of them.
        view: the sweep.
        repeated: parameters that are no factors.
    """
    parameters = [name for name in view.parameters if name not in repeated]
    return Columns(
        measures=measures_of(results, view.parameters),
        factors=code_factors(results, parameters, view.choices, view.texts),
    )


def measures_of(results: Sequence[Result], parameters: Sequence[str]) -> dict[str, Measured]:
    """The metrics and resources that any of the results has as a finite number."""
    columns = {}
    metrics = [result.metrics for result in results]
    for metric, name in measure_names(results, parameters).items():
        columns[name] = [one.get(metric) for one in metrics]
    resources = [result.resources for result in results]
    for name, attribute in RESOURCES.items():
        columns[name] = [*map(attrgetter(attribute), resources)]
    found = {name: measured(values) for name, values in columns.items()}
    return {name: one for name, one in found.items() if one.order.size}


def measured(values: Sequence[float | None]) -> Measured:
    """One column."""
    import numpy as np

    found = np.array(values, dtype=np.float64)
    found[~np.isfinite(found)] = np.nan
    order = np.argsort(found, kind="stable")
    order = order[: found.size - int(np.isnan(found).sum())]
    largest = max(map(abs, found[order[[0, -1]]].tolist())) if order.size else 0.0
    unit = 1.0
    if largest and not _SMALLEST < largest < _LARGEST:
        unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)
    scaled = found / unit
    return Measured(scaled, unit, order, scaled[order])

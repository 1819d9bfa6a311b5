"""Importance by PED-ANOVA, as Optuna computes it.

Watanabe, Bansal and Hutter, "PED-ANOVA: Efficiently quantifying hyperparameter importance in
arbitrary subspaces", IJCAI 2023; of conditional parameters as in Optuna.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ksweep import extras
from ksweep.analysis.columns import Measured
from ksweep.analysis.drawing import drawn
from ksweep.analysis.factors import Coded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BEST = 0.1  # the share of the configurations that is compared with all
_AT_LEAST = 5  # of them


def divergences(
    factors: Sequence[Coded], measured: Measured, falling: bool, most: int
) -> dict[str, float] | None:
    """How much a factor's values among the best differ from those among all; 0 is not at all.

    Each level of a factor is a category; of a number with more values its place in their order
    counts, so that it does not matter on which scale it was chosen.

    Args:
        factors: what may matter.
        measured: the objective.
        falling: smaller is better.
        most: of more configurations as many are drawn, always the same.

    Returns:
        By the factor's name; None where Optuna is not installed.
    """
    optuna = extras.find("optuna")
    if optuna is None:
        return None
    indices = drawn(sorted(measured.order.tolist()), most)
    with extras.quietly(optuna):
        study = optuna.create_study(direction="minimize" if falling else "maximize")
        study.add_trials(list(_trials(optuna, factors, measured, indices)))
        names = [coded.factor.name for coded in factors]
        seen = {name for trial in study.get_trials(deepcopy=False) for name in trial.params}
        found = optuna.importance.get_param_importances(
            study,
            evaluator=optuna.importance.PedAnovaImportanceEvaluator(
                target_quantile=max(_BEST, _AT_LEAST / len(indices))
            ),
            params=[name for name in names if name in seen],
            normalize=False,
        )
    return {name: float(found.get(name, 0.0)) for name in names}


def _trials(
    optuna: Any, factors: Sequence[Coded], measured: Measured, indices: Sequence[int]
) -> Iterator[Any]:
    names = [coded.factor.name for coded in factors]
    domains = {coded.factor.name: _domain(optuna, coded) for coded in factors}
    columns = [_values(coded)[indices].tolist() for coded in factors]
    rows = zip(*columns, strict=True)
    for value, row in zip(measured.values[indices].tolist(), rows, strict=True):
        params = {name: one for name, one in zip(names, row, strict=True) if one >= 0}
        distributions = {name: domains[name] for name in params}
        yield optuna.trial.create_trial(value=value, params=params, distributions=distributions)


def _domain(optuna: Any, coded: Coded) -> Any:
    if _by_place(coded):
        return optuna.distributions.FloatDistribution(0.0, 1.0)
    return optuna.distributions.CategoricalDistribution(range(len(coded.factor.levels)))


def _values(coded: Coded) -> NDArray[np.float64] | NDArray[np.int64]:
    """The levels, or the places in the order from 0 to 1; below 0 where it is inactive."""
    import numpy as np

    if not _by_place(coded):
        return coded.codes
    active = coded.ranks >= 0
    counts = np.bincount(coded.ranks[active])
    places = (np.cumsum(counts) - counts / 2) / counts.sum()
    return np.where(active, places[coded.ranks], -1.0)


def _by_place(coded: Coded) -> bool:
    return coded.factor.numeric and coded.factor.binned

"""A model of a measure that sees interactions, and what each parameter does in it.

The model is a forest of extremely randomised trees (Geurts, Ernst and Wehenkel, Machine Learning
63, 2006) by scikit-learn: their thresholds are drawn, so that a parameter is tried that does
nothing by itself. What it says is taken apart by functional ANOVA (Hutter, Hoos and Leyton-Brown,
"An efficient approach for assessing hyperparameter importance", ICML 2014).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ksweep import extras
from ksweep.analysis.factors import Coded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TREES = 64
_SAMPLES = 1_000  # configurations in which the model is asked
_Z = 2.5758  # which a normal variable exceeds in 0.5 % of all cases


@dataclass(frozen=True, slots=True)
class Forest:
    """What a forest says of a measure.

    Attributes:
        shares: of each factor that of the model's variance which goes with it, alone or together
            with others (the total effect of Sobol and Homma), in the order of the factors.
        predicted: the share of the variance of configurations outside of a tree's sample that the
            other trees predict; below 0 where their mean predicts better.
        predicts: whether `predicted` is more than chance gives.
    """

    shares: tuple[float, ...]
    predicted: float
    predicts: bool


def forest_of(factors: Sequence[Coded], values: NDArray[np.float64]) -> Forest | None:
    """Fit a forest; None where scikit-learn is not installed.

    Args:
        factors: what may matter; a number counts by its rank, so that its scale does not matter.
            Where a factor is inactive, it has values drawn from its own: it says nothing there.
        values: finite, one a configuration, not all the same.
    """
    ensemble = extras.find("sklearn.ensemble")
    if ensemble is None:
        return None
    import numpy as np

    drawn = np.random.default_rng(0)
    inputs = np.column_stack([_filled(coded, drawn) for coded in factors])
    model = ensemble.ExtraTreesRegressor(
        _TREES, bootstrap=True, oob_score=True, random_state=0, max_features=1.0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few configurations one may be in every tree's sample
        scaled = (values - values.mean()) / np.abs(values - values.mean()).max()
        model.fit(inputs, scaled)
    predicted, z = _predicted(scaled, model.oob_prediction_)
    predicts = predicted > 0 and z > _Z
    return Forest(_total_effects(model, inputs, drawn), predicted, predicts)


def _filled(coded: Coded, drawn: np.random.Generator) -> NDArray[np.int64]:
    """The ranks of a factor, with those that it might have where it is inactive."""
    import numpy as np

    inactive = coded.ranks < 0
    own = coded.ranks[~inactive]
    found = coded.ranks.copy()
    found[inactive] = drawn.choice(own, int(inactive.sum()))
    return np.asarray(found)


def _predicted(values: NDArray[np.float64], predictions: Any) -> tuple[float, float]:
    """The share of the variance that is predicted, and how sure the correlation is, as a z."""
    import numpy as np

    if not np.ptp(predictions) > 0:
        return 0.0, 0.0
    share = 1 - float(((values - predictions) ** 2).sum() / ((values - values.mean()) ** 2).sum())
    correlation = float(np.corrcoef(values, predictions)[0, 1])
    return share, correlation * math.sqrt(values.size)


def _total_effects(
    model: Any, inputs: NDArray[np.int64], drawn: np.random.Generator
) -> tuple[float, ...]:
    """Of each column half the mean square that drawing it anew changes (Jansen 1999)."""
    import numpy as np

    columns = inputs.T
    some = np.column_stack([drawn.choice(column, _SAMPLES) for column in columns])
    before = model.predict(some)
    variance = float(before.var())
    found = []
    for place, column in enumerate(columns):
        anew = some.copy()
        anew[:, place] = drawn.choice(column, _SAMPLES)
        changed = float(((model.predict(anew) - before) ** 2).mean()) / 2
        found.append(changed / variance if variance else 0.0)
    return tuple(found)

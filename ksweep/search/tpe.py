"""The tree-structured Parzen estimator: try what is likelier among good results than among bad."""

from __future__ import annotations

from typing import Any

from ksweep.model import Settings
from ksweep.search.learning import LearningSearch, load
from ksweep.space import Choices

_STARTUP = 10


class TpeSearch(LearningSearch):
    """Optuna's TPE: multivariate, in one group for each set of parameters that are active together.

    Bergstra et al., "Algorithms for hyper-parameter optimization", NeurIPS 2011; multivariate as
    in Falkner, Klein and Hutter, "BOHB", ICML 2018.
    """

    def __init__(self, choices: Choices, settings: Settings) -> None:
        """Prepares it.

        Raises:
            InputError: Optuna is not installed.
        """
        super().__init__(choices, settings, _Samplers(load(settings), settings))


class _Samplers:
    def __init__(self, optuna: Any, settings: Settings) -> None:
        self._optuna = optuna
        self._startup = max(1, min(_STARTUP, settings.trials // 4))

    def asking(self, seed: int) -> Any:
        return self._optuna.samplers.TPESampler(
            n_startup_trials=self._startup, multivariate=True, group=True, seed=seed
        )

    def recording(self, seed: int) -> Any:
        return self._optuna.samplers.RandomSampler(seed=seed)

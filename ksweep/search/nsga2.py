"""NSGA-II: breed what no other configuration beats in everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from ksweep.model import Settings
from ksweep.search.learning import LearningSearch, load
from ksweep.space import Choices, Node

_SMALLEST, _LARGEST = 6, 50


class Nsga2Search(LearningSearch):
    """Optuna's NSGA-II, in generations that suit the number of trials.

    Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm:
    NSGA-II", IEEE Transactions on Evolutionary Computation, 2002.
    """

    def __init__(self, choices: Choices, settings: Settings) -> None:
        """Prepares it.

        Raises:
            InputError: Optuna is not installed.
        """
        super().__init__(choices, settings, _Samplers(load(settings), settings))

    def _proposer(self, trial: Any, rng: random.Random) -> Callable[[Node], Any]:
        """Optuna breeds what all trials have; the rest is inherited here, now and then mutated."""
        elite = self._study.best_trials

        def propose(node: Node) -> Any:
            donors = [one for one in elite if node.name in one.params]
            bred = node.name in trial.relative_params
            if bred or not donors or rng.random() < 1 / len(self._parameters):
                return self._suggest(trial, node)
            return rng.choice(donors).params[node.name]

        return propose


class _Samplers:
    def __init__(self, optuna: Any, settings: Settings) -> None:
        self._optuna = optuna
        self._population = max(_SMALLEST, min(_LARGEST, settings.trials // 15))

    def asking(self, seed: int) -> Any:
        return self._optuna.samplers.NSGAIISampler(population_size=self._population, seed=seed)

    def recording(self, seed: int) -> Any:
        """The same: it numbers the generations."""
        return self.asking(seed)

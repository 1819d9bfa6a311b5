"""When and which weights are pruned."""

from dataclasses import dataclass

import numpy as np

INTERVAL = 10  # steps from one look at the weights to the next


@dataclass(frozen=True)
class Schedule:
    """Sparsity over time, in steps: none until ``begin``, ``target`` from ``end`` on.

    The cubic between them is that of Zhu and Gupta, "To prune, or not to prune",
    arXiv:1710.01878: most weights go early, while the network still learns fast.
    """

    target: float
    begin: int
    end: int

    def sparsity(self, step: int) -> float:
        if step < self.begin:
            return 0.0
        if step >= self.end:
            return self.target
        left = 1 - (step - self.begin) / (self.end - self.begin)
        return self.target * (1 - left**3)

    def is_due(self, step: int) -> bool:
        """Whether the mask changes at this step."""
        if step == self.end:
            return True
        return self.begin <= step < self.end and (step - self.begin) % INTERVAL == 0


class Pruner:
    """Keeps the mask: 0 where a weight is gone, for good, and 1 elsewhere.

    All layers compete with each other. Biases are never pruned.
    """

    def __init__(self, method: str, schedule: Schedule, is_weight: np.ndarray) -> None:
        self._method = method
        self._schedule = schedule
        self._weights = np.flatnonzero(is_weight)
        self.mask = np.ones(len(is_weight), np.float32)

    def update(self, step: int, parameters: np.ndarray, momentum: np.ndarray) -> None:
        """Prune down to the sparsity that the schedule asks for at ``step``."""
        if not self._schedule.is_due(step):
            return
        gone = round(self._schedule.sparsity(step) * len(self._weights))
        importance = self._importance(parameters, momentum)[self._weights]
        # What was pruned stays pruned, whatever its momentum was meanwhile.
        importance[self.mask[self._weights] == 0] = -1
        smallest = np.argsort(importance, kind="stable")[:gone]
        self.mask[self._weights[smallest]] = 0

    def _importance(self, parameters: np.ndarray, momentum: np.ndarray) -> np.ndarray:
        magnitude = np.abs(parameters)
        return magnitude if self._method == "magnitude" else magnitude * np.abs(momentum)

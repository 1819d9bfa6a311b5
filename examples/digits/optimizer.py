"""Adam, AdamW and AdamWPrune over one parameter vector."""

import numpy as np
import settings
from pruning import Pruner

EPSILON = 1e-8


class Adam:
    """Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1), weight decay added to the gradient.

    Attributes:
        momentum: The running mean of the gradient.
    """

    def __init__(
        self, parameters: np.ndarray, is_weight: np.ndarray, how: settings.Optimizer
    ) -> None:
        self.momentum = np.zeros_like(parameters)
        self.step_count = 0
        self._parameters = parameters
        self._decays = is_weight * parameters.dtype.type(how.weight_decay)
        self._how = how
        self._variance = np.zeros_like(parameters)
        self._largest = np.zeros_like(parameters)

    def step(self, gradient: np.ndarray, learning_rate: float) -> None:
        self._apply(gradient + self._decays * self._parameters, learning_rate)

    def _apply(self, gradient: np.ndarray, learning_rate: float) -> None:
        how = self._how
        self.step_count += 1
        self.momentum += (1 - how.beta1) * (gradient - self.momentum)
        self._variance += (1 - how.beta2) * (gradient * gradient - self._variance)
        variance = self._variance
        if how.amsgrad:  # Reddi, Kale and Kumar, arXiv:1904.09237
            variance = np.maximum(self._largest, variance, out=self._largest)
        rate = learning_rate / (1 - how.beta1**self.step_count)
        scale = (1 - how.beta2**self.step_count) ** 0.5
        self._parameters -= rate * self.momentum / (np.sqrt(variance) / scale + EPSILON)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101)."""

    def step(self, gradient: np.ndarray, learning_rate: float) -> None:
        self._parameters -= learning_rate * self._decays * self._parameters
        self._apply(gradient, learning_rate)


class AdamWPrune(AdamW):
    """AdamW whose own state says which weights are pruned."""

    def __init__(
        self,
        parameters: np.ndarray,
        is_weight: np.ndarray,
        how: settings.Optimizer,
        pruner: Pruner,
    ) -> None:
        super().__init__(parameters, is_weight, how)
        self._pruner = pruner

    def step(self, gradient: np.ndarray, learning_rate: float) -> None:
        super().step(gradient, learning_rate)
        self._pruner.update(self.step_count, self._parameters, self.momentum)
        self._parameters *= self._pruner.mask
        self.momentum *= self._pruner.mask

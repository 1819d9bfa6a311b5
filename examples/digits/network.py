"""A multilayer perceptron whose parameters are one vector, with its gradient."""

import itertools

import numpy as np


class Network:
    """Fully connected layers, an activation between them, softmax at the end.

    Attributes:
        parameters: All weights and biases in one vector, so that an optimizer is plain arithmetic.
        is_weight: For each parameter, whether it is a weight (and not a bias).
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        activation: str,
        random: np.random.Generator,
        dtype: type = np.float32,
    ) -> None:
        """Start with weights of variance 2/inputs before ReLU (He et al. 2015), else 1/inputs."""
        shapes = list(itertools.pairwise(sizes))
        count = sum((inputs + 1) * outputs for inputs, outputs in shapes)
        self.activation = activation
        self.parameters = np.zeros(count, dtype)
        self.is_weight = np.zeros(count, bool)
        self._layers = _views(self.parameters, shapes)
        for weights, _ in _views(self.is_weight, shapes):
            weights[:] = True
        gain = 2.0 if activation == "RELU" else 1.0
        for weights, _ in self._layers:
            weights[:] = random.normal(0, (gain / len(weights)) ** 0.5, weights.shape)
        self._gradient = np.zeros(count, dtype)
        self._gradient_layers = _views(self._gradient, shapes)

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return one row per image, one column per class, before softmax."""
        return self._forward(images)[-1]

    def _forward(self, images: np.ndarray) -> list[np.ndarray]:
        outputs = [images]
        for index, (weights, biases) in enumerate(self._layers):
            output = outputs[-1] @ weights + biases
            is_last = index == len(self._layers) - 1
            outputs.append(output if is_last else _activate(self.activation, output))
        return outputs

    def loss_and_gradient(self, images: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean cross-entropy and its gradient, which the next call overwrites."""
        outputs = self._forward(images)
        rows = np.arange(len(labels))
        log_p = outputs[-1] - outputs[-1].max(axis=1, keepdims=True)
        log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
        delta = np.exp(log_p)
        delta[rows, labels] -= 1
        delta /= len(labels)
        for index in reversed(range(len(self._layers))):
            into_weights, into_biases = self._gradient_layers[index]
            np.matmul(outputs[index].T, delta, out=into_weights)
            delta.sum(axis=0, out=into_biases)
            if index:
                delta = delta @ self._layers[index][0].T
                delta *= _slope(self.activation, outputs[index])
        return float(-log_p[rows, labels].mean()), self._gradient


def _views(vector: np.ndarray, shapes: list[tuple[int, int]]) -> list[tuple[np.ndarray, ...]]:
    """Return (weights, biases) of each layer as views into the vector."""
    layers, at = [], 0
    for inputs, outputs in shapes:
        end = at + inputs * outputs
        layers.append((vector[at:end].reshape(inputs, outputs), vector[end : end + outputs]))
        at = end + outputs
    return layers


def _activate(name: str, x: np.ndarray) -> np.ndarray:
    if name == "RELU":
        return np.maximum(x, 0)
    if name == "TANH":
        return np.tanh(x)
    return 0.5 + 0.5 * np.tanh(0.5 * x)  # the sigmoid, without overflow


def _slope(name: str, y: np.ndarray) -> np.ndarray:
    """Return the activation's derivative, from its output ``y``."""
    if name == "RELU":
        return y > 0
    if name == "TANH":
        return 1 - y * y
    return y * (1 - y)

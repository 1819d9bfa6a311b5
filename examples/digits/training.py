"""The training loop, and what is measured after each epoch."""

import math

import dataset
import numpy as np
import optimizer
from network import Network
from pruning import Pruner, Schedule
from settings import SettingError, Settings

from ksweep.client import report


class DivergedError(Exception):
    """The loss is no longer a finite number."""


def make_optimizer(settings: Settings, network: Network, steps_per_epoch: int) -> optimizer.Adam:
    """Return the optimizer that the settings name.

    Raises:
        SettingError: Pruning would start only after its ramp has ended.
    """
    parts = (network.parameters, network.is_weight, settings.optimizer)
    if settings.optimizer.name == "ADAM":
        return optimizer.Adam(*parts)
    if settings.pruning is None:
        return optimizer.AdamW(*parts)
    how = settings.pruning
    end = how.ramp_end * steps_per_epoch
    if how.warmup >= end:
        raise SettingError(
            f"PRUNING_WARMUP={how.warmup} steps is not before the end of "
            f"PRUNING_RAMP_END_EPOCH={how.ramp_end}, which is step {end}"
        )
    schedule = Schedule(how.target, how.warmup, end)
    return optimizer.AdamWPrune(*parts, Pruner(how.method, schedule, network.is_weight))


def macro_f1(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean over the digits of each one's F1 score."""
    confusion = np.zeros((dataset.CLASSES, dataset.CLASSES))
    np.add.at(confusion, (labels, predicted), 1)
    f1 = 2 * confusion.diagonal() / (confusion.sum(axis=0) + confusion.sum(axis=1))
    return float(f1.mean())


def learning_rate(settings: Settings, progress: float) -> float:
    """Return the rate when ``progress``, from 0 to 1, of the training is done."""
    if not settings.cosine:
        return settings.learning_rate
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


class Training:
    """One network on its way.

    Raises:
        SettingError: Settings contradict each other.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._random = np.random.default_rng(settings.seed)
        self._split = dataset.load(settings.data.fraction)
        self._labels = dataset.with_label_noise(
            self._split.train_labels, settings.data.label_noise, self._random
        )
        sizes = (dataset.PIXELS, *settings.network.hidden, dataset.CLASSES)
        self._network = Network(sizes, settings.network.activation, self._random)
        self._steps_per_epoch = math.ceil(len(self._labels) / settings.batch_size)
        self._steps = settings.epochs * self._steps_per_epoch
        self._optimizer = make_optimizer(settings, self._network, self._steps_per_epoch)

    def epoch(self) -> float:
        """Show the network each training image once, in new order; return the mean loss."""
        images = dataset.augmented(self._split.train_images, self._settings.data, self._random)
        order = self._random.permutation(len(self._labels))
        loss = 0.0
        for batch in np.array_split(order, self._steps_per_epoch):
            batch_loss, gradient = self._network.loss_and_gradient(
                images[batch], self._labels[batch]
            )
            progress = self._optimizer.step_count / self._steps
            self._optimizer.step(gradient, learning_rate(self._settings, progress))
            loss += batch_loss / self._steps_per_epoch
        return loss

    def evaluate(self) -> dict[str, float]:
        """Return the metrics on the test images, and the sparsity."""
        labels = self._split.test_labels
        predicted = self._network.logits(self._split.test_images).argmax(axis=1)
        weights = self._network.parameters[self._network.is_weight]
        return {
            "test_acc": round(100 * float((predicted == labels).mean()), 3),
            "macro_avg_f1_score": round(macro_f1(predicted, labels), 5),
            "final_sparsity": round(float((weights == 0).mean()), 5),
        }


def train(settings: Settings) -> None:
    """Train, and report each epoch.

    Raises:
        SettingError: Settings contradict each other.
        DivergedError: The loss is no longer a finite number.
    """
    training = Training(settings)
    with np.errstate(over="ignore", invalid="ignore"):  # the loss tells
        for epoch in range(1, settings.epochs + 1):
            loss = training.epoch()
            if not math.isfinite(loss):
                raise DivergedError(f"the training diverged in epoch {epoch}")
            report(step=epoch, train_loss=round(loss, 5), **training.evaluate())

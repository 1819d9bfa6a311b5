"""Configuration symbols to checked settings."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ACTIVATIONS = ("RELU", "TANH", "SIGMOID")
OPTIMIZERS = ("ADAM", "ADAMW", "ADAMWPRUNE")
PRUNING_METHODS = ("state", "magnitude", "none")


class SettingError(Exception):
    """A setting is missing, not acceptable, or contradicts another; the message is one line."""


@dataclass(frozen=True)
class Bounds:
    words: str
    accept: Callable[[float], bool]


# Comparisons with NaN are false, so that none of these accepts it.
FROM_0 = Bounds("from 0 up", lambda x: 0 <= x < math.inf)
ABOVE_0 = Bounds("above 0", lambda x: 0 < x < math.inf)
FROM_0_TO_1 = Bounds("from 0 to 1", lambda x: 0 <= x <= 1)
ABOVE_0_TO_1 = Bounds("above 0 and up to 1", lambda x: 0 < x <= 1)
FROM_0_TO_2 = Bounds("from 0 to 2", lambda x: 0 <= x <= 2)
FROM_0_BELOW_1 = Bounds("from 0 to below 1", lambda x: 0 <= x < 1)


@dataclass(frozen=True)
class Data:
    """Which training images are seen, and how they are changed.

    ``shift`` is in pixels, ``noise`` a standard deviation where 1 is full ink.
    """

    fraction: float
    label_noise: float
    shift: float
    noise: float


@dataclass(frozen=True)
class Network:
    hidden: tuple[int, ...]
    activation: str


@dataclass(frozen=True)
class Optimizer:
    name: str
    weight_decay: float
    beta1: float = 0.9
    beta2: float = 0.999
    amsgrad: bool = False


@dataclass(frozen=True)
class Pruning:
    """``warmup`` is in steps, ``ramp_end`` in epochs."""

    method: str
    target: float
    warmup: int
    ramp_end: int


@dataclass(frozen=True)
class Settings:
    data: Data
    network: Network
    optimizer: Optimizer
    pruning: Pruning | None
    epochs: int
    batch_size: int
    learning_rate: float
    cosine: bool
    seed: int


def read_settings(symbols: Mapping[str, Any]) -> Settings:
    """Check the symbols (names without ``CONFIG_``) and return the settings.

    Raises:
        SettingError: One of them is missing or not acceptable; one line says which and why.
    """
    optimizer = _optimizer(symbols)
    return Settings(
        data=_data(symbols),
        network=_network(symbols),
        optimizer=optimizer,
        pruning=_pruning(symbols) if optimizer.name == "ADAMWPRUNE" else None,
        epochs=_whole(symbols, "NUM_EPOCHS", low=1),
        batch_size=_whole(symbols, "BATCH_SIZE", low=1),
        learning_rate=_number(symbols, "LEARNING_RATE", ABOVE_0),
        cosine=_chosen(symbols, "LR_SCHEDULE_", ("CONSTANT", "COSINE")) == "COSINE",
        seed=_whole(symbols, "SEED", low=0),
    )


def _data(symbols: Mapping[str, Any]) -> Data:
    augment = bool(symbols.get("AUGMENT"))
    return Data(
        fraction=_number(symbols, "DATA_FRACTION", ABOVE_0_TO_1),
        label_noise=_number(symbols, "LABEL_NOISE", FROM_0_TO_1),
        shift=_number(symbols, "AUGMENT_SHIFT", FROM_0_TO_2) if augment else 0.0,
        noise=_number(symbols, "AUGMENT_NOISE", FROM_0_TO_1) if augment else 0.0,
    )


def _network(symbols: Mapping[str, Any]) -> Network:
    hidden = _layers(symbols)
    # The linear classifier has no activation: its symbols are not in the configuration.
    return Network(hidden, _chosen(symbols, "ACTIVATION_", ACTIVATIONS) if hidden else "RELU")


def _optimizer(symbols: Mapping[str, Any]) -> Optimizer:
    name = _chosen(symbols, "OPTIMIZER_", OPTIMIZERS)
    if name != "ADAMWPRUNE":
        return Optimizer(name, _number(symbols, "WEIGHT_DECAY", FROM_0))
    return Optimizer(
        name,
        weight_decay=_number(symbols, "ADAMWPRUNE_WEIGHT_DECAY", FROM_0),
        beta1=_number(symbols, "ADAMWPRUNE_BETA1", FROM_0_BELOW_1),
        beta2=_number(symbols, "ADAMWPRUNE_BETA2", FROM_0_BELOW_1),
        amsgrad=bool(symbols.get("ADAMWPRUNE_AMSGRAD")),
    )


def _pruning(symbols: Mapping[str, Any]) -> Pruning | None:
    method = _present(symbols, "PRUNING_METHOD")
    if method not in PRUNING_METHODS:
        raise SettingError(f'PRUNING_METHOD="{method}" is not one of {", ".join(PRUNING_METHODS)}')
    if method == "none":
        return None
    return Pruning(
        method,
        target=_number(symbols, "TARGET_SPARSITY", FROM_0_BELOW_1),
        warmup=_whole(symbols, "PRUNING_WARMUP", low=0),
        ramp_end=_whole(symbols, "PRUNING_RAMP_END_EPOCH", low=1),
    )


def _present(symbols: Mapping[str, Any], name: str) -> Any:
    if name not in symbols:
        raise SettingError(f"{name} is not in the configuration")
    return symbols[name]


def _chosen(symbols: Mapping[str, Any], prefix: str, names: tuple[str, ...]) -> str:
    for name in names:
        if symbols.get(prefix + name):
            return name
    raise SettingError(f"none of {', '.join(prefix + name for name in names)} is y")


def _whole(symbols: Mapping[str, Any], name: str, low: int) -> int:
    value = _present(symbols, name)
    if not isinstance(value, int) or value < low:
        raise SettingError(f"{name}={value} is not a whole number from {low} up")
    return value


def _number(symbols: Mapping[str, Any], name: str, bounds: Bounds) -> float:
    text = _present(symbols, name)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not bounds.accept(value):
        raise SettingError(f'{name}="{text}" is not a number {bounds.words}')
    return value


def _layers(symbols: Mapping[str, Any]) -> tuple[int, ...]:
    text = _present(symbols, "HIDDEN_LAYERS")
    try:
        layers = json.loads(text)
    except ValueError:
        layers = None
    if not isinstance(layers, list) or not all(type(n) is int and 0 < n <= 4096 for n in layers):
        raise SettingError(
            f'HIDDEN_LAYERS="{text}" is not a list of numbers from 1 to 4096 such as "[128, 64]"'
        )
    return tuple(layers)

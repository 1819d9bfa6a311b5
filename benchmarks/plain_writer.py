"""What one would write by hand for `space_10368`: every combination, nothing checked."""

import itertools
import sys
from pathlib import Path

AXES = {
    "CONFIG_MOMENTUM": ['"0.0"', '"0.5"', '"0.9"', '"0.99"'],
    "CONFIG_BETA1": ['"0.85"', '"0.90"', '"0.95"'],
    "CONFIG_OPTIMIZER": ["SGD", "ADAM", "ADAMWPRUNE"],
    "CONFIG_PRUNING_WARMUP": ["100", "200", "300", "400"],
    "CONFIG_LEARNING_RATE": ['"1e-4"', '"1e-3"', '"1e-2"'],
    "CONFIG_BATCH_SIZE": ["16", "32", "64", "128"],
    "CONFIG_NUM_EPOCHS": ["10", "20", "40"],
    "CONFIG_MIXED_PRECISION": ["n", "y"],
}


def main(directory: str) -> None:
    """Writes config_00001 and so on."""
    target = Path(directory)
    target.mkdir()
    for number, values in enumerate(itertools.product(*AXES.values()), 1):
        with open(target / f"config_{number:05d}", "w") as file:
            file.write('CONFIG_DATASET="digits"\n')
            file.writelines(f"{name}={value}\n" for name, value in zip(AXES, values, strict=True))


if __name__ == "__main__":
    main(sys.argv[1])

"""Train a small network on handwritten digits and report every epoch.

    make digits_defconfig
    KCONFIG_CONFIG=.config python3 examples/digits/train.py

Settings come from the configuration file that ``KCONFIG_CONFIG`` names and metrics go out through
``ksweep.client``. Metrics: ``test_acc`` in percent, ``macro_avg_f1_score`` and ``final_sparsity``
(the fraction of the weights that is zero) from 0 to 1, ``train_loss``.

Exit codes: 0 trained, 1 the training diverged, 2 the configuration is missing or wrong.
"""

import os
import sys

from settings import SettingError, read_settings

from ksweep.client import config


def main() -> int:
    # The matrices are tiny: threads would only be in each other's way, and in that of other
    # trials. NumPy looks at these variables when it is imported, so that comes behind.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    from training import DivergedError, train

    try:
        symbols = config()
    except RuntimeError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    try:
        train(read_settings(symbols))
    except SettingError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    except DivergedError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

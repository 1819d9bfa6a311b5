"""What a trial's program finds in its environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what only a trial's own configuration may say."""
    return {name: value for name, value in environ.items() if not name.startswith("CONFIG_")}


def symbols(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The named symbols (without `CONFIG_`) under their `CONFIG_` names; inactive ones are absent.

    Args:
        values: symbol without `CONFIG_` → `y`, `n`, or text without quotes.
        names: which of them.
    """
    return {f"CONFIG_{name}": values[name] for name in names if name in values}


def place(
    *, config: str, directory: str, name: str, sweep: str, attempt: int, repeat: int
) -> dict[str, str]:
    """Who and where the trial is; all paths are absolute."""
    return {
        "KCONFIG_CONFIG": config,
        "KSWEEP_DIR": directory,
        "KSWEEP_NAME": name,
        "KSWEEP_SWEEP": sweep,
        "KSWEEP_ATTEMPT": str(attempt),
        "KSWEEP_REPEAT": str(repeat),
    }


def devices(gpus: Sequence[int], cores: Sequence[int], env: Mapping[str, str]) -> dict[str, str]:
    """What tells a program which GPUs it has, and how many threads suit its cores.

    Args:
        gpus: NVML's numbers; empty where it is given none, then nothing is said of them.
        cores: empty likewise.
        env: what the program finds otherwise: the numbers of threads in it stand.
    """
    said = {name: str(len(cores)) for name in _THREADS if cores and name not in env}
    if gpus:
        said["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, gpus))
        said["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    return said

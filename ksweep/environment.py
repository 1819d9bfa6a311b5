"""What a trial's program finds in its environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ksweep.errors import InputError, Where

STRING_LIMIT = 128 * 1024
"""Of one variable or argument, in bytes."""
TOTAL_LIMIT = 1024 * 1024
"""Linux takes a quarter of the stack, 2 MiB as a rule, for all of them and what is inherited."""

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


def check_fits(given: Mapping[str, str], where: Where) -> None:
    """See that a program can be given these variables.

    Raises:
        InputError: one is longer than Linux allows (MAX_ARG_STRLEN), or all of them together are.
    """
    sizes = {name: len(f"{name}={value}".encode(errors="replace")) for name, value in given.items()}
    longest = max(sizes, key=sizes.__getitem__, default="")
    fix = "keep the text in a file, and its path in the symbol"
    if sizes.get(longest, 0) >= STRING_LIMIT:
        what = (
            f"{longest} has {sizes[longest]:,} bytes, and a program can be given {STRING_LIMIT:,}"
        )
        raise InputError(what, fix, where)
    total = sum(sizes.values())
    if total > TOTAL_LIMIT:
        what = f"the symbols for the program have {total:,} bytes, {longest} the most of them"
        raise InputError(f"{what}, and {TOTAL_LIMIT:,} can be given", fix, where)


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

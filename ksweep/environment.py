"""What a trial's program finds in its environment."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

from ksweep.client import entries, unquoted
from ksweep.errors import InputError, Where

STRING_LIMIT = 128 * 1024
"""Of one variable or argument, in bytes."""
TOTAL_LIMIT = 1024 * 1024
"""Linux takes a quarter of the stack, 2 MiB as a rule, for all of them and what is inherited."""

SYMBOLS_LIMIT = 64 * 1024
"""Up to which every symbol of a configuration is given."""

_CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pythonpath")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what only a trial's own configuration may say.

    Behind all that the caller has, any Python finds `ksweep.client`, and nothing else of ksweep. It
    is in a namespace package there, so that an installed ksweep still is what is imported.
    """
    theirs = {name: value for name, value in environ.items() if not name.startswith("CONFIG_")}
    paths = [path for path in (environ.get("PYTHONPATH"), _CLIENT) if path]
    return {**theirs, "PYTHONPATH": os.pathsep.join(paths)}


def symbols(config: str, named: Collection[str]) -> dict[str, str]:
    """The symbols with a line in a configuration, under their `CONFIG_` names.

    n is the empty text, as make takes any other for true.

    Args:
        config: the configuration's text.
        named: the symbols, without `CONFIG_`, that are given where all of them are too much.
    """
    every = {
        f"CONFIG_{name}": "" if value == "n" else unquoted(value) for name, value in entries(config)
    }
    if sum(map(_size, every.items())) <= SYMBOLS_LIMIT:
        return every
    return {name: every[name] for one in named if (name := f"CONFIG_{one}") in every}


def exceeds(config: str) -> bool:
    """Whether a configuration has more than what is given as a whole."""
    return len(config) * 4 > SYMBOLS_LIMIT and not symbols(config, ())


def check_fits(given: Mapping[str, str], where: Where) -> None:
    """See that a program can be given these variables.

    Raises:
        InputError: one is longer than Linux allows (MAX_ARG_STRLEN), or all of them together are.
    """
    sizes = {name: _size((name, value)) for name, value in given.items()}
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


def _size(variable: tuple[str, str]) -> int:
    """In bytes."""
    return len("=".join(variable).encode(errors="replace"))


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

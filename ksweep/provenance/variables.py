"""The environment variables that are worth keeping: named ones alone, and none with a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMES = re.compile(
    "VIRTUAL_ENV|CONDA_DEFAULT_ENV|CONDA_PREFIX"
    "|PATH|PYTHONPATH|PYTHONHASHSEED|LD_LIBRARY_PATH|LD_PRELOAD"
    "|CUDA_VISIBLE_DEVICES|CUDA_DEVICE_ORDER|PYTORCH_CUDA_ALLOC_CONF|NCCL_.*|TORCH_.*"
    "|OMP_NUM_THREADS|MKL_NUM_THREADS|OPENBLAS_NUM_THREADS"
    "|CC|CXX|CFLAGS|CXXFLAGS|LDFLAGS|ARCH|CROSS_COMPILE"
    "|LANG|LC_ALL|TZ"
    "|SLURM_JOB_ID|SLURM_JOB_NODELIST"
)
_SECRET = "token|secret|passw|credential|api_?key|access_?key|private_?key"
_SECRET_NAME = re.compile(_SECRET, re.IGNORECASE)
_SECRET_VALUE = re.compile(
    rf"://[^/\s]*@"  # https://user:password@host
    rf"|({_SECRET})[a-z_]*[\"']?\s*[=:]",  # -DTOKEN=...
    re.IGNORECASE,
)


def telling(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that may change what a program does or how fast, by name."""
    return {name: value for name, value in sorted(environ.items()) if _harmless(name, value)}


def _harmless(name: str, value: str) -> bool:
    if _NAMES.fullmatch(name) is None or _SECRET_NAME.search(name):
        return False
    return _SECRET_VALUE.search(value) is None

"""The optional libraries: the module, or the error that says how to install it.

Nothing else imports one of them, and each is imported when it is first used.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from ksweep.errors import InputError, Where

_EXTRA_OF = MappingProxyType(
    {"matplotlib": "report", "optuna": "search", "pynvml": "gpu", "scipy": "search"}
)


def load(library: str, module: str, needed_by: str) -> Any:
    """A module of an optional library.

    Args:
        library: as it is installed.
        module: the module of it, `scipy.stats.qmc` say.
        needed_by: the setting or option that asks for it.

    Raises:
        InputError: the library is not installed, or cannot be imported.
    """
    extra = _EXTRA_OF[library]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == library
        what = f"needs {library}, which is not installed"
        if not missing:
            what = f"needs {library}, which cannot be imported ({error})"
        fix = f"install the extra `{extra}`: python3 -m pip install 'ksweep[{extra}]'"
        raise InputError(f"it {what}", fix, Where(needed_by)) from None


def find(module: str) -> Any | None:
    """A module of an optional library for what works without it: None where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


@contextmanager
def quietly(optuna: Any) -> Iterator[None]:
    """Nothing of what Optuna logs, or warns of as experimental, is shown."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)

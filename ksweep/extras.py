"""The optional libraries: the module, or the error that says how to install it.

Nothing else imports one of them, and each is imported when it is first used.
"""

from __future__ import annotations

import importlib
import shlex
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from ksweep.errors import InputError, Where

_EXTRA_OF = MappingProxyType(
    {
        "alembic": "mlflow",
        "matplotlib": "report",
        "mlflow": "mlflow",
        "optuna": "search",
        "pynvml": "gpu",
        "scipy": "search",
        "sklearn": "report",
        "sqlalchemy": "mlflow",
        "wandb": "wandb",
    }
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
    require(library, needed_by)
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _error(library, f"which cannot be imported ({error})", needed_by) from None


def require(library: str, needed_by: str) -> None:
    """See that a library is installed, without importing it.

    A directory of that name in the current one, as W&B makes it for its runs, is no library.

    Raises:
        InputError: it is not.
    """
    spec = find_spec(library)
    if spec is None or spec.origin is None:
        raise _error(library, "which is not installed", needed_by)


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


def _error(library: str, what: str, needed_by: str) -> InputError:
    extra = _EXTRA_OF[library]
    python = shlex.quote(sys.executable or "python3")
    fix = f"install the extra `{extra}`: {python} -m pip install 'ksweep[{extra}]'"
    return InputError(f"it needs {library}, {what}", fix, Where(needed_by))

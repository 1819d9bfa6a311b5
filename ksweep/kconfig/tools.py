"""Editing the base `.config`: small doors into kconfiglib's own tools.

Each returns the message to show, and leaves a file alone that would not change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kconfiglib

from ksweep import inputfile
from ksweep.errors import InputError, SurroundingsError, Where
from ksweep.kconfig.loading import ModernKconfig, load

_DEFCONFIG_HINT = "`make list-defconfigs` shows what there is"


def config_path() -> Path:
    """The configuration to edit: `$KCONFIG_CONFIG`, by default `.config`."""
    return Path(kconfiglib.standard_config_filename())


def olddefconfig(kconfig: str | Path, shell: bool = True) -> str:
    """Brings the configuration up to date; what is new gets its default."""
    kconf = load(kconfig, shell)
    _read(kconf)
    return _write(kconf)


def oldconfig(kconfig: str | Path, shell: bool = True) -> str:
    """Brings the configuration up to date, asking for what is new on the terminal."""
    import oldconfig as asking

    kconf = load(kconfig, shell)
    _read(kconf)
    try:
        asking.conf_changed = True
        while asking.conf_changed:  # an answer may bring up further questions
            asking.conf_changed = False
            for node in kconf.node_iter():
                asking.oldconfig(node)
    except EOFError:
        fix = "use `make olddefconfig`, which takes the defaults"
        raise InputError("oldconfig asks questions and standard input has ended", fix) from None
    return _write(kconf)


def menuconfig(kconfig: str | Path, shell: bool = True) -> str:
    """Edits the configuration in the terminal.

    Raises:
        InputError: there is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            "menuconfig needs a terminal",
            "use `make olddefconfig`, `make defconfig DEFCONFIG=x` or `make oldconfig`, "
            f"or edit {config_path()}",
        )
    from menuconfig import menuconfig as edit

    edit(load(kconfig, shell))
    return ""


def defconfig(kconfig: str | Path, file: Path | None, shell: bool = True) -> str:
    """Makes the configuration from a defconfig; what it leaves out, or all without one, is default.

    Raises:
        InputError: there is no such file.
    """
    kconf = load(kconfig, shell)
    if file is not None:
        if not file.is_file():
            raise InputError("no such defconfig", _DEFCONFIG_HINT, Where(str(file)))
        _load(kconf, file)
    return _write(kconf)


def savedefconfig(kconfig: str | Path, file: Path, shell: bool = True) -> str:
    """Writes the part of the configuration that differs from the defaults."""
    kconf = load(kconfig, shell)
    _read(kconf)
    with _surroundings(file):
        if file.exists():
            inputfile.require_regular(file)
        return str(kconf.write_min_config(str(file)))


def _read(kconf: ModernKconfig) -> None:
    """Loads the configuration where there is one."""
    path = config_path()
    if not path.exists():
        return
    _load(kconf, path)


def _load(kconf: ModernKconfig, path: Path) -> None:
    try:
        kconf.load_config(str(path))
    except (OSError, ValueError, kconfiglib.KconfigError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        fix = "remove it or make it readable"
        raise InputError(
            f"cannot read the configuration: {reason}", fix, Where(str(path))
        ) from None


def _write(kconf: ModernKconfig) -> str:
    path = config_path()
    with _surroundings(path):
        return str(kconf.write_config(str(path)))


@contextmanager
def _surroundings(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        fix = "free space or choose another place"
        raise SurroundingsError(f"cannot write: {reason}", fix, Where(str(path))) from None

"""`ksweep config`: edit the base configuration."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from ksweep.cli.output import say, say_json, tell
from ksweep.kconfig import tools

_DEFCONFIGS = Path("defconfigs")
_SUFFIX = "_defconfig"
_SAVED = Path("defconfig")


def menuconfig(options: Namespace) -> int:
    return _told(tools.menuconfig(options.kconfig, not options.no_shell))


def oldconfig(options: Namespace) -> int:
    return _told(tools.oldconfig(options.kconfig, not options.no_shell))


def olddefconfig(options: Namespace) -> int:
    return _told(tools.olddefconfig(options.kconfig, not options.no_shell))


def defconfig(options: Namespace) -> int:
    return _told(tools.defconfig(options.kconfig, _file(options.name), not options.no_shell))


def savedefconfig(options: Namespace) -> int:
    return _told(tools.savedefconfig(options.kconfig, _SAVED, not options.no_shell))


def list_defconfigs(options: Namespace) -> int:
    """Name the files that `make x_defconfig` can load, one a line."""
    names = sorted(path.name for path in _DEFCONFIGS.glob(f"*{_SUFFIX}"))
    if options.json:
        say_json(names)
    elif names:
        say("\n".join(names))
    else:
        tell(f"there is no *{_SUFFIX} in {_DEFCONFIGS}/")
    return 0


def _told(message: str) -> int:
    if message:
        tell(message)
    return 0


def _file(name: str | None) -> Path | None:
    """A defconfig by its path, or by its name in `defconfigs/` with or without the ending."""
    if name is None:
        return None
    inside = [_DEFCONFIGS / name, _DEFCONFIGS / f"{name}{_SUFFIX}"]
    candidates = [Path(name), *inside] if "/" in name else [*inside, Path(name)]
    return next((path for path in candidates if path.is_file()), inside[0])

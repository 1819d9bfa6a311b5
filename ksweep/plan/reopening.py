"""The space of a sweep from its `sweep.json`, for a search that goes on asking."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

from ksweep import kconfig as kconfig_
from ksweep import rangefile
from ksweep.errors import InputError, Where
from ksweep.kconfig import ShellCommand
from ksweep.space import Space


def reopen(sweep: Mapping[str, Any], where: Where, shell: bool = True) -> Space:
    """The space as it was when the sweep was generated; range files and base are in `sweep.json`.

    Args:
        sweep: the `sweep.json` of results.
        where: its place, for messages.
        shell: whether the Kconfig files may run programs.

    Raises:
        InputError: the Kconfig tree has changed or is not there, or the document is damaged.
    """
    try:
        texts, path = dict(sweep["range_file"]["texts"]), sweep["range_file"]["path"]
        base = sweep["base"] and (sweep["base"]["path"], sweep["base"]["text"])
        kconfig, digest = sweep["kconfig"]["path"], sweep["kconfig"]["digest"]
        cwd, lenient = sweep["cwd"], bool(sweep["lenient"])
        _require_paths(path, kconfig, cwd, *(base or ())[:1], *texts)
        _require_texts(digest, *(base or ())[1:], *texts.values())
    except (KeyError, TypeError, ValueError):
        what = "it does not say what was searched"
        raise InputError(what, "restore the file as ksweep wrote it", where) from None
    with chdir(cwd if os.path.isdir(cwd) else "."):
        srctree = Path(os.environ.get("srctree", ""))  # noqa: SIM112
        space = Space(
            rangefile.read(Path(path), srctree, texts),
            kconfig,
            base[0] if base else None,
            base_text=base[1] if base else None,
            lenient=lenient,
            shell=shell,
        )
        space.tree.render()  # reads the tree once more, from here
    if space.tree.digest != digest:
        raise InputError(
            f"the Kconfig tree {kconfig} has changed since this search began",
            "put it back, or start a new sweep with --warm-start to go on from its results",
            where,
        )
    return space


def shell_commands(sweep: Mapping[str, Any]) -> list[ShellCommand]:
    """What `reopen` would execute while it reads the Kconfig tree, as far as can be seen."""
    kconfig, cwd = sweep.get("kconfig"), sweep.get("cwd")
    path = kconfig.get("path") if isinstance(kconfig, Mapping) else None
    if not (isinstance(path, str) and isinstance(cwd, str)) or "\0" in path + cwd:
        return []
    with chdir(cwd if os.path.isdir(cwd) else "."):
        return kconfig_.shell_commands(path)


def _require_paths(*paths: str) -> None:
    if any(b"\0" in os.fsencode(path) for path in paths):
        raise ValueError("a path has a NUL in it")


def _require_texts(*texts: str) -> None:
    for text in texts:
        str.encode(text)

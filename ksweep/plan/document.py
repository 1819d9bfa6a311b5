"""`sweep.json` of a generated sweep: what programs, and a search that goes on, need to know."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ksweep import provenance
from ksweep.command import Names
from ksweep.errors import SurroundingsError, Where
from ksweep.model import Assignment, Axis, Method, Settings
from ksweep.rangefile import RangeFile
from ksweep.settings import to_json
from ksweep.space import Enumeration, Rejection, Space


def document(
    space: Space,
    settings: Settings,
    range_file: RangeFile,
    base: Path | None,
    exports: Sequence[str],
    names: Names,
) -> dict[str, object]:
    """All of it but what became of the space.

    Args:
        space: what was generated from.
        settings: as they are written for the run.
        range_file: where space and settings come from.
        base: the `.config` that the space starts from, if there is one.
        exports: the symbols that programs are given beside the active axes, where all are too much.
        names: what the names in the command are.

    Raises:
        SurroundingsError: a file cannot be read again.
    """
    return {
        "method": settings.method.value,
        "seed": settings.seed if settings.method is not Method.GRID or settings.shuffle else None,
        "settings": to_json(settings),
        "command_where": str(setting_where(range_file.settings, "COMMAND", settings.command)),
        "range_file": {
            **_file(range_file.path),
            "files": list(range_file.files),
            "texts": {path: _file(path)["text"] for path in range_file.files},
            "srctree": os.environ.get("srctree", ""),  # noqa: SIM112
        },
        "base": _file(base) if base is not None else None,
        "kconfig": {
            "path": space.tree.path,
            "digest": space.tree.digest,
            "files": _contents(space.tree.files),
        },
        "lenient": space.lenient,
        "axes": [_axis(axis, space) for axis in space.axes],
        "exports": list(exports),
        "choices": {name: dict(members) for name, members in names.choices.items()},
        "order": list(names.order),
        "versions": provenance.versions(),
    }


def rejections(found: Enumeration) -> dict[str, object]:
    """What an enumeration left out, and why."""
    return {
        "rejections": [_rejection(one) for one in found.rejections],
        "exclusions": [_rejection(one) for one in found.exclusions],
    }


def setting_where(lines: Sequence[Assignment], name: str, value: str | None) -> Where:
    """The line of the range file that a setting is from, or else its name.

    Args:
        lines: the settings of the range file.
        name: `COMMAND`, say.
        value: as it holds; None for any.
    """
    for line in lines:
        if line.symbol == f"SWEEP_{name}" and value in (None, line.value):
            return line.where
    return Where(f"CONFIG_SWEEP_{name}")


def _file(path: str | Path) -> Mapping[str, str]:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        fix = "see that it stays where it is during a generation"
        raise SurroundingsError(
            f"cannot be read again: {error.strerror}", fix, Where(str(path))
        ) from error
    return {
        "path": str(path),
        "digest": hashlib.sha256(content).hexdigest(),
        "text": content.decode("utf-8", "replace"),
    }


def _contents(paths: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of each file of a Kconfig tree that can be read, by its path from here."""
    srctree = os.environ.get("srctree", "")  # noqa: SIM112
    found = {}
    for path in (os.path.join(srctree, one) for one in paths):
        with suppress(OSError):
            found[path] = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return found


def _axis(axis: Axis, space: Space) -> dict[str, object]:
    symbols = [space.tree.symbol(name, axis.where) for name in axis.symbols]
    return {
        "symbols": list(axis.symbols),
        "kind": axis.kind.value,
        "values": axis.text,
        "where": str(axis.where),
        "types": [symbol.type.value for symbol in symbols],
        "limits": [symbol.widest() for symbol in symbols],
    }


def _rejection(rejection: Rejection) -> dict[str, object]:
    return {
        "assignment": dict(rejection.assignment),
        "reason": rejection.reason,
        "combinations": rejection.combinations,
    }

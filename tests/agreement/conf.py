"""The C implementations of Kconfig as judges of configuration files."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import kconfiglib
import pytest

PROGRAMS = {
    re.sub(r".*-kbuild-(\d+\.\d+).*", r"\1", program.parts[3]): program
    for program in sorted(Path("/usr/lib").glob("linux-kbuild-*/scripts/kconfig/conf"))
}
"""What is installed of Debian's linux-kbuild packages, by the version of Linux."""
needs_conf = pytest.mark.skipif(
    not PROGRAMS, reason="no conf is installed (Debian's linux-kbuild-6.1)"
)

_CONFIG_LINE = re.compile(r"CONFIG_(\w+)=.*|# CONFIG_(\w+) is not set")


def reads(version: str, kconfig: str) -> bool:
    """That conf takes the tree as kconfiglib does.

    Linux has neither optional nor tristate choices since 6.9, and one whose prompt is invisible
    has a selection all the same.
    """
    since = tuple(int(part) for part in version.split("."))
    gone = r"^\toptional$|^choice\n\tprompt .*( if .*|\n\ttristate)$"
    return since < (6, 9) or not re.search(gone, kconfig, re.M)


def config_lines(text: str) -> dict[str, str]:
    """The lines of a `.config` that say something, by symbol."""
    lines = {}
    for line in text.splitlines():
        match = _CONFIG_LINE.fullmatch(line)
        if match:
            lines[match[1] or match[2]] = line
    return lines


def changes(version: str, kconfig: Path, text: str, scratch: Path) -> list[str]:
    """What C's `--olddefconfig` makes of a file: `ours -> theirs` for each line that differs.

    `scratch` is where the file is put meanwhile, in a folder in which conf may leave its own.
    """
    scratch.write_text(text, encoding="utf-8")
    # conf leaves include/ where it runs, so the sources are not where it runs.
    folder = {"srctree": str(kconfig.resolve().parent), "KCONFIG_CONFIG": scratch.name}
    done = subprocess.run(
        [str(PROGRAMS[version]), "--olddefconfig", kconfig.name],
        cwd=scratch.resolve().parent,
        env={**os.environ, **folder},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ours, theirs = config_lines(text), config_lines(scratch.read_text(encoding="utf-8"))
    return [
        f"{ours.get(name)} -> {theirs.get(name)}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def unexcused(kconf: kconfiglib.Kconfig, config: Path, differing: Iterable[str]) -> list[str]:
    """The differences that neither are one of kconfiglib's two known ones nor follow from one.

    Args:
        kconf: the tree, which is loaded with `config`.
        config: the file as it was generated.
        differing: what `changes` returned.
    """
    kconf.load_config(str(config))
    left = {_symbol(kconf, change): change for change in differing}
    known = {symbol for symbol, change in left.items() if _is_known(symbol, change)}
    excused: set[kconfiglib.Symbol] = set()
    while known:
        excused |= known
        known = {symbol for symbol in left if symbol not in excused and symbol.referenced & excused}
    return [change for symbol, change in left.items() if symbol not in excused]


def _symbol(kconf: kconfiglib.Kconfig, change: str) -> kconfiglib.Symbol:
    line = next(line for line in change.split(" -> ") if line != "None")
    match = _CONFIG_LINE.fullmatch(line)
    assert match is not None
    return kconf.syms[match[1] or match[2]]


def _is_known(symbol: kconfiglib.Symbol, change: str) -> bool:
    if symbol.orig_type in (kconfiglib.INT, kconfiglib.HEX):
        return _unusable_range(symbol)
    adds_line = change == f"None -> # CONFIG_{symbol.name} is not set"
    return adds_line and _idly_implied(symbol)


def _idly_implied(symbol: kconfiglib.Symbol) -> bool:
    """An `imply` is in effect on a symbol whose own dependencies are unmet: C adds a line."""
    implied = kconfiglib.expr_value(symbol.weak_rev_dep)
    return bool(implied and not kconfiglib.expr_value(symbol.direct_dep))


def _unusable_range(symbol: kconfiglib.Symbol) -> bool:
    """The range in effect has an empty bound, or ends before it starts."""
    base = 10 if symbol.orig_type == kconfiglib.INT else 16
    for low, high, condition in symbol.ranges:
        if kconfiglib.expr_value(condition):
            bounds = (low.str_value, high.str_value)
            return "" in bounds or int(bounds[0], base) > int(bounds[1], base)
    return False

"""What a sweep must give, found by trying every combination with kconfiglib alone.

Nothing of ksweep is used: each combination gets a Kconfig of its own, every value is assigned
whether or not it can have an effect, and the result is judged afterwards. A value of a symbol
that is not visible has no effect in Kconfig, so a combination stands for the configuration in
which the axes that are not visible are left alone.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import kconfiglib

from agreement.trees import AxisSpec, NoNumberError, Sweep

_LINE = re.compile(r"CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set")
_PASSES = 8  # readings after which a file that still changes is a defect of the tree


@dataclass(frozen=True)
class Found:
    """One configuration: its identity, its active parameters, its complete file."""

    id: str
    params: tuple[tuple[str, str], ...]
    text: str


@dataclass
class Truth:
    """The outcome of every combination of one sweep.

    Over the valid configurations, `held` has the fixed lines that are true in one, `met` those
    that are visible in one, `visible` the symbols of axes that are active in one.
    `unsteady` counts combinations whose file would change when it is read, `undecided` those
    that cannot be judged: for that reason, because an exclusion needs an empty number, or because
    kconfiglib and C differ on them.
    """

    configurations: list[Found] = field(default_factory=list)
    rejected: int = 0
    excluded: int = 0
    unsteady: int = 0
    undecided: int = 0
    held: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)
    visible: set[str] = field(default_factory=set)


def load(kconfig: Path) -> kconfiglib.Kconfig:
    """A Kconfig that nobody has set anything in."""
    return kconfiglib.Kconfig(str(kconfig), warn=False)


def lines_of(text: str) -> dict[str, str]:
    """Symbol (without `CONFIG_`) to value, strings unescaped, `is not set` as n."""
    values = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, value, unset = match.groups()
        if unset is not None:
            values[unset] = "n"
        elif value.startswith('"'):
            values[name] = re.sub(r"\\(.)", r"\1", value[1:-1])
        else:
            values[name] = value
    return values


def identity(kconf: kconfiglib.Kconfig, lines: Mapping[str, str]) -> str:
    """The first 12 hex digits over the sorted lines, numbers in one spelling."""
    spelled = []
    for name, value in lines.items():
        if name.startswith("SWEEP_"):
            continue
        kind = kconf.syms[name].orig_type
        if kind == kconfiglib.INT and value:
            value = str(int(value))
        elif kind == kconfiglib.HEX and value:
            value = f"0x{int(value, 16):x}"
        spelled.append(f"{name}={value}\n".encode())
    return hashlib.sha256(b"".join(sorted(spelled))).hexdigest()[:12]


def _assign(kconf: kconfiglib.Kconfig, name: str, value: str) -> None:
    symbol = kconf.syms[name]
    if symbol.choice is not None:
        if value != "y":
            return
        symbol.choice.set_value(2)
    symbol.set_value(value)


def _same(symbol: kconfiglib.Symbol, value: str) -> bool:
    got = symbol.str_value
    if symbol.orig_type in (kconfiglib.INT, kconfiglib.HEX) and got:
        base = 10 if symbol.orig_type == kconfiglib.INT else 16
        return int(got, base) == int(value, base)
    return bool(got == value)


def _promoted(symbol: kconfiglib.Symbol) -> bool:
    """An `imply` of y makes it y though its dependencies allow less: C says m."""
    return bool(
        symbol.orig_type == kconfiglib.TRISTATE
        and symbol.tri_value == 2
        and kconfiglib.expr_value(symbol.weak_rev_dep) == 2
        and kconfiglib.expr_value(symbol.rev_dep) < 2
        and (symbol.visibility == 1 or kconfiglib.expr_value(symbol.direct_dep) < 2)
    )


class _Judge:
    """Tries the combinations of one sweep in the files of one directory."""

    def __init__(self, sweep: Sweep, kconfig: Path, base: Path | None, scratch: Path) -> None:
        self.sweep = sweep
        self.kconfig = kconfig
        self.base = base
        self.scratch = scratch
        self.truth = Truth()
        self.echo = load(kconfig)
        self.found: dict[str, tuple[tuple[int, ...], Found]] = {}

    def run(self) -> Truth:
        indices = [range(len(axis.rows)) for axis in self.sweep.axes]
        for point in itertools.product(*indices):
            self._try(point)
        ordered = sorted(self.found.values(), key=lambda pair: pair[0])
        self.truth.configurations = [found for _, found in ordered]
        return self.truth

    def _assignments(self, point: Sequence[int]) -> Iterator[tuple[str, str]]:
        yield from self.sweep.fixed
        for axis, index in zip(self.sweep.axes, point, strict=True):
            yield from zip(axis.symbols, axis.rows[index], strict=True)

    def _resolve(self, point: tuple[int, ...]) -> tuple[kconfiglib.Kconfig, str] | None:
        """The tree of a combination and its file, which reading it leaves alone.

        A default of y under a prompt of m is y when it is resolved and m when its file is read.
        Such symbols start as m then, so that nothing is left of what followed from the y. None
        where a prompt is no longer m as a consequence: then there is no telling.
        """
        limited: frozenset[str] = frozenset()
        for _ in range(_PASSES):
            kconf = load(self.kconfig)
            if self.base is not None:
                kconf.load_config(str(self.base))
            for name in limited:
                kconf.syms[name].set_value("m")
            for name, value in self._assignments(point):
                _assign(kconf, name, value)
            kconf.write_config(str(self.scratch), save_old=False)
            text = self.scratch.read_text(encoding="utf-8")
            found = self._limited_when_read(kconf)
            if not found:
                steady = all(kconf.syms[name].visibility == 1 for name in limited)
                self.truth.unsteady += bool(limited)
                return (kconf, text) if steady else None
            limited |= found
        raise AssertionError(f"the file never settles: {self.kconfig}")

    def _limited_when_read(self, kconf: kconfiglib.Kconfig) -> frozenset[str]:
        """The symbols that reading the file lowers from y to m."""
        self.echo.load_config(str(self.scratch))
        return frozenset(
            symbol.name
            for symbol in kconf.unique_defined_syms
            if symbol.visibility == 1
            and symbol.str_value == "y"
            and self.echo.syms[symbol.name].str_value == "m"
        )

    def _try(self, point: tuple[int, ...]) -> None:
        resolved = self._resolve(point)
        if resolved is None:
            self.truth.undecided += 1
            return
        kconf, text = resolved
        axes = list(zip(self.sweep.axes, point, strict=True))
        axes.sort(key=lambda pair: not pair[0].wildcard)
        if not all(self._axis_holds(kconf, axis, index) for axis, index in axes):
            return
        if self._contradicted(kconf):
            self.truth.rejected += 1
            return
        if any(_promoted(symbol) for symbol in kconf.unique_defined_syms):
            self.truth.undecided += 1
            return
        lines = lines_of(text)
        try:
            excluded = any(exclusion.holds(lines) for exclusion in self.sweep.exclusions)
        except NoNumberError:
            self.truth.undecided += 1
            return
        if excluded:
            self.truth.excluded += 1
            return
        for symbol in kconf.unique_defined_syms:
            assert symbol.config_string == self.echo.syms[symbol.name].config_string, symbol
        self._keep(kconf, point, lines, text)

    def _active(self, kconf: kconfiglib.Kconfig, axis: AxisSpec, name: str) -> bool:
        symbol = kconf.syms[name]
        return bool(symbol.choice.visibility if axis.choice else symbol.visibility)

    def _axis_holds(self, kconf: kconfiglib.Kconfig, axis: AxisSpec, index: int) -> bool:
        """Every visible member reads back what was asked for; counts it where not."""
        for name, value in zip(axis.symbols, axis.rows[index], strict=True):
            if self._active(kconf, axis, name) and not _same(kconf.syms[name], value):
                self.truth.rejected += not axis.wildcard
                return False
        return True

    def _contradicted(self, kconf: kconfiglib.Kconfig) -> bool:
        return any(
            kconf.syms[name].visibility and not _same(kconf.syms[name], value)
            for name, value in self.sweep.fixed
        )

    def _keep(
        self,
        kconf: kconfiglib.Kconfig,
        point: tuple[int, ...],
        lines: Mapping[str, str],
        text: str,
    ) -> None:
        for name, value in self.sweep.fixed:
            symbol = kconf.syms[name]
            if _same(symbol, value) and (name in lines or value == "n"):
                self.truth.held.add(name)
            if symbol.visibility:
                self.truth.met.add(name)
        key, params = [], []
        for axis, index in zip(self.sweep.axes, point, strict=True):
            active = [
                (name, value)
                for name, value in zip(axis.symbols, axis.rows[index], strict=True)
                if self._active(kconf, axis, name)
            ]
            self.truth.visible.update(name for name, _ in active)
            # Of equal rows the first counts, and those that lack a member come before the rest.
            key += [index if active else -1, *(name in dict(active) for name in axis.symbols)]
            params += [(f"CONFIG_{name}", value) for name, value in active]
        found = Found(identity(kconf, lines), tuple(params), text)
        known = self.found.get(found.id)
        if known is None or tuple(key) < known[0]:
            self.found[found.id] = (tuple(key), found)


def truth(sweep: Sweep, directory: Path) -> Truth:
    """Write the sweep's files for kconfiglib into `directory` and try every combination."""
    kconfig = directory / "Kconfig.plain"
    kconfig.write_text(sweep.kconfig, encoding="utf-8")
    base = directory / "base" if sweep.base else None
    if base is not None:
        base.write_text(sweep.base, encoding="utf-8")
    return _Judge(sweep, kconfig, base, directory / f"scratch.{os.getpid()}").run()

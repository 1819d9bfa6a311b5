"""The enumeration of random sweeps against brute force, and a sample of it against C.

`KSWEEP_TREES` is how many trees are tried (200), `KSWEEP_SEED` the seed of the first (0); every
failure names its seed and leaves its files in pytest's temporary directory.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from agreement import brute, conf, trees
from ksweep import rangefile
from ksweep.errors import InputError
from ksweep.model import Configuration
from ksweep.space import Enumeration, Space

TREES = int(os.environ.get("KSWEEP_TREES", "200"))
FIRST = int(os.environ.get("KSWEEP_SEED", "0"))
CHUNK = 20


@pytest.mark.parametrize("first", range(FIRST, FIRST + TREES, CHUNK))
def test_as_brute_force(first: int, tmp_path: Path) -> None:
    for seed in range(first, min(first + CHUNK, FIRST + TREES)):
        with trees.entered(seed, tmp_path) as sweep:
            check(sweep, brute.truth(sweep, Path.cwd()), lenient=seed % 2 == 0)


def check(sweep: trees.Sweep, truth: brute.Truth, lenient: bool) -> None:
    """Compares one sweep, whose files are in the current directory, with the truth."""
    if truth.undecided:
        return
    if sweep.impossible:
        if sweep.impossible & truth.visible:
            with pytest.raises(InputError):
                found_by_ksweep(lenient)
        return
    unheld = {name for name, _ in sweep.fixed} - truth.held
    if not truth.configurations or (unheld and not lenient):
        with pytest.raises(InputError) as caught:
            found_by_ksweep(lenient)
        assert not truth.configurations or all(name in str(caught.value) for name in unheld)
        return
    space, found, configurations = found_by_ksweep(lenient)
    assert [(one.id, tuple(one.params.items())) for one in configurations] == [
        (one.id, one.params) for one in truth.configurations
    ]
    check_counts(sweep, truth, space, found)
    check_warnings(sweep, truth, unheld, found.warnings)
    check_untaken(sweep, space.warnings, configurations)
    check_files(configurations)


def found_by_ksweep(lenient: bool) -> tuple[Space, Enumeration, list[Configuration]]:
    base = Path("base") if Path("base").exists() else None
    read = rangefile.read(Path("range"), Path())
    space = Space(read, Path("Kconfig"), base, lenient=lenient)
    found = space.enumerate(None)
    return space, found, [space.resolve(point) for point in found.points]


def check_counts(sweep: trees.Sweep, truth: brute.Truth, space: Space, found: Enumeration) -> None:
    """A combination that is both rejected and excluded may count as either."""
    if any(axis.wildcard for axis in sweep.axes):
        return
    assert space.combinations == sweep.combinations
    left_out = truth.rejected + truth.excluded
    assert found.rejected + found.excluded == left_out
    assert found.collapsed == sweep.combinations - left_out - len(truth.configurations)
    if not sweep.exclusions:
        assert found.rejected == truth.rejected
        assert bool(found.rejections) == bool(truth.rejected)


def check_warnings(
    sweep: trees.Sweep, truth: brute.Truth, unheld: set[str], warnings: Sequence[str]
) -> None:
    idle = [axis.symbols for axis in sweep.axes if truth.visible.isdisjoint(axis.symbols)]
    wanted = [(name,) for name in unheld] + idle
    for names in wanted:
        assert any(f"CONFIG_{name}" in warning for name in names for warning in warnings), names
    assert len(warnings) == len(wanted), warnings


def check_untaken(
    sweep: trees.Sweep, warnings: Sequence[str], configurations: list[Configuration]
) -> None:
    """A line of the base that is warned of is in no configuration."""
    lines = sweep.base.splitlines()
    for warning in warnings:
        line = lines[int(warning.split(":")[1]) - 1]
        assert all(line not in one.text.splitlines() for one in configurations), warning


def check_files(configurations: list[Configuration]) -> None:
    """Each file says what its identity says; C leaves the first and the last as they are."""
    kconf = brute.load(Path("Kconfig.plain"))
    for one in configurations:
        assert brute.identity(kconf, brute.lines_of(one.text)) == one.id
    text = Path("Kconfig").read_text(encoding="utf-8")
    for version in [one for one in conf.PROGRAMS if conf.reads(one, text)]:
        Path(version).mkdir()
        for one in configurations[:: max(1, len(configurations) - 1)]:
            differing = conf.changes(version, Path("Kconfig"), one.text, Path(version) / "config")
            Path("ours").write_text(one.text, encoding="utf-8")
            assert conf.unexcused(kconf, Path("ours"), differing) == []

"""Every file that ksweep generates is one that the C implementation leaves as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import kconfiglib
import pytest

from agreement import conf, golden
from ksweep import rangefile, search
from ksweep.model import Method, Settings
from ksweep.space import Space

ROOT = Path(__file__).resolve().parents[2]
RANGES = sorted((ROOT / "defconfigs").glob("*range"))
PER_RANGE = 40
by_each = pytest.mark.parametrize("version", conf.PROGRAMS)


def spread(items: Sequence[object], most: int) -> list[object]:
    """At most so many of them, the first and the last among them, evenly apart."""
    if len(items) <= most:
        return list(items)
    return [items[i * (len(items) - 1) // (most - 1)] for i in range(most)]


def texts(space: Space, most: int | None = None) -> list[str]:
    """Complete configurations of a space: all, evenly apart, or drawn where there is no end."""
    if space.continuous:
        drawn = search.make(space, Settings(method=Method.RANDOM))
        choices = [drawn.ask() for _ in range(most or PER_RANGE)]
        return [choice.configurations[0].text for choice in choices if choice is not None]
    points = space.enumerate(None).points
    assert points
    return [space.resolve(point).text for point in (spread(points, most) if most else points)]


def disagreements(version: str, texts: Sequence[str], kconfig: Path, tmp_path: Path) -> list[str]:
    """Lines that C changes and that no known exception explains."""
    found: list[str] = []
    kconf: kconfiglib.Kconfig | None = None
    for text in texts:
        differing = conf.changes(version, kconfig, text, tmp_path / "for_c")
        if differing:
            (tmp_path / "ours").write_text(text, encoding="utf-8")
            kconf = kconf or kconfiglib.Kconfig(str(kconfig), warn=False)
            found += conf.unexcused(kconf, tmp_path / "ours", differing)
    return found


@conf.needs_conf
@pytest.mark.parametrize(
    "case", [case for case in golden.cases() if not case.is_error], ids=lambda case: case.name
)
@by_each
def test_golden_cases(version: str, case: golden.Case, tmp_path: Path) -> None:
    if reason := case.no_c(version):
        pytest.skip(reason)
    with case.entered():
        space = case.open()
        assert disagreements(version, texts(space), Path("Kconfig").resolve(), tmp_path) == []


@conf.needs_conf
@pytest.mark.parametrize("path", RANGES, ids=lambda path: path.name)
@by_each
def test_examples(
    version: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("KSWEEP", "ksweep")
    monkeypatch.delenv("srctree", raising=False)
    space = Space(rangefile.read(path.relative_to(ROOT), Path()), Path("Kconfig"), None)
    assert disagreements(version, texts(space, PER_RANGE), ROOT / "Kconfig", tmp_path) == []


def test_there_are_examples() -> None:
    assert len(RANGES) >= 2


@conf.needs_conf
@by_each
def test_a_file_that_c_changes_is_found(version: str, tmp_path: Path) -> None:
    kconfig = tmp_path / "Kconfig"
    kconfig.write_text('config A\n\tint "a"\n\trange 1 3\n', encoding="utf-8")
    change = conf.changes(version, kconfig, "CONFIG_A=9\n", tmp_path / "for_c")
    nearest = {"6.1": 1}.get(version, 3)
    assert change == [f"CONFIG_A=9 -> CONFIG_A={nearest}"]
    (tmp_path / "ours").write_text("CONFIG_A=9\n", encoding="utf-8")
    kconf = kconfiglib.Kconfig(str(kconfig), warn=False)
    assert conf.unexcused(kconf, tmp_path / "ours", change) == change

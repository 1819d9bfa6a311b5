"""The range files that come with ksweep have as many configurations as they promise."""

import re
from pathlib import Path

import pytest

from ksweep import rangefile, search, settings
from ksweep.space import Space

ROOT = Path(__file__).parents[2]
COUNTS = {  # the product of the axes, and the distinct configurations
    "compression-range": (2592, 48),
    "digits-architecture-range": (108, 96),
    "digits-data-range": (110, 66),
    "digits-hyperparameter-range": (150, 150),
    "digits-large-range": (432, 432),
    "digits-medium-range": (108, 108),
    "digits-minimal-range": (4, 4),
    "digits-small-range": (48, 24),
    "digits-state-pruning-compare-range": (36, 36),
}


SEARCHED = {"digits-search-range"}  # without end


def test_every_range_file_is_counted():
    assert {path.name for path in ROOT.glob("defconfigs/*range")} == COUNTS.keys() | SEARCHED


@pytest.mark.parametrize("name", SEARCHED)
def test_what_is_searched_is_sound(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    read = rangefile.read(Path("defconfigs", name), ROOT)
    space = Space(read, Path("Kconfig"))
    method = search.make(space, settings.resolve({}, read.settings, None))
    assert method.outlook.warnings == ()
    assert method.outlook.available is None
    assert method.ask() is not None


@pytest.mark.parametrize(("name", "counts"), COUNTS.items())
def test_counts(name, counts, monkeypatch):
    monkeypatch.chdir(ROOT)
    path = Path("defconfigs", name)

    space = Space(rangefile.read(path, ROOT), Path("Kconfig"))
    found = space.enumerate()

    assert (space.combinations, len(found.points)) == counts
    assert found.rejected == 0
    assert found.warnings == ()
    words = path.read_text(encoding="utf-8")
    assert re.search(rf"\b{counts[1]}\b", words), "its comment names another count"

"""Combinations that are the same configuration run once, and cost nothing to find."""

from __future__ import annotations

import itertools
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from agreement import brute
from ksweep import rangefile
from ksweep.errors import InputError
from ksweep.space import Space

SPACE_10368 = Path(__file__).resolve().parents[2] / "benchmarks" / "space_10368"

# What `range` in that folder says, in its order; the third is the choice.
OPTIMIZERS = ("OPTIMIZER_SGD", "OPTIMIZER_ADAM", "OPTIMIZER_ADAMWPRUNE")
AXES = {
    "MOMENTUM": ("0.0", "0.5", "0.9", "0.99"),
    "BETA1": ("0.85", "0.9", "0.95"),
    "OPTIMIZER": OPTIMIZERS,
    "PRUNING_WARMUP": ("100", "200", "300", "400"),
    "LEARNING_RATE": ("1e-4", "1e-3", "1e-2"),
    "BATCH_SIZE": ("16", "32", "64", "128"),
    "NUM_EPOCHS": ("10", "20", "40"),
    "MIXED_PRECISION": ("n", "y"),
}


def open_space(folder: Path) -> Space:
    return Space(rangefile.read(folder / "range", folder), folder / "Kconfig", None)


def every_combination() -> Iterator[str]:
    """The identity of each of the 10,368 combinations, assigned by kconfiglib alone."""
    kconf = brute.load(SPACE_10368 / "Kconfig")
    for values in itertools.product(*AXES.values()):
        kconf.unset_values()
        kconf.syms["DATASET"].set_value("digits")
        for name, value in zip(AXES, values, strict=True):
            if name == "OPTIMIZER":
                kconf.syms[value].set_value("y")
            else:
                kconf.syms[name].set_value(value)
        lines = "".join(symbol.config_string for symbol in kconf.unique_defined_syms)
        yield brute.identity(kconf, brute.lines_of(lines))


def test_10368_combinations() -> None:
    space = open_space(SPACE_10368)
    found = space.enumerate(None)
    tried = list(every_combination())
    assert space.combinations == len(tried) == 10_368
    ids = [space.resolve(point).id for point in found.points]
    # `every_combination` goes in file order, and the first of equals has the smallest number but
    # where an axis is inactive; so the sets are compared, and the order is the golden cases' job.
    assert set(ids) == set(tried)
    assert len(ids) == len(set(tried)) == 1_224
    assert found.collapsed == 10_368 - 1_224
    assert found.rejected == found.excluded == 0


def write(folder: Path, kconfig: str, range_text: str) -> Path:
    (folder / "Kconfig").write_text(kconfig, encoding="utf-8")
    (folder / "range").write_text(range_text, encoding="utf-8")
    return folder


def one_of_four(folder: Path) -> Path:
    """Four members of a choice with 2,500 values each, and the choice after them in the file."""
    members = "".join(f'config M{i}\n\tbool "m{i}"\n' for i in range(4))
    values = "".join(f'config V{i}\n\tint "v{i}"\n\tdepends on M{i}\n' for i in range(4))
    axes = "".join(f"CONFIG_V{i}=1:1:2500\n" for i in range(4))
    choice = "|".join(f"CONFIG_M{i}" for i in range(4)) + "=y\n"
    kconfig = f'choice\n\tprompt "one of four"\n{members}endchoice\n{values}'
    return write(folder, kconfig, axes + choice)


def chain(folder: Path) -> Path:
    """Forty bools of which each needs the one before, the last first in the file, times 250."""
    symbols = 'config S0\n\tbool "s0"\n' + "".join(
        f'config S{i}\n\tbool "s{i}"\n\tdepends on S{i - 1}\n' for i in range(1, 40)
    )
    axes = "".join(f"CONFIG_S{i}=n|y\n" for i in reversed(range(40)))
    return write(folder, symbols + 'config N\n\tint "n"\n', f"CONFIG_N=1:1:250\n{axes}")


@pytest.mark.parametrize(
    ("make", "combinations", "distinct"),
    [(one_of_four, 4 * 2500**4, 10_000), (chain, 250 * 2**40, 250 * 41)],
)
def test_work_follows_the_distinct(make, combinations: int, distinct: int, tmp_path: Path) -> None:
    space = open_space(make(tmp_path))
    started = time.monotonic()
    found = space.enumerate(None)
    took = time.monotonic() - started
    assert space.combinations == combinations > 10**12
    assert len(set(found.points)) == len(found.points) == distinct
    assert found.collapsed == combinations - distinct
    assert took < 20, f"{took:.1f} s"  # seconds on a loaded machine; the product would take years


@pytest.mark.parametrize("sides", [(1_000, 1_000), (1_000_000, 1), (10**9, 10**9)])
def test_a_large_grid_is_not_held(sides: tuple[int, int], tmp_path: Path) -> None:
    kconfig = "".join(f'config S{i}\n\tint "s{i}"\n' for i in range(2))
    axes = "".join(f"CONFIG_S{i}=1:1:{side}\n" for i, side in enumerate(sides))
    space = open_space(write(tmp_path, kconfig, axes))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="1,000") as caught:
            space.enumerate(1_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert f"{sides[0] * sides[1]:,}" in str(caught.value)
    assert peak < 10 * 2**20, f"{peak / 2**20:.1f} MiB"


def test_rejections_are_cut_off_early(tmp_path: Path) -> None:
    """A rejected pair takes its share of the product with it, whatever else there is."""
    kconfig = (
        'config MOST\n\tint "most"\nconfig LEVEL\n\tint "level"\n\trange 1 MOST\n\tdefault 1\n'
        + "".join(f'config S{i}\n\tint "s{i}"\n' for i in range(4))
    )
    axes = "CONFIG_MOST=1|9\nCONFIG_LEVEL=2:1:9\nexclude if MOST = 9 && LEVEL > 2\n" + "".join(
        f"CONFIG_S{i}=1:1:10\n" for i in range(4)
    )
    started = time.monotonic()
    found = open_space(write(tmp_path, kconfig, axes)).enumerate(None)
    assert len(found.points) == 10_000
    assert found.rejected == 8 * 10_000
    assert found.excluded == 7 * 10_000
    assert found.collapsed == 0
    assert time.monotonic() - started < 20

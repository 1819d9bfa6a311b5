"""Random search: even over the distinct configurations, and quick on spaces without bounds."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from scipy.stats import chisquare

from ksweep.model import Method, Settings
from ksweep.search.random import RandomSearch
from ksweep.space import Choices
from search.making import CONDITIONAL, ids, open_space, run, start


def firsts(folder: Path, text: str, count: int, work_limit: int = 10**5) -> Counter[str]:
    """The first choice of so many seeds."""
    choices = Choices(open_space(folder, text), work_limit=work_limit)
    drawn = (RandomSearch(choices, Settings(seed=seed)).ask() for seed in range(count))
    return Counter(choice.configurations[0].id for choice in drawn if choice is not None)


def test_every_configuration_is_as_likely_as_any_other(tmp_path: Path) -> None:
    """By chi-square; a draw from the product would hit Lion's configurations 8/3 times as often."""
    found = firsts(tmp_path, CONDITIONAL, 4_500)
    assert len(found) == 45
    assert chisquare(list(found.values())).pvalue > 0.001


def test_without_counting_it_is_roughly_even(tmp_path: Path) -> None:
    found = firsts(tmp_path, CONDITIONAL, 1_800, work_limit=0)
    assert len(found) == 45
    assert max(found.values()) < 2.5 * min(found.values())


def test_the_discrete_part_is_even_where_others_are_continuous(tmp_path: Path) -> None:
    text = (
        "CONFIG_OPT_SGD|CONFIG_OPT_ADAM|CONFIG_OPT_LION=y\nCONFIG_BETA=0.8|0.9\n"
        "CONFIG_LR=loguniform(1e-4, 1e-1)\nexclude if OPT_LION && LR > 1e-3\n"
    )
    chosen = run(start(tmp_path, text, Settings(method=Method.RANDOM)), limit=1_500)
    kinds = Counter(
        (params.get("CONFIG_BETA"), params["CONFIG_OPT_SGD"], params["CONFIG_OPT_ADAM"])
        for params in (choice.configurations[0].params for choice in chosen)
    )
    assert len(kinds) == 5
    assert chisquare(list(kinds.values())).pvalue > 0.001


def test_drawn_values_follow_their_distribution(tmp_path: Path) -> None:
    text = "CONFIG_LR=loguniform(1e-5, 1e-1)\nCONFIG_FOLD=uniform(2, 5)\n"
    chosen = run(start(tmp_path, text, Settings(method=Method.RANDOM)), limit=2_000)
    params = [choice.configurations[0].params for choice in chosen]
    decades = Counter(f"{float(one['CONFIG_LR']):e}"[-2:] for one in params)
    folds = Counter(one["CONFIG_FOLD"] for one in params)
    assert decades.keys() == {"05", "04", "03", "02"}
    assert folds.keys() == {"2", "3", "4", "5"}
    assert chisquare(list(decades.values())).pvalue > 0.001
    assert chisquare(list(folds.values())).pvalue > 0.001
    assert all(
        len(one["CONFIG_LR"].partition("e")[0].replace(".", "").strip("0")) <= 6 for one in params
    )


def test_a_thousand_of_10_to_the_12_without_enumerating(tmp_path: Path) -> None:
    kconfig = "".join(f'config A{i}\n\tint "a{i}"\n' for i in range(12))
    text = "".join(f"CONFIG_A{i}=1:1:10\n" for i in range(12))
    began = time.monotonic()
    method = start(tmp_path, text, Settings(method=Method.RANDOM), kconfig)
    assert method.outlook.available == 10**12
    assert len(set(ids(run(method)))) == 1_000
    assert time.monotonic() - began < 10  # 2 s is what the benchmark asks of an idle machine


@pytest.mark.parametrize("method", ["random", "qmc", "tpe", "nsga2"])
def test_every_number_of_64_bits_is_not_listed(method: str, tmp_path: Path) -> None:
    kconfig = 'config A\n\thex "a"\n\trange 0x0 0xffffffffffffffff\n'
    at_work = start(tmp_path, "CONFIG_A=*\n", Settings(method=Method(method)), kconfig)
    assert at_work.outlook.available == 2**64
    assert len(set(ids(run(at_work, limit=15)))) == 15


def test_a_very_long_range_is_not_listed(tmp_path: Path) -> None:
    kconfig = 'config A\n\tint "a"\nconfig B\n\tstring "b"\n'
    text = "CONFIG_A=1:1:1000000000\nCONFIG_B=0:0.001:1000000\n"
    method = start(tmp_path, text, Settings(method=Method.RANDOM), kconfig)
    assert method.outlook.available == 10**9 * (10**9 + 1)
    assert len(set(ids(run(method, limit=50)))) == 50

"""What every search method owes: one suite over all of them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ksweep import search
from ksweep.client import read_config
from ksweep.errors import InputError
from ksweep.model import Goal, Method, Settings, TrialState
from ksweep.search import Outcome
from search.making import CONDITIONAL, CONTINUOUS, ids, open_space, run, start

SETTINGS = {
    method: Settings(method=method, trials=12, seed=5, metric="loss", goal=Goal.MINIMIZE)
    for method in Method
}
SAMPLING = [method for method in Method if method not in (Method.GRID, Method.COVERING)]
ALL = pytest.mark.parametrize("method", list(Method))
SAMPLERS = pytest.mark.parametrize("method", SAMPLING)


@ALL
def test_every_configuration_is_valid_and_of_the_space(method: Method, tmp_path: Path) -> None:
    space = open_space(tmp_path, CONDITIONAL)
    allowed = {}
    for point in space.enumerate().points:
        one = space.resolve(point)
        allowed[one.id] = one
    for choice in run(start(tmp_path, CONDITIONAL, SETTINGS[method])):
        (found,) = choice.configurations
        assert found == allowed[found.id]


@ALL
def test_only_active_parameters_are_given(method: Method, tmp_path: Path) -> None:
    text = CONDITIONAL if method in (Method.GRID, Method.COVERING) else CONTINUOUS
    chosen = run(start(tmp_path, text, SETTINGS[method]), limit=12)
    assert len(chosen) >= 12
    for choice in chosen:
        (found,) = choice.configurations
        lines = {f"CONFIG_{name}": value for name, value in read_config(found.text).items()}
        active = {name: value for name, value in found.params.items() if value != "n"}
        assert active.items() <= lines.items()
        assert ("CONFIG_MOMENTUM" in found.params) == (lines.get("CONFIG_OPT_SGD") == "y")
        assert not (lines.get("CONFIG_OPT_LION") == "y" and float(lines["CONFIG_LR"]) > 0.01)


@ALL
def test_nothing_is_chosen_twice_and_a_used_up_space_ends(method: Method, tmp_path: Path) -> None:
    settings = replace(SETTINGS[method], trials=1_000)
    method_at_work = start(tmp_path, CONDITIONAL, settings)
    chosen = run(method_at_work)
    assert len(set(ids(chosen))) == len(chosen)
    if method is Method.COVERING:
        assert 12 <= len(chosen) < 45
    else:
        assert (
            method_at_work.outlook.choices == method_at_work.outlook.available == len(chosen) == 45
        )
    assert method_at_work.ask() is None


@ALL
def test_what_was_told_is_not_chosen(method: Method, tmp_path: Path) -> None:
    settings = replace(SETTINGS[method], trials=1_000)
    first = run(start(tmp_path, CONDITIONAL, settings), limit=9)
    again = start(tmp_path, CONDITIONAL, settings)
    for choice in first:
        (one,) = choice.configurations
        again.tell(Outcome(one.params, frozenset([one.id]), TrialState.FAILED))
    assert set(ids(run(again))).isdisjoint(ids(first))


@ALL
def test_the_same_seed_chooses_the_same(method: Method, tmp_path: Path) -> None:
    chosen = [ids(run(start(tmp_path, CONDITIONAL, SETTINGS[method]), limit=12)) for _ in range(2)]
    assert chosen[0] == chosen[1]


@SAMPLERS
def test_another_seed_chooses_otherwise(method: Method, tmp_path: Path) -> None:
    chosen = {
        tuple(ids(run(start(tmp_path, CONTINUOUS, replace(SETTINGS[method], seed=seed)), limit=5)))
        for seed in range(3)
    }
    assert len(chosen) == 3


@SAMPLERS
def test_more_trials_begin_like_fewer(method: Method, tmp_path: Path) -> None:
    """So that a sweep can grow; methods that learn may plan for the number."""
    if method.adaptive:
        return
    few, many = (
        ids(
            run(start(tmp_path, CONTINUOUS, replace(SETTINGS[method], trials=trials)), limit=trials)
        )
        for trials in (5, 20)
    )
    assert many[:5] == few


@ALL
@pytest.mark.parametrize("text", ["CONFIG_FOLD=3\n", "CONFIG_FOLD=3\nCONFIG_MOMENTUM=0.1\n"])
def test_no_axis_is_one_configuration(method: Method, text: str, tmp_path: Path) -> None:
    assert len(run(start(tmp_path, text, SETTINGS[method]))) == 1


@ALL
def test_a_space_of_one_configuration(method: Method, tmp_path: Path) -> None:
    text = "CONFIG_LR=0.1|0.2\nCONFIG_FOLD=1|2\nexclude if LR > 0.1 || FOLD > 1\n"
    (choice,) = run(start(tmp_path, text, SETTINGS[method]))
    assert choice.configurations[0].params == {"CONFIG_LR": "0.1", "CONFIG_FOLD": "1"}


@ALL
def test_a_space_of_none(method: Method, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a-range: no configuration is valid; .*change the axes"):
        start(tmp_path, "CONFIG_LR=0.1|0.2\nexclude if LR > 0\n", SETTINGS[method])


@ALL
def test_replicates_run_whatever_is_chosen(method: Method, tmp_path: Path) -> None:
    text = CONDITIONAL + "CONFIG_FOLD=1|2|3\nexclude if FOLD = 3 && OPT_SGD\n"
    chosen = run(start(tmp_path, text, replace(SETTINGS[method], replicate=("FOLD",))), limit=12)
    assert len(chosen) == 12
    if method is Method.GRID:
        return  # everything runs anyway
    for choice in chosen:
        folds = [one.params["CONFIG_FOLD"] for one in choice.configurations]
        others = {
            tuple((k, v) for k, v in one.params.items() if k != "CONFIG_FOLD")
            for one in choice.configurations
        }
        sgd = choice.configurations[0].params["CONFIG_OPT_SGD"] == "y"
        assert folds == (["1", "2"] if sgd else ["1", "2", "3"])
        assert len(others) == 1


@ALL
def test_a_fixed_line_that_holds_nowhere(method: Method, tmp_path: Path) -> None:
    text = "CONFIG_LR=0.1|0.2\nCONFIG_MOMENTUM=0.5\nCONFIG_OPT_ADAM=y\n"
    with pytest.raises(InputError, match=r"a-range:2: CONFIG_MOMENTUM=0\.5 holds in no config"):
        start(tmp_path, text, SETTINGS[method])


@ALL
def test_an_axis_that_is_never_active_is_told(method: Method, tmp_path: Path) -> None:
    text = "CONFIG_LR=0.1|0.2\nCONFIG_MOMENTUM=0.5|0.6\nCONFIG_OPT_ADAM=y\n"
    (warning,) = start(tmp_path, text, SETTINGS[method]).outlook.warnings
    assert warning.startswith(
        "a-range:2: CONFIG_MOMENTUM is inactive in every configuration: ".replace(
            "a-range", str(tmp_path / "a-range")
        )
    )


@SAMPLERS
def test_a_space_that_cannot_be_counted(method: Method, tmp_path: Path) -> None:
    """What is drawn decides what else there is: valid all the same, and it is said."""
    kconfig = 'config N\n\tint "n"\n\trange 1 9\n' + "".join(
        f'config V{i}\n\tstring "v{i}"\n\tdepends on N > {i}\n' for i in range(9)
    )
    text = "CONFIG_N=uniform(1, 9)\n" + "".join(f"CONFIG_V{i}=a|b|c\n" for i in range(9))
    method_at_work = start(tmp_path, text, SETTINGS[method], kconfig)
    assert method_at_work.outlook.available is None
    assert any("not counted" in note for note in method_at_work.outlook.notes)
    chosen = run(method_at_work, limit=12)
    assert len(set(ids(chosen))) == 12
    for choice in chosen:
        params = choice.configurations[0].params
        assert len(params) == 1 + int(params["CONFIG_N"])


def test_one_seed_one_stream_a_method(tmp_path: Path) -> None:
    """Methods do not shadow each other: each has its own stream of random numbers."""
    firsts = {ids(run(start(tmp_path, CONTINUOUS, SETTINGS[m]), limit=1))[0] for m in SAMPLING[:2]}
    assert len(firsts) == 2


def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats.qmc", None)
    with pytest.raises(
        InputError, match=r"^CONFIG_SWEEP_METHOD_QMC: it needs scipy, which .*'ksweep\[search\]'"
    ):
        start(tmp_path, CONTINUOUS, SETTINGS[Method.QMC])


def test_every_method_is_made(tmp_path: Path) -> None:
    space = open_space(tmp_path, CONDITIONAL)
    made = {type(search.make(space, settings)).__module__ for settings in SETTINGS.values()}
    assert made == {f"ksweep.search.{method}" for method in Method}

"""The searches that learn: what they ask for, what they are told, and what they make of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from ksweep.errors import InputError
from ksweep.model import Goal, Method, Objective, Settings, TrialState
from ksweep.search import Choice, Outcome, Search
from ksweep.search.learning import LearningSearch
from ksweep.search.parameters import Number, Parameter, parameter
from search.making import CONDITIONAL, CONTINUOUS, ids, open_space, run, start, told

LEARNING = [method for method in Method if method.adaptive]
BOTH = pytest.mark.parametrize("method", LEARNING)


def settings(method: Method, **changes: object) -> Settings:
    base = Settings(method=method, trials=60, seed=1, metric="loss", goal=Goal.MINIMIZE)
    return replace(base, **changes)  # type: ignore[arg-type]


def trials(method: Search) -> list[optuna.trial.FrozenTrial]:
    """What Optuna was told, without what was only suggested."""
    assert isinstance(method, LearningSearch)
    states = [s for s in optuna.trial.TrialState if s is not optuna.trial.TrialState.FAIL]
    return method._study.get_trials(states=states)


def parameters(folder: Path, text: str, kconfig: str) -> dict[str, Parameter]:
    nodes = open_space(folder, text, kconfig).nodes
    return {node.name: parameter(optuna, node) for node in nodes}


def test_what_optuna_makes_of_each_axis(tmp_path: Path) -> None:
    kconfig = 'config MODULES\n\tbool\n\tdefault y\n\tmodules\n' + "".join(
        f'config {name}\n\t{kind} "{name}"\n'
        for name, kind in {
            "U": "string", "L": "string", "I": "int", "J": "int", "H": "hex", "WORDS": "string",
            "RISING": "string", "FALLING": "int", "MIXED": "int", "TWO": "int", "FLAG": "bool",
            "TRI": "tristate", "LONG": "int", "HEXES": "hex",
        }.items()
    )  # fmt: skip
    text = (
        "CONFIG_U=uniform(-1, 2)\nCONFIG_L=loguniform(1e-5, 1)\nCONFIG_I=uniform(1, 9)\n"
        "CONFIG_J=loguniform(1, 99)\nCONFIG_H=uniform(0x10, 0x1f)\nCONFIG_WORDS=a|b|c|d\n"
        "CONFIG_RISING=1e-4|1e-3|1e-1\nCONFIG_FALLING=64|32|16\nCONFIG_MIXED=1|3|2\nCONFIG_TWO=1|9\n"
        "CONFIG_FLAG=*\nCONFIG_TRI=*\nCONFIG_LONG=1:1:1000000\nCONFIG_HEXES=0x1|0x10|0xff\n"
    )
    d = optuna.distributions
    found = {name: one.distribution for name, one in parameters(tmp_path, text, kconfig).items()}
    assert found == {
        "U": d.FloatDistribution(-1, 2),
        "L": d.FloatDistribution(1e-5, 1, log=True),
        "I": d.IntDistribution(1, 9),
        "J": d.IntDistribution(1, 99, log=True),
        "H": d.IntDistribution(16, 31),
        "WORDS": d.CategoricalDistribution(range(4)),
        "RISING": d.IntDistribution(0, 2),
        "FALLING": d.IntDistribution(0, 2),
        "MIXED": d.CategoricalDistribution(range(3)),
        "TWO": d.CategoricalDistribution(range(2)),
        "FLAG": d.CategoricalDistribution(range(2)),
        "TRI": d.CategoricalDistribution(range(3)),
        "LONG": d.IntDistribution(0, 999_999),
        "HEXES": d.IntDistribution(0, 2),
    }


def test_values_go_there_and_back(tmp_path: Path) -> None:
    kconfig = 'config A\n\tstring "a"\nconfig B\n\thex "b"\nconfig C\n\tint "c"\n'
    found = parameters(
        tmp_path, "CONFIG_A=x|y|z\nCONFIG_B=uniform(0x1, 0x20)\nCONFIG_C=1:1:9\n", kconfig
    )
    for name, texts in {"A": "xyz", "B": ("0x1", "0x1f"), "C": "159"}.items():
        for text in texts:
            assert found[name].text(found[name].value(text)) == text
    with pytest.raises(ValueError, match="0x21"):
        found["B"].value("0x21")
    assert isinstance(found["B"], Number)


@BOTH
def test_only_what_is_active_is_asked_for(method: Method, tmp_path: Path) -> None:
    at_work = start(tmp_path, CONTINUOUS, settings(method))
    for choice, known in zip(run(at_work, limit=30), trials(at_work), strict=True):
        params = choice.configurations[0].params
        wanted = {"LR", "OPT_SGD|OPT_ADAM|OPT_LION"}
        wanted.add("MOMENTUM" if params["CONFIG_OPT_SGD"] == "y" else "BETA")
        assert wanted == set(known.params)


@BOTH
def test_a_parent_is_decided_before_its_child(method: Method, tmp_path: Path) -> None:
    at_work = start(tmp_path, CONTINUOUS, settings(method))
    assert isinstance(at_work, LearningSearch)
    names = [node.name for node in at_work._candidates.choices.nodes]
    assert names.index("OPT_SGD|OPT_ADAM|OPT_LION") < names.index("MOMENTUM")
    assert names.index("OPT_SGD|OPT_ADAM|OPT_LION") < names.index("BETA")


@BOTH
def test_optuna_knows_the_values_that_really_run(method: Method, tmp_path: Path) -> None:
    at_work = start(tmp_path, CONTINUOUS, settings(method))
    for choice, known in zip(run(at_work, limit=30), trials(at_work), strict=True):
        assert known.params["LR"] == float(choice.configurations[0].params["CONFIG_LR"])
        assert known.values == list(told(choice).values)
        assert known.state is optuna.trial.TrialState.COMPLETE


@BOTH
@pytest.mark.parametrize("text", [CONDITIONAL, CONTINUOUS])
@pytest.mark.parametrize("killed_at", [0, 1, 15, 30])
def test_a_search_that_is_told_its_past_goes_on_the_same(
    method: Method, text: str, killed_at: int, tmp_path: Path
) -> None:
    whole = run(start(tmp_path, text, settings(method)), limit=40)
    resumed = start(tmp_path, text, settings(method))
    for choice in whole[:killed_at]:
        resumed.tell(told(choice))
    assert len(trials(resumed)) == killed_at
    assert ids(run(resumed, limit=40 - killed_at)) == ids(whole[killed_at:])


@BOTH
def test_one_that_was_running_is_told_later(method: Method, tmp_path: Path) -> None:
    """It is known to be under way, and is not chosen again."""
    whole = run(start(tmp_path, CONTINUOUS, settings(method)), limit=20)
    resumed = start(tmp_path, CONTINUOUS, settings(method))
    for choice in whole[:9]:
        resumed.tell(told(choice))
    last = told(whole[9])
    resumed.tell(Outcome(last.params, last.ids, TrialState.PENDING))
    assert trials(resumed)[-1].state is optuna.trial.TrialState.RUNNING
    resumed.tell(last)
    assert trials(resumed)[-1].state is optuna.trial.TrialState.COMPLETE
    assert ids(run(resumed, limit=10)) == ids(whole[10:])


@BOTH
def test_results_of_another_space_teach_what_fits(method: Method, tmp_path: Path) -> None:
    wide = CONTINUOUS.replace("0.8|0.9|0.99", "0.7|0.8|0.9|0.99").replace("1e-5", "1e-7")
    (tmp_path / "earlier").mkdir()
    earlier = run(start(tmp_path / "earlier", wide, settings(method)), limit=40)
    at_work = start(tmp_path, CONTINUOUS, settings(method))
    fitting = 0
    for choice in earlier:
        at_work.tell(told(choice))
        params = choice.configurations[0].params
        fits = float(params["CONFIG_LR"]) >= 1e-5 and params.get("CONFIG_BETA") != "0.7"
        fitting += fits
    assert 0 < fitting < 40
    assert len(trials(at_work)) == fitting
    assert len(run(at_work, limit=20)) == 20


@BOTH
def test_failures_are_not_learnt_from_and_not_tried_again(method: Method, tmp_path: Path) -> None:
    at_work = start(tmp_path, CONDITIONAL, settings(method, trials=45))
    chosen = []
    while (choice := at_work.ask()) is not None:
        chosen.append(choice)
        one = choice.configurations[0]
        at_work.tell(Outcome(one.params, frozenset([one.id]), TrialState.FAILED))
    assert len(set(ids(chosen))) == 45
    assert trials(at_work) == []


def test_a_pruned_trial_is_learnt_from(tmp_path: Path) -> None:
    at_work = start(tmp_path, CONTINUOUS, settings(Method.TPE))
    choice = at_work.ask()
    assert choice is not None
    one = choice.configurations[0]
    at_work.tell(Outcome(one.params, frozenset([one.id]), TrialState.PRUNED, stopped=(3, 0.7)))
    (known,) = trials(at_work)
    assert known.state is optuna.trial.TrialState.PRUNED
    assert known.intermediate_values == {3: 0.7}


def objectives(choice: Choice) -> Outcome:
    """A front: what is won in one is lost in the other; LR and the optimizer cost both."""
    one = choice.configurations[0]
    lr, beta = float(one.params["CONFIG_LR"]), float(one.params.get("CONFIG_BETA", "2"))
    values = (beta + 10 * abs(lr - 0.01), 1 - beta + 10 * abs(lr - 0.01))
    return Outcome(one.params, frozenset([one.id]), TrialState.SUCCESS, values)


def hypervolume(outcomes: list[Outcome]) -> float:
    """What the values dominate of the square up to 4."""
    area, edge = 0.0, 4.0
    for first, second in sorted(one.values for one in outcomes):
        if second < edge and first < 4:
            area += (4 - first) * (edge - second)
            edge = second
    return area


@BOTH
def test_several_objectives_are_approached_faster_than_at_random(
    method: Method, tmp_path: Path
) -> None:
    both = (Objective("a", Goal.MINIMIZE), Objective("b", Goal.MINIMIZE))
    text = CONTINUOUS.replace("0.8|0.9|0.99", "uniform(0, 1)")
    volumes: dict[Method, list[float]] = {method: [], Method.RANDOM: []}
    for kind, found in volumes.items():
        for seed in range(5):
            at_work = start(tmp_path, text, settings(kind, seed=seed, objectives=both))
            outcomes = []
            for _ in range(60):
                choice = at_work.ask()
                assert choice is not None
                outcomes.append(objectives(choice))
                at_work.tell(outcomes[-1])
            found.append(hypervolume(outcomes))
    assert sum(volumes[method]) > sum(volumes[Method.RANDOM])


def test_tpe_comes_closer_than_random(tmp_path: Path) -> None:
    best: dict[Method, list[float]] = {Method.TPE: [], Method.RANDOM: []}
    for kind, found in best.items():
        for seed in range(5):
            chosen = run(start(tmp_path, CONTINUOUS, settings(kind, seed=seed)), limit=60)
            found.append(min(told(choice).values[0] for choice in chosen))
    assert sum(best[Method.TPE]) < sum(best[Method.RANDOM])


@BOTH
def test_a_missing_library_is_named_with_its_extra(
    method: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError) as caught:
        start(tmp_path, CONDITIONAL, settings(method))
    assert str(caught.value) == (
        f"CONFIG_SWEEP_METHOD_{method.upper()}: it needs optuna, which is not installed; install "
        f"the extra `search`: {sys.executable} -m pip install 'ksweep[search]'"
    )


def test_what_it_says_of_the_library_is_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(start(tmp_path, CONTINUOUS, settings(Method.TPE)), limit=15)
    assert capfd.readouterr() == ("", "")

"""Spaces for searches, and what came of what they chose."""

from __future__ import annotations

from pathlib import Path

from ksweep import rangefile, search
from ksweep.client import read_config
from ksweep.model import Configuration, Settings, TrialState
from ksweep.search import Choice, Outcome, Search
from ksweep.space import Space

CONDITIONAL_KCONFIG = """\
choice
	prompt "optimizer"

config OPT_SGD
	bool "SGD"

config OPT_ADAM
	bool "Adam"

config OPT_LION
	bool "Lion"

endchoice

config LR
	string "learning rate"
	default "0.01"

config MOMENTUM
	string "momentum"
	depends on OPT_SGD
	default "0.3"

config BETA
	string "beta"
	depends on OPT_ADAM || OPT_LION
	default "0.7"

config EPSILON
	string "epsilon"
	depends on OPT_ADAM

config FOLD
	int "fold"
	range 1 9
"""
CONDITIONAL = """\
CONFIG_MOMENTUM=0.0|0.5|0.9
CONFIG_BETA=0.8|0.9|0.99
CONFIG_OPT_SGD|CONFIG_OPT_ADAM|CONFIG_OPT_LION=y
CONFIG_EPSILON=1e-8|1e-6
CONFIG_LR=1e-4:*10:1e-1
exclude if OPT_LION && LR >= 0.1
"""
"""4·3 for SGD, 4·3·2 for Adam, 3·3 for Lion: 45 of 216."""

CONTINUOUS = """\
CONFIG_MOMENTUM=uniform(0, 0.99)
CONFIG_BETA=0.8|0.9|0.99
CONFIG_OPT_SGD|CONFIG_OPT_ADAM|CONFIG_OPT_LION=y
CONFIG_LR=loguniform(1e-5, 1e-1)
exclude if OPT_LION && LR > 0.01
"""


def open_space(folder: Path, text: str, kconfig: str = CONDITIONAL_KCONFIG) -> Space:
    (folder / "Kconfig").write_text(kconfig, encoding="utf-8")
    (folder / "a-range").write_text(text, encoding="utf-8")
    return Space(rangefile.read(folder / "a-range", folder), folder / "Kconfig")


def start(
    folder: Path, text: str, settings: Settings, kconfig: str = CONDITIONAL_KCONFIG
) -> Search:
    return search.make(open_space(folder, text, kconfig), settings)


def loss(configuration: Configuration) -> float:
    """Something to minimise that follows from the parameters."""
    values = read_config(configuration.text)
    distance = abs(float(values.get("LR", "0.01")) - 0.01)
    return distance + float(values.get("MOMENTUM", "0.3")) + float(values.get("BETA", "0.7"))


def told(choice: Choice, objectives: int = 1) -> Outcome:
    """A success with the mean loss, and its multiples for further objectives."""
    found = choice.configurations
    mean = sum(map(loss, found)) / len(found)
    values = tuple(mean * (1 - 2 * (i % 2)) for i in range(objectives))
    ids = frozenset(one.id for one in found)
    return Outcome(found[0].params, ids, TrialState.SUCCESS, values)


def run(method: Search, limit: int = 1_000, objectives: int = 1) -> list[Choice]:
    """What is chosen, each told before the next is asked for."""
    chosen = []
    for _ in range(limit):
        choice = method.ask()
        if choice is None:
            break
        chosen.append(choice)
        method.tell(told(choice, objectives))
    return chosen


def ids(chosen: list[Choice]) -> list[str]:
    return [one.id for choice in chosen for one in choice.configurations]

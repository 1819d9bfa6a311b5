"""What the other configurations of a sweep are better and worse in than one of them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ksweep.analysis.axes import axes, axis_value
from ksweep.analysis.differing import Difference, Group, Sample, differences, groups_of
from ksweep.analysis.ranking import Basis
from ksweep.analysis.records import config_file, param_value
from ksweep.analysis.view import View, numeric_parameters
from ksweep.errors import InputError, Where
from ksweep.model import Objective

OWN = ".config"
"""What stands for the base `.config` in place of a configuration's name."""

_WHERE = Where("--baseline")


@dataclass(frozen=True, slots=True)
class Measured:
    """One objective: what the baseline gave, and the difference of each other configuration."""

    objective: Objective
    baseline: Sample
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A configuration, and what others are against it.

    Attributes:
        group: the configuration.
        own: whether it was chosen as the one with the base's own values.
        objectives: what was compared.
        by_trial: the differences, one an objective, by the name of each trial of a configuration.
    """

    group: Group
    own: bool
    objectives: tuple[Measured, ...]
    by_trial: Mapping[str, tuple[Difference, ...]]


def baseline(
    whole: View, shown: View, basis: Basis, name: str, config: Mapping[str, str] | None
) -> Baseline:
    """What configurations are against one.

    Args:
        whole: the sweep.
        shown: the part of it to compare.
        basis: what to compare.
        name: `config_001`, or `.config` for the configuration with the base's own values.
        config: symbol → value of the base `.config`; None where the sweep had none.

    Raises:
        InputError: there is no such configuration, or it has no value to compare with.
    """
    groups = groups_of(whole, whole.settings.replicate)
    group = _of_config(whole, groups, config) if name == OWN else _named(groups, name)
    wanted = {trial.name for trial in shown.results}
    others = [
        other
        for other in groups
        if other is not group and any(trial.name in wanted for trial in other.trials)
    ]
    found = tuple(_measured(objective, group, others) for objective in basis.objectives)
    by_trial = {
        trial.name: each
        for each in zip(*(measured.differences for measured in found), strict=True)
        for trial in each[0].other.trials
    }
    return Baseline(group, name == OWN, found, by_trial)


def _measured(objective: Objective, group: Group, others: Sequence[Group]) -> Measured:
    own = group.sample(objective.metric)
    if not own.values:
        raise InputError(
            f"{group.name} has no {objective.metric} to compare with "
            f"({group.trials[0].status.value})",
            "name another configuration, or another --metric",
            _WHERE,
        )
    return Measured(objective, own, differences(objective, [(group, other) for other in others]))


def _named(groups: Sequence[Group], name: str) -> Group:
    known = {trial.name: group for group in groups for trial in group.trials}
    known |= {config_file(trial): group for group in groups for trial in group.trials}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3)
    fix = f"did you mean {' or '.join(near)}?" if near else f"or `{OWN}` for the base's own values"
    raise InputError(f"this sweep has no configuration `{name}`", fix, _WHERE)


def _of_config(view: View, groups: Sequence[Group], config: Mapping[str, str] | None) -> Group:
    """The configuration whose active parameters all have the base's values."""
    if config is None:
        raise InputError(
            "this sweep had no .config: its base is what Kconfig gives by default",
            "name a configuration, such as --baseline config_001",
            _WHERE,
        )
    numbers = numeric_parameters(view)
    for group in groups:
        pairs = ((name, config.get(_symbol(name)), text) for name, text in group.params.items())
        if all(_same(own, text, name in numbers) for name, own, text in pairs):
            return group
    lines = ((name, config.get(_symbol(name))) for name in view.parameters)
    own = ", ".join(f"no {name}" if text is None else f"{name}={text}" for name, text in lines)
    raise InputError(
        f"no configuration of this sweep has the base's own values ({own})",
        "name a configuration, such as --baseline config_001",
        _WHERE,
    )


def changed(baseline: Group, other: Group, view: View) -> dict[str, tuple[str | None, str | None]]:
    """The axes that differ, by title, with the value of each; None where it is inactive."""
    found = {}
    for title, names in axes(view).items():
        pair = axis_value(baseline.trials[0], names), axis_value(other.trials[0], names)
        repeats = _symbol(names[0]) in view.settings.replicate
        if pair[0] != pair[1] and not repeats:
            found[title] = pair
    return found


def _same(own: str | None, text: str, is_number: bool) -> bool:
    if own is None or own == text or not is_number:
        return own == text
    return param_value(own) == param_value(text)


def _symbol(name: str) -> str:
    return name.removeprefix("CONFIG_")

"""What the analysis found, as the page shows it: importance, interactions, repeated runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ksweep.analysis.importance import Importance, ImportanceMethod
from ksweep.analysis.interactions import Interaction
from ksweep.analysis.overview import Overview
from ksweep.analysis.replicates import Group, Replicates
from ksweep.report.replicates_text import rivals_text
from ksweep.report.statistics_text import left_out_text

Json: TypeAlias = dict[str, Any]
Titles: TypeAlias = Mapping[tuple[str, ...], str]
"""The page's name of an axis, by the `CONFIG_` names that it consists of."""

_GROUPS = 20
_EXPLAINED = {
    ImportanceMethod.FUNCTIONAL_ANOVA: (
        "By functional ANOVA: how much of the variance of a random forest's predictions goes with "
        "each parameter, alone or together with others, as a share of the sum."
    ),
    ImportanceMethod.EXPLAINED_VARIANCE: (
        "By the variance that each parameter explains, where it is more than chance gives, as a "
        "share of the sum over the parameters (a model that sees interactions needs scikit-learn)."
    ),
}


def findings(found: Overview, titles: Titles) -> Json:
    """For each objective that varies its importances; of replicates the leading configurations."""
    names = {factor.name: titles[factor.members] for factor in found.factors}
    return {
        "importances": [_importance(one, found, names) for one in found.importances],
        "interactions": [_interaction(one, names) for one in found.interactions],
        "replicates": None if found.replicates is None else _replicates(found.replicates, found),
    }


def _importance(one: Importance, found: Overview, names: Mapping[str, str]) -> Json:
    thinned = f" Over {one.configurations:,} of {one.of:,}." if one.of > one.configurations else ""
    shares = []
    for share in one.shares:
        effect = found.effect(share.factor, one.measure)
        shares.append(
            {
                "name": names[share.factor],
                "share": round(share.share, 5),
                "explained": None if effect is None else effect.explained,
                "chance": None if effect is None else effect.chance,
            }
        )
    left_out = ", ".join(names[factor] for factor in one.unjudged)
    unjudged = f" Not judged, as almost every value ran once: {left_out}." if left_out else ""
    left = left_out_text(found)
    why_not = f"Nothing can be said of the importance: {one.why_not}. " if one.why_not else ""
    how = why_not + _EXPLAINED[one.method] + thinned + unjudged + (f" {left}" if left else "")
    return {"measure": one.measure, "how": how, "shares": shares}


def _interaction(one: Interaction, names: Mapping[str, str]) -> Json:
    return {
        "measure": one.measure,
        "one": names[one.one],
        "other": names[one.other],
        "apart": one.apart,
        "together": one.together,
        "chance": one.chance,
    }


def _replicates(replicates: Replicates, found: Overview) -> Json:
    measures = [one.metric for one in found.objectives]
    return {
        "axes": [name.removeprefix("CONFIG_") for name in replicates.axes],
        "configurations": replicates.configurations,
        "note": rivals_text(replicates),
        "measures": measures,
        "groups": [_group(one, replicates, measures) for one in replicates.leading[:_GROUPS]],
    }


def _group(group: Group, replicates: Replicates, measures: Sequence[str]) -> Json:
    estimates = (group.estimates.get(name) for name in measures)
    return {
        "name": group.name,
        "runs": group.runs,
        "trials": len(group.trials),
        "score": group.score,
        "told": _told(group, replicates),
        "estimates": [
            one and [one.mean, one.deviation, one.low, one.high, one.runs] for one in estimates
        ],
    }


def _told(group: Group, replicates: Replicates) -> str:
    """How it stands to the best."""
    if group is replicates.best:
        return "the best"
    if not replicates.tested:
        return "not known"
    return "cannot be told" if group.indistinct else "worse"

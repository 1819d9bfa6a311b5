"""What varies, axis by axis: a parameter each, and the members of a Kconfig choice as one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ksweep.analysis.view import View
from ksweep.model import Result

Members = tuple[str, ...]
"""The `CONFIG_` names that share a column: one, or all the members of a choice."""


def axes(view: View) -> dict[str, Members]:
    """The axes by title: a parameter without `CONFIG_`, a choice by what its members begin with."""
    found: dict[str, Members] = {}
    of_choice = {name: members for members in view.choices for name in members}
    for name in view.parameters:
        members = of_choice.get(name, (name,))
        title = common_words(members) if len(members) > 1 else name
        found[title.removeprefix("CONFIG_").rstrip("_") or "choice"] = members
    return found


def axis_value(result: Result, members: Members) -> str | None:
    """A parameter's text, or of a choice the member that is y without what they all begin with.

    None where it is inactive.
    """
    if len(members) == 1:
        return result.params.get(members[0])
    common = len(common_words(members))
    return next((name[common:] for name in members if result.params.get(name) == "y"), None)


def varies(results: Sequence[Result], members: Members) -> bool:
    """Whether an axis tells any of the trials from another."""
    return len({axis_value(result, members) for result in results}) > 1


def common_words(members: Members) -> str:
    """The words that all names begin with, `CONFIG_OPTIMIZER_` say."""
    places = zip(*(name.split("_") for name in members), strict=False)
    shared = itertools.takewhile(lambda words: len(set(words)) == 1, places)
    return "".join(f"{words[0]}_" for words in shared)

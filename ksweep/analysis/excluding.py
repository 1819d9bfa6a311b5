"""What to leave out, as failures have it in common and nothing else has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ksweep import number
from ksweep.analysis.dimensions import Dimension
from ksweep.analysis.distributions import LEVEL
from ksweep.analysis.failures import FAILURES, FailureGroup, Share, chance, key
from ksweep.analysis.runs import repeated_axes, repeats
from ksweep.analysis.view import View
from ksweep.domain import quote
from ksweep.model import Result, SymbolType, TrialState

LEAST = 3  # configurations that failed


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A trait of all failures of one cause.

    Attributes:
        status: of the failures.
        share: the trait, and how many configurations have it: all that failed, none that
            succeeded.
        chance: how probable it is that random failures would have it, corrected for the number
            of parameters (Fisher's exact test, Bonferroni).
        line: what to write into the range file.
    """

    status: TrialState
    share: Share
    chance: float
    line: str


def exclusions(view: View, found: Sequence[FailureGroup]) -> Iterator[Exclusion]:
    """What to leave out, the most frequent cause first, each line once.

    It takes three configurations that failed of one cause (lost trials are none), all with a value,
    or beyond a bound, that no successful one has, where this would be so by chance in fewer than
    one of twenty sweeps. How often each ran does not matter: its runs are no evidence of their own.

    Args:
        view: the sweep, as `once` leaves it.
        found: the causes of its failures.
    """
    owners = {name: one for one in view.dimensions for name in one.names}
    written = set()
    for cause in found:
        share, status = cause.blamed, cause.first.status
        if share is None or status is TrialState.LOST or len(cause.trials) < LEAST:
            continue
        owner = owners.get(share.trait.parameter)
        by_chance = chance(share) * len(view.parameters)
        if owner is None or not share.without_exception or by_chance > LEVEL:
            continue
        line = f"exclude if {_condition(share, owner, view)}"
        if line not in written:
            written.add(line)
            yield Exclusion(status, share, by_chance, line)


def once(view: View, configurations: Iterable[tuple[Result, ...]]) -> View:
    """Of each configuration one trial for each cause of failure, and one for any other end.

    The axes that only repeat are none of its parameters.

    Args:
        view: the sweep.
        configurations: the trials of each; those of a sweep that runs each once are not looked at.
    """
    if not repeats(view):
        return view
    kept: list[Result] = []
    for trials in configurations:
        ends = {key(r) if r.status in FAILURES else r.status: r for r in reversed(trials)}
        kept += ends.values()
    directories = dict(zip((one.name for one in view.results), view.directories, strict=True))
    repeated = repeated_axes(view)
    return replace(
        view,
        results=tuple(kept),
        directories=tuple(directories[one.name] for one in kept),
        parameters=tuple(name for name in view.parameters if name not in repeated),
    )


def _condition(share: Share, owner: Dimension, view: View) -> str:
    trait = share.trait
    type = owner.types[owner.names.index(trait.parameter)]
    symbol = trait.parameter.removeprefix("CONFIG_")
    texts = trait.parameter in view.texts
    literal = quote(trait.value) if texts else _literal(trait.value, type)
    return f"{symbol} {trait.relation.value} {literal}"


def _literal(value: str, type: SymbolType) -> str:
    """A value as the expression language has it."""
    plain = number.parse_hex(value) if value[:2] in ("0x", "0X") else number.parse(value)
    if type is not SymbolType.STRING or (plain is not None and not value.startswith("+")):
        return value
    return quote(value)

"""What went wrong: failures by cause, and what the trials of one cause have in common."""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from operator import itemgetter
from typing import TypeAlias

from ksweep import number
from ksweep.analysis.distributions import LEVEL
from ksweep.analysis.view import View
from ksweep.measures import number_of
from ksweep.model import Result, TrialState

FAILURES = frozenset({TrialState.FAILED, TrialState.TIMEOUT, TrialState.OOM, TrialState.LOST})

_NEARLY_ALL = Fraction(9, 10)  # of the failures
_AS_FREQUENT = 2  # times, among the failures
_FIGURE = re.compile(
    r"0[xX][0-9a-fA-F]+|[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?( ?([kKMGT]i?)?B\b)?"  # 1.5 GiB
)
_CUT = 120  # characters that say what an error is whose end was cut off, wherever that was

_Key: TypeAlias = tuple[TrialState, int | None, str]


class Relation(StrEnum):
    """How a parameter's value stands to the one that a trait names."""

    EQUAL = "="
    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Trait:
    """What a trial has where its `CONFIG_` parameter stands so to the value."""

    parameter: str
    relation: Relation
    value: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the failures of one cause, and of all trials that succeeded, have a trait."""

    trait: Trait
    failures: int
    of_failures: int
    successes: int
    of_successes: int

    @property
    def contrast(self) -> int:
        """Grows with how much more frequent it is among the failures; of one cause comparable."""
        return self.failures * max(self.of_successes, 1) - self.successes * self.of_failures

    @property
    def without_exception(self) -> bool:
        """All of the failures have it, and none of the successes."""
        return self.failures == self.of_failures and not self.successes


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one status and error; `trials` by number, `shares` as `shares` gives them."""

    trials: tuple[Result, ...]
    shares: tuple[Share, ...]

    @property
    def first(self) -> Result:
        return self.trials[0]

    @property
    def blamed(self) -> Share | None:
        """The parameter most likely to blame, if one is: only successes can show it."""
        return self.shares[0] if self.shares and self.shares[0].of_successes else None


def failed(results: Iterable[Result]) -> tuple[Result, ...]:
    """The trials that ended badly; one that was stopped on purpose is none of them."""
    return tuple(result for result in results if result.status in FAILURES)


def causes(view: View) -> tuple[FailureGroup, ...]:
    """The failures by cause, the most frequent one first.

    A cause is a status, an exit code where the program chose it, and an error; errors that differ
    in numbers alone (a time, an amount of memory with its unit) are one.
    """
    groups: dict[_Key, list[Result]] = {}
    for result in sorted(failed(view.results), key=_place):
        groups.setdefault(key(result), []).append(result)
    frequent = sorted(groups.values(), key=len, reverse=True)
    successes = _Successes(view)
    return tuple(FailureGroup(tuple(group), _shares(group, view, successes)) for group in frequent)


def shares(failures: Sequence[Result], view: View) -> tuple[Share, ...]:
    """What at least two failures have in common, at most one trait a parameter.

    A trait is a value, or of a parameter whose values are all numbers also a bound that one of the
    failures meets exactly. It counts where nine of ten failures have it, it is at least twice as
    frequent among them as among the trials that succeeded, and this is no chance: either it tells
    the two apart without exception, or random failures would have it so often in fewer than one of
    twenty sweeps (Fisher's exact test, one-sided, by Bonferroni's correction for the number of
    parameters). Where nothing succeeded, it is each value that all of them have.

    Of a choice, only the member that is y is a trait.

    Returns:
        The strongest contrast first; equal ones in the order of the range file.
    """
    return _shares(failures, view, _Successes(view))


class _Successes:
    """The values of a parameter among the trials that succeeded, counted once for all causes."""

    def __init__(self, view: View) -> None:
        self._params = [one.params for one in view.results if one.status is TrialState.SUCCESS]
        self._found: dict[str, _Side] = {}
        self.texts = view.texts

    def __len__(self) -> int:
        return len(self._params)

    def of(self, name: str) -> _Side:
        if name not in self._found:
            self._found[name] = _Side([one.get(name) for one in self._params])
        return self._found[name]


class _Side:
    """Values of a parameter: how often each is there, and how many are so large or so small."""

    def __init__(self, texts: Sequence[str | None]) -> None:
        counts = Counter(texts)
        self.counts = {text: count for text, count in counts.items() if text is not None}

    @cached_property
    def values(self) -> dict[str, Decimal | None]:
        """The number that each text is."""
        return {text: _value(text) for text in self.counts}

    @cached_property
    def numeric(self) -> bool:
        return None not in self.values.values()

    @cached_property
    def _rising(self) -> tuple[list[Decimal], list[int]]:
        """The values, and how many there are before each and in all."""
        pairs = ((value, self.counts[text]) for text, value in self.values.items())
        known = [(value, count) for value, count in pairs if value is not None]
        known.sort(key=itemgetter(0))
        counts = itertools.accumulate((count for _, count in known), initial=0)
        return [value for value, _ in known], [*counts]

    def having(self, relation: Relation, text: str) -> int:
        """How many stand so to a value, which is a number where it is a bound."""
        if relation is Relation.EQUAL:
            return self.counts.get(text, 0)
        values, counts = self._rising
        value = _value(text)
        if value is None:
            return 0
        if relation is Relation.AT_LEAST:
            return counts[-1] - counts[bisect_left(values, value)]
        return counts[bisect_right(values, value)]


def _shares(failures: Sequence[Result], view: View, successes: _Successes) -> tuple[Share, ...]:
    if len(failures) < 2:
        return ()
    members = {name for choice in view.choices for name in choice}
    found = []
    for name in view.parameters:
        hidden = "n" if name in members else None
        strongest = max(_traits(name, failures, successes, hidden), key=_contrast, default=None)
        if strongest is not None and _tells(strongest, len(view.parameters)):
            found.append(strongest)
    return tuple(sorted(found, key=_contrast, reverse=True))


def _contrast(share: Share) -> int:
    return share.contrast


def _place(result: Result) -> tuple[int, int, str]:
    return number_of(result.name), result.repeat, result.name


def key(result: Result) -> _Key:
    """Equal for failures of one cause; how a trial that was ended went down is no part of it."""
    code = result.exit_code if result.status is TrialState.FAILED else None
    error = _FIGURE.sub("0", result.error or "")
    return result.status, code, error[:_CUT] if error.endswith("...") else error


def _traits(
    name: str, failures: Sequence[Result], successes: _Successes, hidden: str | None
) -> Iterator[Share]:
    """What nearly all failures have of a parameter, the simplest first; nothing of a hidden value.

    The successes are looked at only where there is such a thing: they may be very many.
    """
    bad = _Side([result.params.get(name) for result in failures])
    texts = [(Relation.EQUAL, text, count) for text, count in bad.counts.items() if text != hidden]
    bounds = _bounds(bad) if len(successes) and name not in successes.texts else ()
    for relation, text, count in (*texts, *bounds):
        if count < _NEARLY_ALL * len(failures):
            continue
        good = successes.of(name)
        if relation is Relation.EQUAL or good.numeric:
            trait, succeeded = Trait(name, relation, text), good.having(relation, text)
            yield Share(trait, count, len(failures), succeeded, len(successes))


def _bounds(bad: _Side) -> Iterator[tuple[Relation, str, int]]:
    """Each bound that a failure meets exactly, and how many keep to it."""
    if not bad.numeric:
        return
    for _, text in sorted((value, text) for text, value in bad.values.items() if value is not None):
        for relation in (Relation.AT_LEAST, Relation.AT_MOST):
            yield relation, text, bad.having(relation, text)


def _value(text: str) -> Decimal | None:
    return number.parse_hex(text) if text[:2] in ("0x", "0X") else number.parse(text)


def _tells(share: Share, parameters: int) -> bool:
    """Whether a trait of nearly all failures says something about them; see `shares`."""
    if share.without_exception or not share.of_successes:
        return share.failures == share.of_failures
    others = share.successes * share.of_failures
    often = share.failures * share.of_successes >= _AS_FREQUENT * others
    return often and chance(share) * parameters <= LEVEL


def chance(share: Share) -> float:
    """How probable it is that as many random trials, or more, would have the trait.

    Fisher's exact test: a sum over the hypergeometric distribution.
    """
    drawn = share.of_failures
    having = share.failures + share.successes
    lacking = drawn + share.of_successes - having
    ways = _log_choose(having + lacking, drawn)
    return math.fsum(
        math.exp(_log_choose(having, k) + _log_choose(lacking, drawn - k) - ways)
        for k in range(share.failures, min(drawn, having) + 1)
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

"""Finding metrics in a log line that was written for people."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from ksweep.errors import InputError, Where
from ksweep.metrics.values import text_number
from ksweep.model import MetricQuery

# A name that is part of a longer one (`val-loss`, `loss.item`) is not the name, and a number that
# is part of something longer (`1.2.3`, `12:30`, `3 / 10`, `1,200`, `2.D-03`) is not the number.
_BEFORE = r"(?<![\w./@-])"
_END = r"(?!\w|[./@-]\w)"
_BAR = r"[|\u2502\u2503\u2551]"
_LEADER = r"[\"'*`]{0,3}(?:\s*[\[(]%[\])])?(?:\s?\.{2,})?"  # behind the name: acc (%)....: 0.9
_BETWEEN = rf"{_LEADER}(?:\s*(?:[=:]|{_BAR})\s*|\s+)[\"'*`]{{0,3}}"
_TYPE = r"(?:[a-z_]\w*\.)*(?:b?float|u?int|double|half|tensor|array|scalar|decimal)\d*"
_WRAPPED = rf"(?P<call>{_TYPE}\(['\"]?)?"
_NUMBER = r"(?P<value>[-+]?(?>(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|nan|infinity|inf))"
_AFTER = r"(?!\w|\.\w|[,:'+-]\d|\s*(?:[/*^\u00d7]|\*\*|x\s|(?:out\s)?of\s)\s*\d)"
_CLOSED = r"(?(call)(?=['\"]?\s*(?:\)|,\s*[a-z_]\w*\s*=)))"
_VALUE = f"{_BETWEEN}{_WRAPPED}{_NUMBER}{_AFTER}{_CLOSED}"

_SAMPLE = 40  # characters of what is shown

_SEARCHED_AT_MOST = 4096  # characters of a line, by a user's expression: `.*x` takes their square


@dataclass(frozen=True, slots=True)
class Match:
    """A metric in a line.

    Attributes:
        name: of the metric.
        value: behind the name; None where there is no number.
        exact: the name has the very letters that are asked for, in the same case.
        text: how the line goes on from the name.
    """

    name: str
    value: float | None
    exact: bool = True
    text: str = ""


class Finder(Protocol):
    """Finds metrics in text."""

    def may_match(self, data: bytes) -> bool:
        """Quickly rule out data in which `find` finds nothing: most of most logs."""
        ...

    def find(self, line: str) -> Iterable[Match]: ...


class NameFinder:
    """Finds `name = value`, `name: value` and `name value`."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact = frozenset(name for name in names if name)
        self._names = {name.lower(): name for name in sorted(self._exact)}
        longest_first = sorted(self._names, key=len, reverse=True)
        either = "|".join(map(re.escape, longest_first)) or r"(?!)"
        self._pattern = re.compile(f"{_BEFORE}(?P<name>{either}){_END}(?:{_VALUE})?", re.IGNORECASE)
        self._any = not all(name.isascii() for name in self._names)
        self._needles = [name.encode() for name in self._names]

    def may_match(self, data: bytes) -> bool:
        if self._any:  # lowering bytes would not lower their letters
            return True
        lowered = data.lower()
        return any(needle in lowered for needle in self._needles)

    def find(self, line: str) -> Iterable[Match]:
        for match in self._pattern.finditer(line):
            written = match["name"]
            exact = written in self._exact
            # Ignoring case, `re` takes the long s for an s.
            name = written if exact else self._names.get(written.lower())
            if name is not None:
                text = line[match.start() : match.start() + len(name) + _SAMPLE].strip()
                yield Match(name, text_number(match["value"]), exact, text)


class RegexFinder:
    """Finds what a user's expression captures: named groups, else group 1 under a given name.

    It is looked for in the beginning of a long line.
    """

    def __init__(self, pattern: re.Pattern[str], name: str) -> None:
        self._pattern = pattern
        self._groups = dict(pattern.groupindex) or {name: 1}

    def may_match(self, data: bytes) -> bool:
        return bool(data)

    def find(self, line: str) -> Iterable[Match]:
        for match in self._pattern.finditer(line[:_SEARCHED_AT_MOST]):
            for name, group in self._groups.items():
                if match[group] is not None:
                    yield Match(name, text_number(match[group]), text=match[group][:_SAMPLE])


def check_regex(regex: str, where: Where | None = None) -> re.Pattern[str]:
    """Compile the value of `CONFIG_SWEEP_METRIC_REGEX`.

    Raises:
        InputError: it is no expression, or captures nothing.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of what another Python may read otherwise
            pattern = re.compile(regex)
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(
            f"CONFIG_SWEEP_METRIC_REGEX is not a regular expression: {error}",
            "write one of Python's, as in acc=([0-9.]+)",
            where,
        ) from None
    if not pattern.groups:
        raise InputError(
            "CONFIG_SWEEP_METRIC_REGEX has no group, so it finds no number",
            "put the number in brackets, as in acc=([0-9.]+) or acc=(?P<test_acc>[0-9.]+)",
            where,
        )
    return pattern


@lru_cache(maxsize=16)
def finder(query: MetricQuery) -> Finder:
    """What finds the metrics of a query.

    Raises:
        InputError: its regular expression is wrong.
    """
    if query.regex:
        return RegexFinder(check_regex(query.regex), query.names[0] if query.names else "metric")
    return NameFinder(query.names)

"""What a trial can be asked for by name: its parameters, what was measured, who and where it is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import NoReturn, TypeAlias

from ksweep.analysis.axes import axes, axis_value
from ksweep.analysis.records import config_file
from ksweep.analysis.view import View
from ksweep.client import read_config
from ksweep.errors import InputError, Mistakes, Where
from ksweep.measures import PREFIX, RESOURCES, measure, metric_names
from ksweep.model import Result

Native: TypeAlias = str | float | None
ConfigOf: TypeAlias = Callable[[str], str]
"""The `config.txt` of a trial by the trial's name; empty where it is gone."""

_SHOWN = 3
_CONFIGS_READ = 50  # for the nearest names

# What `result.json` says of a trial beside its parameters and measured values.
_FACTS: dict[str, Callable[[Result], Native]] = {
    "config": lambda result: result.name,
    "config_file": config_file,
    "id": lambda result: result.id,
    "repeat": lambda result: result.repeat,
    "status": lambda result: result.status.value,
    "exit_code": lambda result: result.exit_code,
    "attempt": lambda result: result.attempt,
    "started_at": lambda result: result.started_at or None,
    "finished_at": lambda result: result.finished_at or None,
    "host": lambda result: result.host or None,
    "cause": lambda result: result.cause,
    "error": lambda result: result.error,
}
_FIGURES = frozenset({"repeat", "exit_code", "attempt"})
_SUMMARY_HEAD = ("config_file", "id", "repeat", "status", "exit_code")


class Kind(StrEnum):
    """What a name stands for."""

    SYMBOL = "symbol"  # of the configuration: its text, without quotes
    AXIS = "axis"  # a choice as one: the member that is y
    MEASURE = "measure"  # a metric or a resource
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that every trial can be asked for.

    Attributes:
        name: as it was asked for.
        kind: what it is.
        key: the symbol without `CONFIG_`, or what `measure` calls it.
        of: its value of a trial; None where the trial has none.
        figures: whether the values are numbers.
        texts: whether what looks like a number among the values is none.
    """

    name: str
    kind: Kind
    key: str
    of: Callable[[Result], Native]
    figures: bool = False
    texts: bool = False


class Names:
    """The names of one sweep."""

    def __init__(self, view: View, config_of: ConfigOf) -> None:
        """`config_of` is called only for what the results themselves do not tell."""
        self._results = view.results
        self._config_of = config_of
        self._directories = view.directories
        self._texts = view.texts
        sets = dict.fromkeys(tuple(result.params) for result in view.results)  # few, of many
        seen = (name for names in sets for name in names)
        self._params = {
            name.removeprefix("CONFIG_"): name for name in dict.fromkeys((*view.parameters, *seen))
        }
        asked = view.settings.query.names
        self._measures = dict.fromkeys((*metric_names(view.results), *asked, *RESOURCES))
        self._choices = {
            title: Column(title, Kind.AXIS, title, partial(axis_value, members=members))
            for title, members in axes(view).items()
            if len(members) > 1
        }

    def terms(self, names: Iterable[str], where: Where) -> list[Column]:
        """What the names of an expression stand for; the symbols have no `CONFIG_`.

        Raises:
            InputError: no trial can have one of them; with the nearest names.
        """
        return self._found(names, where, {})

    def columns(
        self, names: Iterable[str], where: Where, more: Mapping[str, Column]
    ) -> list[Column]:
        """What names stand for, `CONFIG_` in front or not; `more` has some of the caller's own.

        Raises:
            InputError: no trial can have one of them; with the nearest names.
        """
        known = {**more, **self._choices}
        return self._found(names, where, known)

    def is_text(self, symbol: str) -> bool:
        """Whether Kconfig keeps it in quotes, so that a `y` in it is no truth value."""
        lines = (self._line(symbol, result) for result in self._results)
        return next((line.startswith('"') for line in lines if line is not None), False)

    def _found(
        self, names: Iterable[str], where: Where, more: Mapping[str, Column]
    ) -> list[Column]:
        mistakes = Mistakes()
        columns = []
        for name in names:
            with mistakes.gathered():
                columns.append(self._find(name, where, more))
        mistakes.check()
        return columns

    def _find(self, name: str, where: Where, more: Mapping[str, Column]) -> Column:
        for look in (self._parameter, self._summarised, more.get, self._fact, self._prefixed):
            found = look(name)
            if found is not None:
                return found
        symbol = self._symbol(name)
        if symbol is None:
            self._unknown(name, where, more)
        return symbol

    def _parameter(self, name: str) -> Column | None:
        symbol = name.removeprefix("CONFIG_")
        if symbol not in self._params:
            return None
        key = self._params[symbol]
        texts = key in self._texts
        return Column(name, Kind.SYMBOL, symbol, lambda one: one.params.get(key), texts=texts)

    def _summarised(self, name: str) -> Column | None:
        """What `sweep_summary.json` has a column of this name for."""
        if name in _SUMMARY_HEAD:
            return self._fact(name)
        if name == "dir":
            names = (result.name for result in self._results)
            places = dict(zip(names, self._directories, strict=True))
            return Column(name, Kind.FACT, name, lambda result: places.get(result.name))
        return self._measured(name, name) if name in self._measures else None

    def _fact(self, name: str) -> Column | None:
        if name not in _FACTS:
            return None
        return Column(name, Kind.FACT, name, _FACTS[name], name in _FIGURES)

    def _prefixed(self, name: str) -> Column | None:
        known = name.startswith(PREFIX) and name.removeprefix(PREFIX) in self._measures
        return self._measured(name, name) if known else None

    def _measured(self, name: str, key: str) -> Column:
        return Column(name, Kind.MEASURE, key, partial(_measure, key), figures=True)

    def _symbol(self, name: str) -> Column | None:
        """A symbol that is the same in all configurations, or follows from others."""
        symbol = name.removeprefix("CONFIG_")
        if not re.fullmatch(r"[A-Za-z0-9_]+", symbol):
            return None
        if all(self._line(symbol, result) is None for result in self._results):
            return None
        return Column(name, Kind.SYMBOL, symbol, partial(self._value, symbol))

    def _value(self, symbol: str, result: Result) -> str | None:
        line = self._line(symbol, result)
        return None if line is None else read_config(f"CONFIG_{symbol}={line}")[symbol]

    def _line(self, symbol: str, result: Result) -> str | None:
        """The right-hand side as the configuration has it."""
        match = _line_of(symbol).search(self._config_of(result.name))
        if match is None:
            return None
        return "n" if match[1] is None else match[1]

    def _unknown(self, name: str, where: Where, more: Iterable[str]) -> NoReturn:
        others = (one for one in more if one.removeprefix("CONFIG_") not in self._params)
        known = [*self._params, *self._measures, *others, *_FACTS, "dir"]
        some = self._results[:: len(self._results) // _CONFIGS_READ + 1]
        configs = (self._config_of(result.name) for result in some)
        symbols = {symbol for config in configs for symbol in read_config(config)}
        wanted = name.removeprefix("CONFIG_").removeprefix(PREFIX)
        near = nearest(wanted, [*known, *sorted(symbols)])
        if near:
            fix = f"did you mean {' or '.join(near)}?"
        else:
            fix = f"there are {', '.join(known)}, and the symbols in config.txt"
        raise InputError(f"no trial has a `{name}`", fix, where)


def _measure(key: str, result: Result) -> float | None:
    """As `measure`, but that `metric.NAME` is the program's own whatever the resources are."""
    own = result.metrics.get(key.removeprefix(PREFIX)) if key.startswith(PREFIX) else None
    return measure(result, key) if own is None else own


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Those that somebody who wrote `name` may have meant.

    Whatever the case is: `learning_rate` is near to `LEARNING_RATE`.
    """
    by_case: dict[str, list[str]] = {}
    for one in dict.fromkeys(known):
        by_case.setdefault(one.lower(), []).append(one)
    near = difflib.get_close_matches(name.lower(), by_case, n=_SHOWN, cutoff=0.6)
    return [one for lowered in near for one in by_case[lowered]][:_SHOWN]


@cache
def _line_of(symbol: str) -> re.Pattern[str]:
    return re.compile(rf"(?m)^(?:CONFIG_{symbol}=(.*?)|# CONFIG_{symbol} is not set)\r?$")

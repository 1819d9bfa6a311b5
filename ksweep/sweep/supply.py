"""Where the next trials come from: a list, or a search that learns from what came of the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ksweep.model import Configuration, Result, Settings, TrialState
from ksweep.search import Choice, Outcome, Search
from ksweep.store import Entry, Results, entry_of, name_of
from ksweep.sweep.outcomes import ChoiceKey, choice_key, outcome, recalled


class Supply(Protocol):
    """Hands out trials, each once."""

    @property
    def learns(self) -> bool:
        """What it hands out depends on what it is told."""
        ...

    @property
    def left(self) -> int:
        """How many are still to be handed out, as far as can be told."""
        ...

    def next(self) -> Entry | None:
        """The next trial; None where there is none."""
        ...

    def tell(self, result: Result) -> None:
        """What a trial came to for good."""
        ...

    @property
    def notice(self) -> str:
        """What there is to say at the end, if anything."""
        ...


class Listed:
    """Trials that are known beforehand."""

    learns = False

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._waiting = deque(entries)

    @property
    def left(self) -> int:
        return len(self._waiting)

    def next(self) -> Entry | None:
        return self._waiting.popleft() if self._waiting else None

    def tell(self, result: Result) -> None:
        return None

    @property
    def notice(self) -> str:
        return ""


@dataclass
class _Group:
    """All runs of one choice: its replicates and repeats."""

    running: set[str] = field(default_factory=set)  # names of those without a final result
    results: list[Result] = field(default_factory=list)


class Searched:
    """Trials that a search chooses, after those that it had chosen before."""

    learns = True

    def __init__(
        self,
        results: Results,
        search: Search,
        settings: Settings,
        recorded: Mapping[str, Result],
        due: Sequence[Entry],
    ) -> None:
        """Tells the search what it had learnt.

        Args:
            results: of the sweep.
            search: a new one.
            settings: the sweep's.
            recorded: what each trial came to so far, by name.
            due: those that are to run, again or still.
        """
        self._results = results
        self._search = search
        self._settings = settings
        self._waiting = deque(due)
        self._groups: dict[ChoiceKey, _Group] = {}
        self._number = max(
            (int(base.removeprefix("config_")) for base in results.named_on_disk().values()),
            default=0,
        )
        self._used_up = results.used_up
        self._runs_each = settings.repeat  # of the choice that has run most often
        self._recall(recorded, {entry.name for entry in due})

    @property
    def left(self) -> int:
        choices = 0 if self._used_up else max(self._settings.trials - len(self._groups), 0)
        return len(self._waiting) + choices * self._runs_each

    def next(self) -> Entry | None:
        if not self._waiting and self.left:
            choice = self._search.ask()
            if choice is None:
                self._used_up = True
                self._results.mark_used_up()
                return None
            self._waiting.extend(self._added(choice))
        return self._waiting.popleft() if self._waiting else None

    @property
    def notice(self) -> str:
        if not self._used_up:
            return ""
        return f"the space is used up: nothing is left to choose after {len(self._groups)} choices"

    def tell(self, result: Result) -> None:
        group = self._group(result.params)
        group.running.discard(result.name)
        group.results.append(result)
        if not group.running:
            self._search.tell(outcome(group.results, self._settings.ranked_by))

    def _recall(self, recorded: Mapping[str, Result], due: set[str]) -> None:
        for taught in recalled(self._results.sweep):
            self._search.tell(taught)
        for entry in self._results.entries:
            result = recorded[entry.name]
            group = self._group(entry.params)
            if entry.name in due or not result.status.final:
                group.running.add(entry.name)
            group.results.append(result)
        runs = (len(group.results) for group in self._groups.values())
        self._runs_each = max(self._runs_each, *runs, 1)
        for group in self._groups.values():  # in the order in which they were chosen
            self._search.tell(self._recalled(group))
            group.results = [one for one in group.results if one.name not in group.running]

    def _recalled(self, group: _Group) -> Outcome:
        if group.running:
            ids = frozenset(result.id for result in group.results)
            return Outcome(group.results[0].params, ids, TrialState.PENDING)
        return outcome(group.results, self._settings.ranked_by)

    def _added(self, choice: Choice) -> list[Entry]:
        """The trials of a choice, laid out in the results."""
        made = list(self._entries(choice.configurations))
        self._results.append(made)
        entries = [entry for entry, _ in made]
        self._runs_each = max(self._runs_each, len(entries))
        for entry in entries:
            self._group(entry.params).running.add(entry.name)
        return entries

    def _group(self, params: Mapping[str, str]) -> _Group:
        return self._groups.setdefault(choice_key(params, self._settings), _Group())

    def _entries(self, configurations: Sequence[Configuration]) -> Iterator[tuple[Entry, str]]:
        for one in configurations:
            self._number += 1
            entry = entry_of(name_of(self._number, self._settings.trials), one)
            for repeated in entry.repeats(self._settings.repeat):
                yield repeated, one.text

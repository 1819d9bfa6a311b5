"""Which of the running trials are to be stopped early, by what they have said so far."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ksweep.metrics import Follower, Reader
from ksweep.model import Pruning, Result, Settings, TrialState
from ksweep.stopping import Rule
from ksweep.store import Entry, Results, TrialDir

_OLDER = 0.03
_SHORTEST_S = 0.01
_LAST_S = 1.0


@dataclass
class _Followed:
    follower: Follower
    since: float
    due: float
    judged: int = 0  # points


class Watch:
    """Has the histories of trials read for a stopping rule, and never waits for them.

    The rule is told of the trials that have ended in their order; nothing is judged until it knows
    of all of them.
    """

    def __init__(self, rule: Rule, settings: Settings) -> None:
        self._rule = rule
        self._query = settings.query
        self._metric = settings.ranked_by[0].metric
        self._reader = Reader()
        self._followed: dict[str, _Followed] = {}
        self._stopped: set[str] = set()
        self._ended: deque[tuple[Follower, str, TrialState, bool]] = (
            deque()
        )  # the rule is to be told
        self._judged_one = False
        self._told = False

    def close(self) -> None:
        """End what reads the histories."""
        self._reader.close()

    def recall(
        self, results: Results, recorded: Mapping[str, Result], due: Iterable[Entry]
    ) -> None:
        """Tell the rule of the trials that ended in earlier runs, in that order.

        Not of those that are `due` again.
        """
        again = {entry.name for entry in due}
        entries = (entry for entry in results.entries if entry.name not in again)
        ended = [entry for entry in entries if _counts(recorded[entry.name])]
        for entry in sorted(ended, key=lambda entry: recorded[entry.name].finished_at):
            follower = self._follower(results.trial(entry))
            self._end(follower, entry.name, recorded[entry.name].status, news=False)

    def look(self, running: Iterable[tuple[Entry, TrialDir]], now: float) -> dict[str, Pruning]:
        """The trials to stop now, by name; none is named twice. `now` is in seconds.

        A trial is looked at each time that it has become a little older, so that what it does in
        vain is a small part of what it did, and a long one costs nothing.
        """
        self._reader.poll()
        verdicts = {} if self._ended else dict(self._verdicts())
        self._stopped.update(verdicts)
        for entry, trial in running:
            self._look_at(entry.name, trial, now)
        return verdicts

    def _verdicts(self) -> Iterator[tuple[str, Pruning]]:
        for name, followed in self._followed.items():
            verdict = self._judge(name, followed)
            if verdict is not None:
                yield name, verdict

    def _look_at(self, name: str, trial: TrialDir, now: float) -> None:
        followed = self._followed.get(name)
        if followed is None:
            followed = self._followed[name] = _Followed(self._follower(trial), now, now)
        if followed.due <= now and name not in self._stopped:
            followed.due = now + max((now - followed.since) * _OLDER, _SHORTEST_S)
            self._reader.ask(followed.follower)

    def wait_s(self, now: float) -> float:
        """The time until `look` has something to do again."""
        due = [one.due for name, one in self._followed.items() if name not in self._stopped]
        if self._ended or any(one.follower.busy for one in self._followed.values()):
            due.append(now + _SHORTEST_S)
        return max(min(due, default=now + _SHORTEST_S) - now, 0)

    def _judge(self, name: str, followed: _Followed) -> Pruning | None:
        history = followed.follower.history(self._metric)
        if followed.follower.busy or name in self._stopped or len(history) == followed.judged:
            return None
        followed.judged = len(history)
        return self._rule.judge(name, history)

    def end(self, result: Result, trial: TrialDir) -> None:
        """Take in a trial that has ended."""
        self._stopped.discard(result.name)
        followed = self._followed.pop(result.name, None)
        follower = followed.follower if followed is not None else self._follower(trial)
        if _counts(result):
            self._end(follower, result.name, result.status)
        else:
            self._reader.forget(follower)

    def _end(self, follower: Follower, name: str, state: TrialState, news: bool = True) -> None:
        self._reader.finish(follower)
        self._ended.append((follower, name, state, news))

    def notices(self) -> Iterator[str]:
        """Tell the rule of the trials that are read by now; what there is to say of that, once."""
        self._reader.poll()
        while self._ended and self._ended[0][0].ended:
            follower, name, state, news = self._ended.popleft()
            history, whole = follower.history(self._metric), state is TrialState.SUCCESS
            why = self._rule.end(name, history, whole)
            self._judged_one = self._judged_one or (bool(history) and why is None)
            if news and whole and not self._told and (why is not None or not history):
                yield from self._doubt(name, why if history else None)

    def _doubt(self, name: str, why: str | None) -> Iterator[str]:
        """Say once that a trial was not one that can be stopped; no `why`: it gave no history."""
        if why is not None:
            self._told = True
            yield (
                f"{name} {why}: its {self._metric} cannot be judged step by step, and nothing like "
                "it is stopped early (see docs/search.md)"
            )
        elif not self._judged_one:
            self._told = True
            yield (
                f"{name} never gave {self._metric} with a step, so no trial can be stopped early: "
                "let the program print it step by step (see docs/search.md)"
            )

    def last_notices(self) -> Iterator[str]:
        """`notices` at the end of a run, when that is worth a moment's wait."""
        until = time.monotonic() + _LAST_S
        while self._ended and not (self._judged_one or self._told) and time.monotonic() < until:
            self._reader.wait(self._ended[0][0], until)
            yield from self.notices()

    def _follower(self, trial: TrialDir) -> Follower:
        return self._reader.follow(trial.metrics_path, trial.log_path, self._query, [self._metric])


def _counts(result: Result) -> bool:
    """Whether a trial says how good its configuration is."""
    return result.status in (TrialState.SUCCESS, TrialState.PRUNED)

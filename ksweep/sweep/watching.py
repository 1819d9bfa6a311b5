"""Which of the running trials are to be stopped early, by what they have said so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ksweep.metrics import Follower, Point
from ksweep.model import Pruning, Result, Settings, TrialState
from ksweep.stopping import Rule
from ksweep.store import Entry, Results, TrialDir

_OLDER = 0.03
_SHORTEST_S = 0.01


@dataclass
class _Followed:
    follower: Follower
    since: float
    due: float


class Watch:
    """Reads the histories of trials for a stopping rule."""

    def __init__(self, rule: Rule, settings: Settings) -> None:
        self._rule = rule
        self._query = settings.query
        self._metric = settings.ranked_by[0].metric
        self._followed: dict[str, _Followed] = {}
        self._stopped: set[str] = set()
        self._seen_one = False
        self._told = False

    def recall(self, results: Results, recorded: Mapping[str, Result]) -> None:
        """Tell the rule of the trials that ended in earlier runs, in that order."""
        ended = [one for one in results.entries if _counts(recorded[one.name])]
        for entry in sorted(ended, key=lambda entry: recorded[entry.name].finished_at):
            self._end(entry.name, self._follower(results.trial(entry)).finish().histories)

    def look(self, running: Iterable[tuple[Entry, TrialDir]], now: float) -> dict[str, Pruning]:
        """The trials to stop now, by name; none is named twice. `now` is in seconds.

        A trial is looked at each time that it has become a little older, so that what it does in
        vain is a small part of what it did, and a long one costs nothing.
        """
        verdicts = {}
        for entry, trial in running:
            followed = self._followed.get(entry.name)
            if followed is None:
                followed = _Followed(self._follower(trial), now, now)
                self._followed[entry.name] = followed
            if followed.due <= now and entry.name not in self._stopped:
                followed.due = now + max((now - followed.since) * _OLDER, _SHORTEST_S)
                verdict = self._judge(entry.name, followed.follower)
                if verdict is not None:
                    self._stopped.add(entry.name)
                    verdicts[entry.name] = verdict
        return verdicts

    def wait_s(self, now: float) -> float:
        """The time until a trial is to be looked at again."""
        due = (one.due for name, one in self._followed.items() if name not in self._stopped)
        return max(min(due, default=now + _SHORTEST_S) - now, 0)

    def _judge(self, name: str, follower: Follower) -> Pruning | None:
        said = follower.update()
        history = said.histories.get(self._metric, ()) if said is not None else ()
        return self._rule.judge(name, history) if history else None

    def end(self, result: Result, trial: TrialDir) -> str:
        """Take in a trial that has ended; returns what there is to say about it, once."""
        self._stopped.discard(result.name)
        followed = self._followed.pop(result.name, None)
        follower = followed.follower if followed is not None else self._follower(trial)
        if not _counts(result):
            return ""
        self._end(result.name, follower.finish().histories)
        if self._seen_one or self._told or result.status is not TrialState.SUCCESS:
            return ""
        self._told = True
        return (
            f"{result.name} never gave {self._metric} with a step, so no trial can be stopped "
            "early: let the program print it step by step (see docs/search.md)"
        )

    def _end(self, name: str, histories: Mapping[str, Sequence[Point]]) -> None:
        history = histories.get(self._metric, ())
        self._seen_one = self._seen_one or bool(history)
        self._rule.end(name, history)

    def _follower(self, trial: TrialDir) -> Follower:
        return Follower(trial.metrics_path, trial.log_path, self._query)


def _counts(result: Result) -> bool:
    """Whether a trial says how good its configuration is."""
    return result.status in (TrialState.SUCCESS, TrialState.PRUNED)

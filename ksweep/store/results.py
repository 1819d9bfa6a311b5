"""A results directory: its sweep, its trials, what each came to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import MappingProxyType

from ksweep.errors import InputError, Where
from ksweep.model import Cause, Result, TrialState
from ksweep.store import atomic, document, layout, ledger, lock, rebuilding
from ksweep.store.collecting import uncollected
from ksweep.store.document import Document, Entry, Kind
from ksweep.store.identity import is_text_of
from ksweep.store.ledger import Logged
from ksweep.store.outputs import Outputs
from ksweep.store.record import Thought
from ksweep.store.trialdir import TrialDir
from ksweep.store.trouble import TrialDirError, no_config

DIFF = "code.diff"

ORIGIN = "origin"  # in sweep.json
_USED_UP = "used_up"
_TRIAL = re.compile(r"(?P<base>config_[0-9]{3,})_(?P<id>[0-9a-f]{12})(\.r([2-9]|[1-9][0-9]+))?")


class Results:
    """The results directory at `path`, which is absolute and without symbolic links."""

    def __init__(self, path: str, sweep: Document) -> None:
        self.path = path
        self._take(sweep)

    def _take(self, sweep: Document) -> None:
        """What `sweep.json` says of the trials, which may be very many, and of all else."""
        self.entries = document.entries(sweep, self.path)
        self.sweep = {key: value for key, value in sweep.items() if key != document.LISTED}

    @classmethod
    def create(
        cls,
        output_dir: str,
        sweep: Mapping[str, object],
        configurations: Iterable[tuple[Entry, str]],
    ) -> Results:
        """Lay out a new results directory with every configuration, and let `latest` be it.

        Raises:
            InputError: `output_dir` is no directory, or its `latest` is no symbolic link.
            SurroundingsError: it cannot be written; nothing is left behind then.
        """
        return cls.open(layout.lay_out(output_dir, sweep, configurations), output_dir)

    @classmethod
    def open(cls, where: str, output_dir: str) -> Results:
        """The results at a path, or by their name in `output_dir`: `latest`, say.

        Raises:
            InputError: there are none.
        """
        inside = os.path.join(output_dir, where)
        path = inside if where == layout.LATEST or not os.path.lexists(where) else where
        if where == layout.LATEST and not os.path.lexists(path):
            raise InputError(
                "there is no sweep yet", "run one, or name a results directory", Where(path)
            )
        with uncollected():
            sweep = document.read(path, Kind.RESULTS)
            if sweep is not None:
                return cls(os.path.realpath(path), sweep)
        raise InputError(
            "this is not a results directory (no sweep.json of one in it)",
            f"name a directory like {output_dir}/sweep_20260301_220000, or `{layout.LATEST}`",
            Where(path if os.path.lexists(path) else where),
        )

    @property
    def used_up(self) -> bool:
        """Whether a search found nothing more to choose."""
        return bool(self.sweep.get(_USED_UP))

    @property
    def name(self) -> str:
        """`sweep_20260301_220000`."""
        return os.path.basename(self.path)

    @property
    def ledger_path(self) -> str:
        return f"{self.path}/{layout.LEDGER}"

    @property
    def outputs(self) -> Outputs:
        """The files that an analysis makes."""
        return Outputs(self.path)

    @property
    def diff_path(self) -> str:
        return f"{self.path}/{DIFF}"

    def trial(self, entry: Entry) -> TrialDir:
        return TrialDir(f"{self.path}/{entry.directory}")

    def write_diff(self, diff: bytes) -> None:
        """Write how the code differs from its commit, for its owner's eyes only.

        Raises:
            SurroundingsError: it cannot be written.
        """
        with atomic.surroundings(self.diff_path, "write"):
            atomic.write_private(self.diff_path, diff)

    # -- reading -------------------------------------------------------------------------------

    def results(self) -> list[Result]:
        """One result a trial, in the order of `entries`; writes nothing.

        A trial without a record is `pending`, `running`, or `lost` where its runner is gone. One
        whose directory is gone, or cannot be looked into, is what the ledger says last.

        Raises:
            InputError: another ksweep wrote the ledger.
            SurroundingsError: one cannot be read.
        """
        with uncollected():
            thought = {entry.name: entry.params for entry in self.entries}
            there = self._names_on_disk()
            recorded = [
                self._recorded(entry, thought) if entry.directory in there else None
                for entry in self.entries
            ]
            known, runs = Logged(()), False
            if not all(recorded):
                known = Logged(ledger.read(self.ledger_path, thought)[0])
                runs = self.holder() is not None
            return self._as_asked_for(
                result or self._unrecorded(entry, known, runs)
                for entry, result in zip(self.entries, recorded, strict=True)
            )

    def holder(self) -> lock.Holder | None:
        """Who runs this sweep now; None where nobody does, `HIDDEN` where that is not to see.

        Raises:
            SurroundingsError: the lock file cannot be opened.
        """
        return lock.holder(f"{self.path}/{layout.LOCK}")

    def note_run(self, jobs: int, expected_s: float | None) -> None:
        """Let others see how many trials run at once, and how long one is expected to take.

        Raises:
            SurroundingsError: the lock file cannot be written.
        """
        lock.note(f"{self.path}/{layout.LOCK}", jobs, expected_s)

    def named_on_disk(self) -> dict[str, str]:
        """Identity → `config_017` of every trial directory, whether or not it is still asked for.

        A crash can have left a second directory of an identity, which nothing names.

        Raises:
            SurroundingsError: the directory cannot be read.
        """
        matches = [_TRIAL.fullmatch(name) for name in self._names_on_disk()]
        found = {match["id"]: match["base"] for match in matches if match}
        return found | {entry.id: entry.base for entry in self.entries}

    def _names_on_disk(self) -> set[str]:
        with atomic.surroundings(self.path, "read"):
            return set(os.listdir(self.path))

    def _recorded(self, entry: Entry, thought: Thought) -> Result | None:
        """What is in the trial's directory, where it is of this trial."""
        found = self.trial(entry).result(thought)
        own = found is not None and (found.name, found.id) == (entry.name, entry.id)
        return found if own else None

    def _unrecorded(self, entry: Entry, known: Logged, runs: bool) -> Result:
        trial = self.trial(entry)
        if not trial.readable:
            return known.last(entry) or _blank(entry)
        attempt = trial.attempt
        if (restored := known.of(entry, attempt)) is not None:
            return restored
        started = trial.started()
        if started is None:
            return _blank(entry, attempt=attempt)
        if runs:
            return _blank(entry, TrialState.RUNNING, attempt, started)
        state = TrialState.CANCELLED if trial.ended() is not None else TrialState.LOST
        return _blank(entry, state, attempt, started)

    def _as_asked_for(self, found: Iterable[Result]) -> list[Result]:
        """With the parameters of now: in a sweep that has grown, other axes may be active."""
        return [
            result
            if result.params is entry.params or result.params == entry.params
            else replace(result, params=entry.params)
            for entry, result in zip(self.entries, found, strict=True)
        ]

    # -- writing, under the lock ---------------------------------------------------------------

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only runner.

        Raises:
            InputError: there is one already.
            SurroundingsError: the lock file cannot be written.
        """
        with lock.hold(f"{self.path}/{layout.LOCK}"):
            layout.tidy(os.path.dirname(self.path))
            # Another runner may have added to it since it was opened.
            now = document.read(self.path, Kind.RESULTS)
            if now is not None:
                self._take(now)
            yield

    @contextmanager
    def exporting(self, tracker: str) -> Iterator[None]:
        """Be the only one that writes the sweep into a tracker.

        Raises:
            InputError: somebody does already.
            SurroundingsError: the lock file cannot be written.
        """
        with lock.hold(f"{self.path}/{layout.LOCK}.{tracker}", f"exported to {tracker}"):
            yield

    def ledger(self) -> ledger.Ledger:
        """The open ledger, to append to."""
        return ledger.Ledger(self.ledger_path)

    def recover(self) -> list[Result]:
        """Mend what a crash left half done; returns what `results` then does.

        Raises:
            InputError: another ksweep wrote the ledger.
            SurroundingsError: something cannot be read or written.
        """
        with atomic.surroundings(self.path, "write"):
            for name in (document.NAME, document.COPY, layout.LEDGER, DIFF):
                atomic.remove_part(f"{self.path}/{name}")
        logged, sound = ledger.read(self.ledger_path)
        known = Logged(logged)
        with atomic.surroundings(self.path, "write"):
            layout.mend_sweep(self.path, self.sweep, self.entries)
        found = [self._mended(entry, known) for entry in self.entries]
        missing = [
            result
            for entry, result in zip(self.entries, found, strict=True)
            if result.finished_at and not _same(result, known.of(entry, result.attempt))
        ]
        if missing or not sound:
            missing.sort(key=lambda result: result.finished_at)
            ledger.rewrite(self.ledger_path, [*logged, *missing])
        return self._as_asked_for(found)

    def _mended(self, entry: Entry, known: Logged) -> Result:
        """A directory that is gone stays gone, until the trial runs again."""
        trial = self.trial(entry)
        with suppress(TrialDirError), trial.using(trial.path, "write"):
            trial.finish_archiving()
        result = self._recorded(entry, {entry.name: entry.params})
        if result is None:
            result = self._unrecorded(entry, known, runs=False)
            if result.finished_at and trial.readable:
                with suppress(TrialDirError), trial.using(trial.path, "write"):
                    trial.write_result(result)
        return result

    def mended_config(self, entry: Entry, recorded: Result | None) -> str:
        """A trial's configuration, in a directory that can be used.

        Both are made again where that is not so.

        Args:
            entry: of the trial.
            recorded: what is put back into a new directory.

        Raises:
            TrialDirError: nothing says any more what its configuration was.
            SurroundingsError: it cannot be made.
        """
        trial = self.trial(entry)
        trouble = trial.trouble
        if trouble is None:
            text = trial.config_text()
            if is_text_of(entry, text):
                return text
            trouble = no_config(trial.config_path, "its config.txt is of another configuration")
        again = rebuilding.config_text(entry, self.entries, self.trial)
        if again is None:
            raise trouble
        with trial.using(trial.path, "write"):
            trial.mend(again)
            if trouble.cause is Cause.DIRECTORY_GONE and recorded and recorded.finished_at:
                trial.put_back(recorded)
        return again

    def add(self, configurations: Iterable[tuple[Entry, str]]) -> None:
        """Make the directories of further trials; `update` then names them in `sweep.json`.

        Raises:
            SurroundingsError: one cannot be made.
        """
        with atomic.surroundings(self.path, "write"):
            for entry, text in configurations:
                TrialDir.ensure(f"{self.path}/{entry.directory}", text)
            atomic.sync_filesystem(self.path)

    def append(self, configurations: Iterable[tuple[Entry, str]]) -> None:
        """Make the directories of further trials and name them in `sweep.json`, at little cost.

        A crash leaves at worst directories that `sweep.json` does not name.

        Raises:
            SurroundingsError: something cannot be written; `sweep.json` is as it was.
        """
        with atomic.surroundings(self.path, "write"):
            added = [self._made(entry, text) for entry, text in configurations]
            entries = (*self.entries, *added)
            self.sweep = layout.write_sweep(self.path, self.sweep, entries)
        self.entries = entries

    def _made(self, entry: Entry, text: str) -> Entry:
        trial = TrialDir.ensure(f"{self.path}/{entry.directory}", text)
        atomic.sync_file(trial.config_path)  # there is no other copy
        return entry

    def mark_used_up(self) -> None:
        """Note that a search has nothing more to choose, until `update`.

        Raises:
            SurroundingsError: it cannot be written.
        """
        self._note(_USED_UP, True)

    def adopt(self, origin: Mapping[str, object]) -> None:
        """Note that the sweep is trusted here from now on.

        Raises:
            SurroundingsError: it cannot be written.
        """
        self._note(ORIGIN, dict(origin))

    def _note(self, key: str, value: object) -> None:
        with atomic.surroundings(self.path, "write"):
            noted = {**self.sweep, key: value}
            self.sweep = layout.write_sweep(self.path, noted, self.entries)

    def update(self, sweep: Mapping[str, object], entries: Sequence[Entry]) -> None:
        """Replace `sweep.json`.

        Raises:
            SurroundingsError: it cannot be written; the old one stays.
        """
        with atomic.surroundings(self.path, "write"):
            self.sweep = layout.write_sweep(self.path, {**sweep, _USED_UP: False}, entries)
            atomic.sync_filesystem(self.path)
        self.entries = tuple(entries)


def _same(result: Result, logged: Result | None) -> bool:
    """Whether the ledger has a result (its metrics may be NaN, which equals nothing)."""
    return logged is not None and (result.status, result.finished_at) == (
        logged.status,
        logged.finished_at,
    )


def _blank(
    entry: Entry,
    state: TrialState = TrialState.PENDING,
    attempt: int = 1,
    started: Mapping[str, object] = MappingProxyType({}),
) -> Result:
    """What is known of a trial without a record."""
    return Result(
        name=entry.name,
        id=entry.id,
        status=state,
        exit_code=None,
        attempt=attempt,
        started_at=str(started.get("started_at", "")),
        finished_at="",
        host=str(started.get("host", "")),
        params=entry.params,
        repeat=entry.repeat,
    )

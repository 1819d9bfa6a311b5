"""One trial's directory: its files, its attempts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from types import MappingProxyType

from ksweep import exposed
from ksweep.errors import InputError
from ksweep.model import Cause, Pruning, Result
from ksweep.store import atomic, parts, record, trialfile
from ksweep.store.record import Thought
from ksweep.store.trouble import TrialDirError, is_directory, telling, trouble_of

CONFIG = "config.txt"
CONFIG_COPY = "config.copy"
ENDED = "ended.json"
LOG = "output.log"
METRICS = "training_metrics.json"
PRUNED = "pruned.json"
RESULT = "result.json"
STARTED = "started.json"

_ATTEMPT = re.compile(r"attempt_[1-9][0-9]*\Z")
_ARCHIVING = ".attempt"  # what will be attempt_N when everything is in it
_PARTS = {
    name + parts.SUFFIX: name for name in (CONFIG, CONFIG_COPY, ENDED, PRUNED, RESULT, STARTED)
}
_MOST_ATTEMPTS = 1000
_CONFIG_BYTES = 4 << 20  # ten times the configuration of a kernel
_LOOK = os.R_OK | os.X_OK


class TrialDir:
    """The directory of one trial; `path` is absolute."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def create(cls, path: str, config_text: str) -> TrialDir:
        """Make the directory with its `config.txt`.

        Raises:
            OSError: it cannot be made, or is there.
        """
        os.mkdir(path)
        atomic.write_new(f"{path}/{CONFIG}", trialfile.encode(config_text))
        return cls(path)

    @classmethod
    def ensure(cls, path: str, config_text: str) -> TrialDir:
        """Make the directory where it is missing, and its `config.txt` in any case.

        Raises:
            OSError: it cannot be made.
        """
        with suppress(FileExistsError):
            os.mkdir(path)
        atomic.write(f"{path}/{CONFIG}", trialfile.encode(config_text))
        return cls(path)

    @property
    def config_path(self) -> str:
        return f"{self.path}/{CONFIG}"

    @property
    def config_copy_path(self) -> str:
        return f"{self.path}/{CONFIG_COPY}"

    @property
    def log_path(self) -> str:
        return f"{self.path}/{LOG}"

    @property
    def metrics_path(self) -> str:
        return f"{self.path}/{METRICS}"

    @property
    def result_path(self) -> str:
        return f"{self.path}/{RESULT}"

    @property
    def started_path(self) -> str:
        return f"{self.path}/{STARTED}"

    @property
    def pruned_path(self) -> str:
        return f"{self.path}/{PRUNED}"

    def written(self) -> tuple[tuple[int, int] | None, ...]:
        """Size and time of what the program writes for us; it changes when the program writes."""
        return tuple(trialfile.stamp(path) for path in (self.log_path, self.metrics_path))

    @property
    def readable(self) -> bool:
        """Whether it is a directory, in which one may look."""
        return is_directory(self.path) and exposed.may(self.path, _LOOK)

    @property
    def trouble(self) -> TrialDirError | None:
        """What keeps the trial from being run in it; None where nothing does."""
        return trouble_of(self.path, self.config_path)

    def using(self, path: str, doing: str) -> AbstractContextManager[None]:
        """Tell an `OSError` that concerns this directory alone from one of the disk.

        Args:
            path: to name.
            doing: a verb, as `atomic.failure` takes it.

        Raises:
            TrialDirError: it concerns this directory alone.
            SurroundingsError: it is of the disk, or of the directory of all trials.
        """
        return telling(self.path, path, doing)

    def mend(self, config_text: str) -> None:
        """Write the configuration again, into a new directory where this one cannot be used.

        What is in the place of the directory is moved aside.

        Raises:
            OSError: it cannot be made.
        """
        trouble = self.trouble
        if trouble is not None and trouble.cause is Cause.DIRECTORY_GONE:
            with suppress(FileNotFoundError):
                os.rename(self.path, atomic.free_name(self.path))
            os.mkdir(self.path)
        trialfile.put(self.config_path, trialfile.encode(config_text))

    def config_text(self) -> str:
        """The exact configuration.

        Raises:
            TrialDirError: there is none that can be read.
            SurroundingsError: the disk cannot be read.
        """
        with self.using(self.config_path, "read"):
            found = exposed.read(self.config_path, atomic.LIMIT_BYTES)
            return found.decode("utf-8", "surrogateescape")

    def copy_config(self, text: str) -> str:
        """A copy of the configuration that the program may rewrite; returns its path.

        Raises:
            OSError: it cannot be written.
        """
        trialfile.put(self.config_copy_path, trialfile.encode(text))
        return self.config_copy_path

    def rewritten_config(self, text: str) -> str | None:
        """What the program made of its copy of `text`; a copy that it left as it was goes.

        None: nothing that can be read.
        """
        with suppress(OSError):
            found = exposed.read(self.config_copy_path, _CONFIG_BYTES)
            if found != trialfile.encode(text):
                return found.decode("utf-8", "surrogateescape")
            os.unlink(self.config_copy_path)
        return None

    def write_started(self, started: Mapping[str, object]) -> None:
        """Note who runs the current attempt.

        Raises:
            OSError: it cannot be written.
        """
        trialfile.put(self.started_path, trialfile.line(started))

    def started(self) -> dict[str, object] | None:
        """Who runs, or ran, the current attempt; None where it did not start or is damaged."""
        started = atomic.parse(trialfile.content(self.started_path) or b"")
        return started if isinstance(started, dict) else None

    def write_pruning(self, pruning: Pruning) -> None:
        """Note why the current attempt is about to be stopped early.

        Raises:
            OSError: it cannot be written.
        """
        trialfile.put(self.pruned_path, trialfile.line(record.pruning_to_json(pruning)))

    def pruning(self) -> Pruning | None:
        """Why the current attempt was to be stopped early; None where nothing readable says so."""
        return record.pruning_from_json(atomic.parse(trialfile.content(self.pruned_path) or b""))

    def write_result(self, result: Result) -> None:
        """Record how the current attempt ended.

        Raises:
            OSError: it cannot be written; an earlier record stays as it was.
        """
        trialfile.put(self.result_path, record.to_line(result))

    def result(self, thought: Thought = MappingProxyType({})) -> Result | None:
        """How the current attempt ended; None where nothing readable says so.

        What a program writes in its place is not taken for a record: one is of the attempt that
        `started.json` tells of, as long as there is such a file.

        Args:
            thought: what parameters are thought to be, as `record.from_line` takes it.
        """
        return self._record(self.result_path, thought)

    def write_ended(self, result: Result) -> None:
        """Note how the current attempt ended, as long as what it said is not read.

        Raises:
            OSError: it cannot be written.
        """
        trialfile.put(self._ended_path, record.to_line(result))

    def ended(self) -> Result | None:
        """How the current attempt ended that is still to be read; None where there is none."""
        return self._record(self._ended_path, MappingProxyType({}))

    def complete(self, result: Result) -> None:
        """Record how an attempt ended that is read by now.

        Raises:
            OSError: it cannot be written.
        """
        self.write_result(result)
        with suppress(FileNotFoundError):
            os.unlink(self._ended_path)

    @property
    def _ended_path(self) -> str:
        return f"{self.path}/{ENDED}"

    def _record(self, path: str, thought: Thought) -> Result | None:
        content = trialfile.content(path)
        try:
            found = record.from_line(content, path, thought) if content else None
        except InputError:  # in a format of another version, which the ledger would have as well
            return None
        return found if found is not None and self._tells_of(found) else None

    def _tells_of(self, result: Result) -> bool:
        """Whether the attempt that was started here, if one was, is the one of a result."""
        started = self.started()
        if started is None:
            return not os.path.lexists(self.started_path)
        return started.get("started_at") == result.started_at

    def take_outputs(self, origin: TrialDir) -> None:
        """Have what another trial printed and measured here as well, at no cost where possible.

        Raises:
            OSError: it cannot be read or written.
        """
        for name in (LOG, METRICS):
            source, target = f"{origin.path}/{name}", f"{self.path}/{name}"
            with suppress(FileNotFoundError):
                os.unlink(target)
            if not trialfile.is_regular(source):
                continue
            try:
                os.link(source, target, follow_symlinks=False)
            except OSError:
                trialfile.copy(source, target)

    def put_back(self, result: Result) -> None:
        """Write the record of an attempt into a new directory.

        The attempts before it have left nothing; that there were some has to be seen.

        Raises:
            OSError: it cannot be written.
        """
        for number in range(1, min(result.attempt, _MOST_ATTEMPTS)):
            os.mkdir(f"{self.path}/attempt_{number}")
        self.write_result(result)

    @property
    def attempt(self) -> int:
        """The number of the current attempt, from 1 on."""
        names = trialfile.names(self.path)
        return 1 + sum(1 for name in names if _ATTEMPT.match(name)) + self._archiving

    def archive_attempt(self) -> int:
        """Move what the current attempt left to `attempt_N/`, where it left something.

        May be cut off at any point: the next call finishes it. The result goes first, so that
        nothing takes an attempt for ended whose files have begun to move.

        Returns:
            The number of the attempt that is current then.

        Raises:
            OSError: something cannot be moved.
        """
        if not is_directory(self.path):
            return 1
        archive = f"{self.path}/{_ARCHIVING}"
        if os.path.lexists(archive) and not is_directory(archive):  # a program's
            os.rename(archive, atomic.free_name(archive))
        names = self._whole()
        attempts = [name for name in names if _ATTEMPT.match(name)]
        left = [name for name in names if name not in (CONFIG, _ARCHIVING, *attempts)]
        if not left and _ARCHIVING not in names:
            return 1 + len(attempts)
        with suppress(FileExistsError):
            os.mkdir(archive)
        for name in sorted(left, key=lambda name: name != RESULT):
            os.rename(f"{self.path}/{name}", atomic.free_name(f"{archive}/{name}"))
        number = 1 + max((int(name.partition("_")[2]) for name in attempts), default=0)
        os.rename(archive, f"{self.path}/attempt_{number}")
        return 2 + len(attempts)

    def _whole(self) -> list[str]:
        """What is in it, without what a killed writer has left of a file, which goes.

        Raises:
            OSError: it cannot be removed.
        """
        names = trialfile.names(self.path)
        parts = [name for name in names if name in _PARTS]
        for name in parts:
            atomic.remove_part(f"{self.path}/{_PARTS[name]}")
        return [name for name in names if name not in parts]

    def finish_archiving(self) -> None:
        """Finish an `archive_attempt` that was cut off, if one was.

        Raises:
            OSError: something cannot be moved.
        """
        if self._archiving:
            self.archive_attempt()

    @property
    def _archiving(self) -> bool:
        """An `archive_attempt` was cut off: no result is in its place any more."""
        archive = f"{self.path}/{_ARCHIVING}"
        return is_directory(archive) and not os.path.lexists(self.result_path)

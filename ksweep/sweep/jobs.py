"""A trial of a sweep becomes a job that a back-end can run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ksweep.admission import Formula
from ksweep.command import Template
from ksweep.errors import InputError, Where
from ksweep.model import Job, Needs, Settings
from ksweep.store import Entry, Results
from ksweep.sweep import programs
from ksweep.sweep.launching import Launcher, Place

_COMMAND = Where("CONFIG_SWEEP_COMMAND")


class JobMaker:
    """Makes the jobs of one sweep."""

    def __init__(
        self,
        results: Results,
        settings: Settings,
        environ: Mapping[str, str] = os.environ,
        code: str | None = None,
    ) -> None:
        """Checks what all trials share; `code` is the digest of the code that runs.

        Raises:
            InputError: there is no command, or no directory to run it in.
        """
        self._results = results
        self._settings = settings
        self._code = code
        self._template = command_of(settings, command_place(results.sweep, settings))
        programs.check_directory(results.sweep, settings)
        self._complaint = ""  # what was wrong with a job that was made all the same
        self._complained = False
        self._formula = Formula(settings.memory_mb) if settings.memory_mb.strip() else None
        self._launcher = Launcher(self._template, results.sweep, settings, environ)

    def make(self, entry: Entry, attempt: int, text: str) -> Job:
        """The job of one attempt; its directory has nothing of an earlier one any more.

        Args:
            entry: of the trial.
            attempt: its number.
            text: of the configuration.

        Raises:
            OSError: the configuration cannot be copied.
        """
        trial = self._results.trial(entry)
        config = trial.copy_config(text) if self._settings.config_copy else trial.config_path
        place = Place(self._results.path, trial.path, config)
        launch = self._launcher.launch(entry, attempt, text, place)
        return Job(
            name=entry.name,
            id=entry.id,
            attempt=attempt,
            directory=trial.path,
            argv=launch.argv,
            cwd=launch.cwd,
            env=launch.env,
            params=entry.params,
            query=self._settings.query,
            repeat=entry.repeat,
            timeout=self._settings.timeout,
            stall_timeout=self._settings.stall_timeout,
            needs=self._needs(entry, text),
            config=text,
            code=self._code,
        )

    def _needs(self, entry: Entry, text: str) -> Needs:
        return Needs(
            memory_mb=self._memory_mb(entry, text),
            memory_limit_mb=self._settings.memory_limit_mb,
            cpus=self._settings.cpus_per_trial,
            gpus=self._settings.gpus_per_trial,
        )

    def complaints(self) -> Iterator[str]:
        """What is wrong with the jobs that were made so far, once."""
        if self._complaint and not self._complained:
            self._complained = True
            yield f"{self._complaint}; it is started all the same"

    def _memory_mb(self, entry: Entry, text: str) -> float | None:
        """None where there is no formula, or it has no value for a configuration of a search."""
        if self._formula is None:
            return None
        try:
            return self._formula.megabytes(entry.name, text)
        except InputError as error:
            self._complaint = str(error)
            return None

    def check_programs(self, entries: Sequence[Entry]) -> None:
        """See that what the trials start is there.

        Raises:
            InputError: a program is not there.
        """
        trials = ((one, self._results.trial(one)) for one in entries)
        there = ((one, trial) for one, trial in trials if trial.trouble is None)
        given = ((one.name, trial.config_text(), trial.path) for one, trial in there)
        programs.check_programs(self._template, self._results.sweep, self._settings, given)


def command_of(settings: Settings, where: Where = _COMMAND) -> Template:
    """The command of a sweep that is to be run; `where` is the line that it comes from.

    Raises:
        InputError: there is none, or it is malformed.
    """
    if not settings.command.strip():
        raise InputError(
            "there is no command to run",
            f'set {_COMMAND}="..." in the range file or in .config',
            where,
        )
    return Template.parse(settings.command, where)


def command_place(sweep: Mapping[str, Any], settings: Settings) -> Where:
    """The line that the command is from, where `sweep.json` knows it."""
    known = sweep.get("command_where")
    written = sweep.get("settings")
    same = isinstance(written, Mapping) and written.get("command") == settings.command
    return Where(str(known)) if known and same else _COMMAND

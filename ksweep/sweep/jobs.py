"""A trial of a sweep becomes a job that a back-end can run."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping, Sequence

from ksweep import environment
from ksweep.client import read_config
from ksweep.command import Template, find_program
from ksweep.errors import InputError, Where
from ksweep.model import Job, Settings
from ksweep.store import Entry, Results, TrialDir


class JobMaker:
    """Makes the jobs of one sweep."""

    def __init__(
        self, results: Results, settings: Settings, environ: Mapping[str, str] = os.environ
    ) -> None:
        """Checks what all trials share.

        Raises:
            InputError: there is no command, or no directory to run it in.
        """
        self._results = results
        self._settings = settings
        self._template = command_of(settings)
        check_directory(results.sweep, settings)
        self._environ = environment.inherited(environ)
        exports = results.sweep.get("exports")
        named = exports if isinstance(exports, list) else []
        self._exports = dict.fromkeys([*named, *self._template.symbols])

    def make(self, entry: Entry, attempt: int) -> Job:
        """The job of one attempt; its directory has nothing of an earlier one any more.

        Raises:
            OSError: the configuration cannot be copied.
            SurroundingsError: it cannot be read.
        """
        trial = self._results.trial(entry)
        values = read_config(trial.config_text())
        config = trial.copy_config() if self._settings.config_copy else trial.config_path
        names = [*(name.removeprefix("CONFIG_") for name in entry.params), *self._exports]
        return Job(
            name=entry.name,
            id=entry.id,
            attempt=attempt,
            directory=trial.path,
            argv=self._argv(entry, trial, values, config),
            cwd=self._cwd_of(trial),
            env={
                **self._environ,
                **environment.symbols(values, names),
                **environment.place(
                    config=config,
                    directory=trial.path,
                    name=entry.name,
                    sweep=self._results.path,
                    attempt=attempt,
                    repeat=1,
                ),
            },
            params=entry.params,
            query=self._settings.query,
            timeout=self._settings.timeout,
        )

    def check_programs(self, entries: Sequence[Entry]) -> None:
        """See that what the trials start is there.

        Raises:
            InputError: a program is not there.
        """
        trials = ((one, self._results.trial(one)) for one in entries)
        given = ((one.name, trial.config_text(), trial.path) for one, trial in trials)
        check_programs(self._template, self._results.sweep, self._settings, given)

    def _argv(
        self, entry: Entry, trial: TrialDir, values: Mapping[str, str], config: str
    ) -> tuple[str, ...]:
        return self._template.expand(values, config=config, directory=trial.path, name=entry.name)

    def _cwd_of(self, trial: TrialDir) -> str:
        return _directory(self._results.sweep, self._settings.cwd.replace("{dir}", trial.path))


def command_of(settings: Settings) -> Template:
    """The command of a sweep that is to be run.

    Raises:
        InputError: there is none, or it is malformed.
    """
    where = Where("CONFIG_SWEEP_COMMAND")
    if not settings.command.strip():
        raise InputError(
            "there is no command to run",
            'set CONFIG_SWEEP_COMMAND="..." in the range file or in .config, or pass --command',
            where,
        )
    return Template.parse(settings.command, where)


def check_programs(
    template: Template,
    sweep: Mapping[str, object],
    settings: Settings,
    trials: Iterable[tuple[str, str, str]],
) -> None:
    """See that what the trials start is there; only a command may differ that names a symbol.

    Args:
        template: the command.
        sweep: what `sweep.json` says, or will.
        settings: the sweep's.
        trials: the name, the configuration and the directory of each; a directory may be yet to
            be made, and what is in it is not looked for then.

    Raises:
        InputError: a program is not there.
    """
    varies = any(not isinstance(piece, str) for piece in template.words[0])
    seen = set()
    for name, text, directory in trials if varies else itertools.islice(trials, 1):
        argv = template.expand(read_config(text), config="", directory=directory, name=name)
        cwd = _directory(sweep, settings.cwd.replace("{dir}", directory))
        inside = directory in os.path.join(cwd, argv[0]) and "/" in argv[0]
        if (argv[0], cwd) not in seen and not (inside and not os.path.isdir(directory)):
            find_program(argv[0], cwd, os.environ.get("PATH", os.defpath), template.where)
        seen.add((argv[0], cwd))


def check_directory(sweep: Mapping[str, object], settings: Settings) -> None:
    """See that the directory in which trials run is there; a trial's own will be.

    Raises:
        InputError: it is not.
    """
    path = _directory(sweep, settings.cwd)
    if "{dir}" not in path and not os.path.isdir(path):
        raise InputError(
            f"trials run in {path}, which is not a directory here",
            "make it, or name another one with CONFIG_SWEEP_CWD or --cwd",
            Where("CONFIG_SWEEP_CWD"),
        )


def _directory(sweep: Mapping[str, object], cwd: str) -> str:
    started_in = str(sweep["cwd"])
    return os.path.join(started_in, cwd) if cwd else started_in

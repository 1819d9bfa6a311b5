"""What a sweep's trials start, and where: found, or told before anything runs."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping

from ksweep.client import entries
from ksweep.command import Names, Template, Values
from ksweep.errors import InputError, Where
from ksweep.executables import find_program
from ksweep.model import Settings


def directory_of(sweep: Mapping[str, object], settings: Settings, trial: str) -> str:
    """Where a trial's program runs; `trial` is the trial's own directory.

    Raises:
        InputError: `sweep.json` does not say where the sweep was started.
    """
    started_in = sweep.get("cwd")
    if not isinstance(started_in, str) or not os.path.isabs(started_in) or "\0" in started_in:
        what = "`cwd` is not the directory in which the sweep was started"
        raise InputError(what, "restore the file as ksweep wrote it", Where("sweep.json"))
    chosen = settings.cwd.replace("{dir}", trial)
    return os.path.join(started_in, chosen) if chosen else started_in


def check_directory(sweep: Mapping[str, object], settings: Settings) -> None:
    """See that the directory in which trials run is there; a trial's own will be.

    Raises:
        InputError: it is not.
    """
    if "{dir}" in settings.cwd:
        return
    path = directory_of(sweep, settings, "")
    if not os.path.isdir(path):
        raise InputError(
            f"trials run in {path}, which is not a directory here",
            "make it, or name another one with CONFIG_SWEEP_CWD",
            Where("CONFIG_SWEEP_CWD"),
        )


def names_in(sweep: Mapping[str, object]) -> Names:
    """What `sweep.json` says of the names in the command; what is damaged there names nothing."""
    choices, order = sweep.get("choices"), sweep.get("order")
    known = choices.items() if isinstance(choices, Mapping) else ()
    return Names(
        {
            name: {str(member): str(part) for member, part in members.items()}
            for name, members in known
            if isinstance(members, Mapping)
        },
        tuple(map(str, order)) if isinstance(order, list) else (),
    )


def check_programs(
    template: Template,
    sweep: Mapping[str, object],
    settings: Settings,
    trials: Iterable[tuple[str, str, str]],
) -> None:
    """See that what trials start is there; they differ only where the program names a symbol.

    Args:
        template: the command.
        sweep: what `sweep.json` says, or will say.
        settings: the sweep's.
        trials: name, configuration and directory of each; what is in a directory that is still to
            be made is not looked for.

    Raises:
        InputError: a program is not there.
    """
    names = names_in(sweep)
    varies = any(not isinstance(piece, str) for piece in template.words[0])
    path = os.environ.get("PATH", os.defpath)
    seen = set()
    for name, text, trial in trials if varies else itertools.islice(trials, 1):
        values = Values(dict(entries(text)), names)
        words = template.expand(values, config="", directory=trial, name=name)
        program = words[0] if words else ""
        cwd = directory_of(sweep, settings, trial)
        unmade = trial in os.path.join(cwd, program) and not os.path.isdir(trial)
        if (program, cwd) not in seen and not ("/" in program and unmade):
            find_program(program, cwd, path, template.where)
        seen.add((program, cwd))

"""Before a sweep runs: laying it out, growing it, taking over results that are known."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ksweep import provenance
from ksweep.errors import InputError, Where
from ksweep.model import Settings, TrialState
from ksweep.settings import to_json
from ksweep.store import ConfigDir, Entry, Results, name_of, surroundings
from ksweep.sweep import programs
from ksweep.sweep.jobs import command_of, command_place
from ksweep.sweep.selection import check_names

_UNMADE = "/the results directory that is still to be made"
_FROM_PLAN = (
    "method",
    "seed",
    "range_file",
    "base",
    "kconfig",
    "axes",
    "exports",
    "counts",
    "rejections",
    "exclusions",
)


@dataclass(frozen=True, slots=True)
class Growth:
    """How a sweep changed: how many configurations came, went, and stayed."""

    added: int
    dropped: int
    kept: int


@dataclass(frozen=True, slots=True)
class Reuse:
    """How many results were taken over; `refused` says why none could be, else it is empty."""

    count: int
    refused: str = ""


def begin(
    config_dir: ConfigDir, output_dir: str, settings: Settings, only: Sequence[str] = ()
) -> Results:
    """Lay out a new results directory for a generated sweep, in the current directory.

    `only` is what the run will be limited to: it is just checked, all trials are laid out.

    Raises:
        InputError: there is no generated sweep, or nothing to run it with.
        SurroundingsError: the directory cannot be written.
    """
    plan = config_dir.plan()
    entries = config_dir.entries()
    check_names(only, entries)
    where = command_place(plan, settings)
    template = command_of(settings, where)
    sweep = {
        **plan,
        "settings": to_json(settings),
        "command": settings.command,
        "command_where": str(where),
        "cwd": os.getcwd(),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "provenance": asdict(
            provenance.collect(os.getcwd(), _outputs(plan, config_dir, output_dir))
        ),
    }
    programs.check_directory(sweep, settings)
    texts = ((e.name, config_dir.config_text(e), f"{_UNMADE}/{e.directory}") for e in entries)
    programs.check_programs(template, sweep, settings, texts)
    return Results.create(output_dir, sweep, _with_texts(config_dir, entries))


def grow(results: Results, config_dir: ConfigDir) -> Growth:
    """Let a sweep be what is generated now; the caller holds `results.lock()`.

    Configurations are matched by identity: known ones keep their name and what they came to, new
    ones are numbered after the highest. Those no longer asked for stay on disk.

    Raises:
        InputError: there is no generated sweep, or it is of another command or Kconfig tree.
        SurroundingsError: the directories cannot be written.
    """
    plan = config_dir.plan()
    _check_same(results, plan, config_dir)
    known = {entry.id for entry in results.entries}
    on_disk = results.named_on_disk()
    asked = config_dir.entries()
    entries = list(_named(asked, on_disk))
    texts = {entry.id: entry for entry in asked}
    results.add(
        (entry, config_dir.config_text(texts[entry.id]))
        for entry in entries
        if entry.id not in known
    )
    taken = {key: plan[key] for key in _FROM_PLAN if key in plan}
    results.update({**results.sweep, **taken}, entries)
    kept = len(known & texts.keys())
    return Growth(len(entries) - kept, len(known) - kept, kept)


def reuse(results: Results, earlier: Results, *, any_code: bool) -> Reuse:
    """Take over successes of an earlier sweep; the caller holds `results.lock()`.

    A result is taken for a trial without one, of the same identity, where command and code are
    equal; `any_code` leaves the code out.

    Raises:
        SurroundingsError: something cannot be read or written.
    """
    refused = _differs(results, earlier, any_code)
    if refused:
        return Reuse(0, refused)
    done = {
        result.id: result for result in earlier.results() if result.status is TrialState.SUCCESS
    }
    places = {entry.id: earlier.trial(entry) for entry in earlier.entries}
    count = 0
    for entry, result in zip(results.entries, results.results(), strict=True):
        if result.status is TrialState.PENDING and entry.id in done:
            origin = done[entry.id].reused_from or f"{earlier.name}/{done[entry.id].name}"
            trial = results.trial(entry)
            with surroundings(trial.path, "write"):
                trial.take_outputs(places[entry.id])
                taken = replace(
                    done[entry.id], name=entry.name, attempt=trial.attempt, reused_from=origin
                )
                trial.write_result(taken)
            count += 1
    return Reuse(count)


def _outputs(plan: Mapping[str, Any], config_dir: ConfigDir, output_dir: str) -> list[str]:
    """What is no part of the code: absolute paths."""
    read = plan.get("range_file", {}).get("files", [])
    return [os.path.abspath(path) for path in (*read, config_dir.path, output_dir)]


def _with_texts(config_dir: ConfigDir, entries: Collection[Entry]) -> Iterator[tuple[Entry, str]]:
    return ((entry, config_dir.config_text(entry)) for entry in entries)


def _named(asked: Collection[Entry], on_disk: Mapping[str, str]) -> Iterator[Entry]:
    """The configurations with the names that they have on disk, or new ones."""
    number = max((int(name.removeprefix("config_")) for name in on_disk.values()), default=0)
    for entry in asked:
        if entry.id in on_disk:
            yield replace(entry, name=on_disk[entry.id])
        else:
            number += 1
            yield replace(entry, name=name_of(number, number))


def _check_same(results: Results, plan: Mapping[str, Any], config_dir: ConfigDir) -> None:
    sweep: Mapping[str, Any] = results.sweep
    command, trees = plan["settings"]["command"], (plan["kconfig"], sweep["kconfig"])
    if command not in ("", sweep["command"]):
        raise _other("command", f"`{command}`", f"`{sweep['command']}`", config_dir)
    if trees[0]["digest"] != trees[1]["digest"]:
        here, there = (f"{tree['path']} {tree['digest'][:12]}" for tree in trees)
        raise _other("Kconfig tree", here, there, config_dir)


def _other(what: str, here: str, there: str, config_dir: ConfigDir) -> InputError:
    return InputError(
        f"this was generated for another {what} ({here}) than the sweep has ({there})",
        "start a new sweep for it; --reuse takes over what is known",
        Where(config_dir.path),
    )


def _differs(results: Results, earlier: Results, any_code: bool) -> str:
    ours: Mapping[str, Any] = results.sweep
    theirs: Mapping[str, Any] = earlier.sweep
    if ours.get("command") != theirs.get("command"):
        return f"{earlier.name} ran another command: {theirs.get('command')}"
    codes = [sweep.get("provenance", {}).get("code") for sweep in (ours, theirs)]
    if any_code or (codes[0] == codes[1] and codes[0] is not None):
        return ""
    if None in codes:
        return "whether the code is the same is only known in a git work tree (see --reuse-anyway)"
    return f"{earlier.name} ran other code (see --reuse-anyway)"

"""Before a sweep runs: laying it out, growing it, taking over results that are known."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

from ksweep import provenance
from ksweep.command import Template
from ksweep.errors import InputError, Where
from ksweep.model import Result, Settings, TrialState
from ksweep.provenance import Changes, Device, Provenance
from ksweep.settings import from_json, to_json
from ksweep.store import Document, Entry, Generated, Results, TrialDir, name_of, surroundings
from ksweep.sweep import programs
from ksweep.sweep.codes import inputs_of, other_code, own_files
from ksweep.sweep.growing import TAKEN
from ksweep.sweep.jobs import command_of, command_place
from ksweep.sweep.selection import check_names

_Text: TypeAlias = Callable[[], str]  # reads a configuration

_UNKNOWN = Changes(None, None)
_UNMADE = "/the results directory that is still to be made"
_FROM_PLAN = (
    "method",
    "seed",
    "range_file",
    "base",
    "kconfig",
    "lenient",
    "axes",
    "exports",
    "choices",
    "order",
    "counts",
    "rejections",
    "exclusions",
)


@dataclass(frozen=True, slots=True)
class Growth:
    """How a sweep changed: how many trials came, went, and stayed.

    Attributes:
        added: how many came.
        dropped: how many went.
        kept: how many stayed.
        before: its settings before.
        wanted: the settings of what it has grown by.
    """

    added: int
    dropped: int
    kept: int
    before: Settings = field(default=Settings(), compare=False)
    wanted: Settings = field(default=Settings(), compare=False)


@dataclass(frozen=True, slots=True)
class Reuse:
    """How many results were taken over.

    Attributes:
        count: how many.
        refused: why none could be; else empty.
        fitting: how many are there of the same configurations.
    """

    count: int
    refused: str = ""
    fitting: int = 0


def begin(
    generated: Generated,
    output_dir: str,
    settings: Settings,
    only: Sequence[str] = (),
    warm_start: Mapping[str, object] | None = None,
    gpus: Iterable[Device] = (),
    changes: Changes = _UNKNOWN,
) -> Results:
    """Lay out a new results directory for a generated sweep, in the current directory.

    Each configuration gets as many trials as the settings say.

    Args:
        generated: what is laid out.
        output_dir: where the directory goes.
        settings: as they hold for the run.
        only: what the run will be limited to: it is just checked, all trials are laid out.
        warm_start: what an earlier sweep teaches a search; see `taught`.
        gpus: of this machine.
        changes: how the code differs from its commit, to be kept.

    Raises:
        InputError: there is nothing to run it with, or a configuration is not what it should be.
        SurroundingsError: the directory cannot be written.
    """
    trials = [
        (trial, partial(generated.config_text, entry))
        for entry in generated.entries
        for trial in entry.repeats(settings.repeat)
    ]
    check_names(only, [trial for trial, _ in trials])
    where = command_place(generated.document, settings)
    template = command_of(settings, where)
    sweep = {
        **generated.document,
        "settings": to_json(settings),
        "command": settings.command,
        "command_where": str(where),
        "cwd": os.getcwd(),
        "warm_start": warm_start,
        "origin": asdict(provenance.here(os.path.join(output_dir, "sweep"))),
        "created_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "provenance": {
            **asdict(_provenance(generated, output_dir, template, gpus)),
            "diff": changes.note,
        },
    }
    programs.check_directory(sweep, settings)
    given = ((trial.name, text(), f"{_UNMADE}/{trial.directory}") for trial, text in trials)
    programs.check_programs(template, sweep, settings, given if trials else _any_trial(template))
    results = Results.create(output_dir, sweep, ((trial, text()) for trial, text in trials))
    if changes.diff is not None:
        results.write_diff(changes.diff)
    return results


def grow(results: Results, generated: Generated) -> Growth:
    """Let a sweep be what is generated now; the caller holds `results.lock()`.

    Trials are matched by identity and repeat: known ones keep their name and what they came to,
    new configurations are numbered after the highest. Trials no longer asked for stay on disk.
    Of a search that makes its configurations one by one, those that there are stay.

    Raises:
        InputError: it is of another command or Kconfig tree, or a configuration is not what it
            should be.
        SurroundingsError: the directories cannot be written.
    """
    plan = generated.document
    wanted = from_json(plan.get("settings"), _sweep_json(generated.place))
    _check_same(results, wanted, generated)
    ours = from_json(results.sweep.get("settings"), _sweep_json(results.path))
    if wanted.method.adaptive != ours.method.adaptive:
        raise _other("method", wanted.method, ours.method, generated)
    settings = _grown(ours, wanted)
    asked = _made(results) if wanted.method.adaptive else _numbered(results, generated)
    trials = [(one, text) for entry, text in asked for one in entry.repeats(settings.repeat)]
    known = {(entry.id, entry.repeat) for entry in results.entries}
    new = [(trial, text) for trial, text in trials if (trial.id, trial.repeat) not in known]
    for _, text in new:
        text()  # it can be read, before anything is written
    results.add((trial, text()) for trial, text in new)
    taken = {key: plan[key] for key in _FROM_PLAN if key in plan}
    sweep = {**results.sweep, **taken, "settings": to_json(settings)}
    results.update(sweep, [trial for trial, _ in trials])
    kept = len(trials) - len(new)
    return Growth(len(new), len(known) - kept, kept, ours, wanted)


def reuse(results: Results, earlier: Results, *, any_code: bool) -> Reuse:
    """Take over successes of an earlier sweep; the caller holds `results.lock()`.

    A result is taken for a trial without one, of the same identity and repeat (repeats are there
    to see noise), where command and code are equal; `any_code` leaves the code out.

    Raises:
        SurroundingsError: something cannot be read or written.
    """
    recorded = earlier.results()
    done = {
        (entry.id, entry.repeat): (earlier.trial(entry), result)
        for entry, result in zip(earlier.entries, recorded, strict=True)
        if result.status is TrialState.SUCCESS
    }
    fitting = [
        (entry, done[entry.id, entry.repeat])
        for entry, result in zip(results.entries, results.results(), strict=True)
        if result.status is TrialState.PENDING and (entry.id, entry.repeat) in done
    ]
    refused = _differs(results, earlier, recorded, any_code)
    if refused:
        return Reuse(0, refused, len(fitting))
    for entry, known in fitting:
        _take(results.trial(entry), entry.name, *known, earlier.name)
    return Reuse(len(fitting), fitting=len(fitting))


def _take(trial: TrialDir, name: str, origin: TrialDir, done: Result, sweep: str) -> None:
    taken_from = done.reused_from or f"{sweep}/{done.name}"
    with surroundings(trial.path, "write"):
        trial.take_outputs(origin)
        trial.write_result(replace(done, name=name, attempt=trial.attempt, reused_from=taken_from))


def _provenance(
    generated: Generated, output_dir: str, template: Template, gpus: Iterable[Device]
) -> Provenance:
    """Of the current directory; what was generated from, and outputs, are no part of its code."""
    cwd = os.getcwd()
    outputs = [os.path.abspath(path) for path in (generated.place, output_dir)]
    inputs = [*inputs_of(generated.document, cwd), *outputs]
    return provenance.collect(cwd, inputs, gpus, own_files(template, cwd))


def _any_trial(template: Template) -> list[tuple[str, str, str]]:
    """Stands for the trials that a search will make, as far as they start the same program."""
    same = all(isinstance(piece, str) for piece in template.words[0])
    return [("", "", _UNMADE)] if same else []


def _made(results: Results) -> Iterator[tuple[Entry, _Text]]:
    """The configurations that a sweep has, and how to read them."""
    first = (entry for entry in results.entries if entry.repeat == 1)
    return ((entry, results.trial(entry).config_text) for entry in first)


def _numbered(results: Results, generated: Generated) -> Iterator[tuple[Entry, _Text]]:
    """The generated configurations under the names of the sweep's, and how to read them."""
    on_disk = results.named_on_disk()
    number = max((int(name.removeprefix("config_")) for name in on_disk.values()), default=0)
    for entry in generated.entries:
        name = on_disk.get(entry.id)
        if name is None:
            number += 1
            name = name_of(number, number)
        yield replace(entry, base=name), partial(generated.config_text, entry)


def _grown(ours: Settings, wanted: Settings) -> Settings:
    """A sweep's settings with what a generation says about how much is run."""
    return replace(
        ours,
        **{name: getattr(wanted, name) for name in TAKEN},
        explicit=ours.explicit - TAKEN | wanted.explicit & TAKEN,
    )


def _check_same(results: Results, wanted: Settings, generated: Generated) -> None:
    ours = results.sweep.get("command")
    if wanted.command not in ("", ours):
        raise _other("command", f"`{wanted.command}`", f"`{ours}`", generated)
    here = _kconfig(generated.document, generated.place)
    there = _kconfig(results.sweep, results.path)
    if here["digest"] != there["digest"]:
        texts = [f"{tree['path']} {tree['digest'][:12]}" for tree in (here, there)]
        raise _other("Kconfig tree", texts[0], texts[1], generated)


def _kconfig(document: Document, path: str) -> Mapping[str, str]:
    tree = document.get("kconfig")
    keys = ("path", "digest")
    if isinstance(tree, Mapping) and all(isinstance(tree.get(key), str) for key in keys):
        return tree
    what = "`kconfig` is not a path and a digest"
    raise InputError(what, "restore the file as ksweep wrote it", _sweep_json(path))


def _sweep_json(path: str) -> Where:
    return Where(f"{path}/sweep.json")


def _other(what: str, here: str, there: str, generated: Generated) -> InputError:
    return InputError(
        f"this was generated for another {what} ({here}) than the sweep has ({there})",
        "start a new sweep for it; --reuse takes over what is known",
        Where(generated.place),
    )


def _differs(results: Results, earlier: Results, recorded: Iterable[Result], any_code: bool) -> str:
    ours: Mapping[str, Any] = results.sweep
    theirs: Mapping[str, Any] = earlier.sweep
    if ours.get("command") != theirs.get("command"):
        return f"it ran another command: {theirs.get('command')}"
    return "" if any_code else other_code(results, earlier, recorded)

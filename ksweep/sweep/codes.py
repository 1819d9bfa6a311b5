"""The code that a sweep runs: which it began with, which an earlier one ran, and what changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ksweep import provenance
from ksweep.command import Template
from ksweep.model import Result, Settings
from ksweep.provenance import Code
from ksweep.store import Results
from ksweep.sweep.jobs import command_of

_NAMES = 5
_INPUT = "changed after this sweep was generated from it, which goes on as it was"
_LATE_S = 1.0  # what a trial wrote last may be as much later than its record says


def inputs_of(document: Mapping[str, Any], cwd: str) -> list[str]:
    """The files that a generation read beside the code, as absolute paths.

    Args:
        document: what its `sweep.json` says.
        cwd: where it was made.
    """
    range_file, kconfig, base = (
        _mapping(document.get(name)) for name in ("range_file", "kconfig", "base")
    )
    read = [*_files(range_file), *_files(kconfig), *filter(None, [base.get("path")])]
    return [os.path.join(cwd, path) for path in read]


def own_files(template: Template, cwd: str) -> list[str]:
    """The files that a command names in so many words, as absolute paths."""
    words = (word[0] for word in template.words if len(word) == 1 and isinstance(word[0], str))
    pieces = (piece for word in words for piece in (word, word.rpartition("=")[2]))
    paths = (os.path.join(cwd, piece) for piece in pieces if piece)
    return list(dict.fromkeys(path for path in paths if os.path.isfile(path)))


def other_code(results: Results, earlier: Results, recorded: Iterable[Result]) -> str:
    """Which code an earlier sweep ran, where that was not the same; empty where it was.

    Args:
        results: the sweep that begins.
        earlier: the sweep before.
        recorded: what its trials came to.
    """
    ours, theirs = (code_in(sweep) for sweep in (results, earlier))
    if ours is None or theirs is None:
        return "whether the code is the same is not known; see --reuse-anyway"
    names = provenance.differing(os.getcwd(), theirs, ours, _time_of(earlier, recorded))
    if names == []:
        return ""
    which = f" (not the same: {_some(names)})" if names is not None else ""
    return f"it ran other code{which}; see --reuse-anyway"


def code_in(results: Results) -> Code | None:
    """The code that a sweep began with; None where `sweep.json` does not tell."""
    return Code.from_json(_mapping(results.sweep.get("provenance")))


def changes_since(
    results: Results, settings: Settings, recorded: Sequence[Result]
) -> tuple[str | None, list[str]]:
    """What is not as it was when a sweep began.

    Args:
        results: the sweep.
        settings: as they hold now.
        recorded: what its trials came to.

    Returns:
        The digest of the code that runs now, None where it is not known, and what there is to
        say, in sentences.
    """
    sweep: Mapping[str, Any] = results.sweep
    cwd = str(sweep.get("cwd", ""))
    said = [*_changed_inputs(sweep, cwd), *_changed_command(sweep, settings)]
    began = code_in(results)
    now = _code_now(results, settings, cwd)
    if began is None or now is None:
        return (now.digest if now is not None else None), said
    names = provenance.differing(cwd, began, now, _time_of(results, recorded))
    if names == []:
        return began.digest, said
    which = f": {_some(names)}" if names is not None else ""
    return now.digest, [*said, f"the code is not what this sweep began with{which}"]


def _code_now(results: Results, settings: Settings, cwd: str) -> Code | None:
    if not os.path.isdir(cwd):
        return None
    outputs = [results.path, os.path.dirname(results.path)]
    own = own_files(command_of(settings), cwd)
    return provenance.code_of(cwd, [*inputs_of(results.sweep, cwd), *outputs], own)


def _changed_inputs(sweep: Mapping[str, Any], cwd: str) -> Iterator[str]:
    """Which of the range files, the Kconfig tree and the base are not as they were read."""
    range_file, base = _mapping(sweep.get("range_file")), _mapping(sweep.get("base"))
    texts = {**_mapping(range_file.get("texts")), str(base.get("path")): base.get("text")}
    for path, text in texts.items():
        now = _text(os.path.join(cwd, path))
        if text is not None and now is not None and now != text.encode("utf-8", "replace"):
            yield f"{path} {_INPUT}"
    files = _mapping(_mapping(sweep.get("kconfig")).get("files"))
    read = {path: _text(os.path.join(cwd, path)) for path in files}
    changed = [p for p, now in read.items() if now and hashlib.sha256(now).hexdigest() != files[p]]
    if changed:
        yield f"{_some(changed)} {_INPUT}"


def _changed_command(sweep: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    if settings.command != sweep.get("command"):
        yield f"the command is not what this sweep began with: {sweep.get('command')}"


def _text(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def _time_of(sweep: Results, recorded: Iterable[Result]) -> tuple[float, float]:
    """From when to when trials of a sweep ran, in seconds since the epoch."""
    began = _seconds(str(sweep.sweep.get("created_at")))
    ends = [_seconds(result.finished_at) for result in recorded if result.finished_at]
    return began, max(ends, default=began) + _LATE_S


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def _some(names: Sequence[str]) -> str:
    """Some names, and how many there are more."""
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")


def _files(document: Mapping[str, Any]) -> list[str]:
    files = document.get("files")
    return [one for one in files if isinstance(one, str)] if isinstance(files, list | dict) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

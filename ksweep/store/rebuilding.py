"""A configuration's text again, after its `config.txt` is gone."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from ksweep.store.document import Entry
from ksweep.store.identity import is_text_of
from ksweep.store.trialdir import TrialDir
from ksweep.store.trouble import TrialDirError

_TRIED = 50  # neighbours; of numbers that are close, most parameters are the same


def config_text(
    entry: Entry, entries: Iterable[Entry], trial_of: Callable[[Entry], TrialDir]
) -> str | None:
    """What a trial's configuration was, made from that of another one and its own parameters.

    Its identity proves it: where more follows from the parameters than their own lines, another
    neighbour may do, or none does.

    Args:
        entry: of the trial.
        entries: of all trials.
        trial_of: what has the directory of each.

    Raises:
        SurroundingsError: the disk cannot be read.
    """
    alike = (other for other in entries if other.params.keys() == entry.params.keys())
    for other in heapq.nsmallest(_TRIED, alike, key=lambda one: abs(one.number - entry.number)):
        with suppress(TrialDirError):
            text = _rewritten(trial_of(other).config_text(), other, entry)
            if is_text_of(entry, text):
                return text
    return None


def _rewritten(text: str, other: Entry, entry: Entry) -> str:
    """The text of one configuration with the parameters of another."""
    for name, value in entry.params.items():
        if value != other.params[name]:
            line = rf"(?m)^(?:{re.escape(name)}=.*|# {re.escape(name)} is not set)$"
            text = re.sub(line, partial(_line, name, value), text)
    return text


def _line(name: str, value: str, found: re.Match[str]) -> str:
    """A parameter's line, of the type that the line in its place has."""
    before = found[0].removeprefix(f"{name}=")
    if before.startswith('"'):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    is_truth = found[0].startswith("#") or before in ("y", "m")
    return f"# {name} is not set" if is_truth and value == "n" else f"{name}={value}"

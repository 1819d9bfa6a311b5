"""`sweep.json`: reading it back, and what the store itself needs to know of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ksweep.errors import InputError, Where
from ksweep.store import atomic, record

NAME = "sweep.json"
VERSION = record.VERSION

_CONFIG = re.compile(r"config_[0-9]{3,}")
_ID = re.compile(r"[0-9a-f]{12}")

Document = dict[str, object]


class Kind(StrEnum):
    """What directory a `sweep.json` lies in."""

    PLAN = "plan"  # generated configurations, to be replaced at will
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Entry:
    """One trial of a sweep: its name (`config_017`), identity and active axes' values."""

    name: str
    id: str
    params: Mapping[str, str]

    @property
    def directory(self) -> str:
        return f"{self.name}_{self.id}"

    @property
    def number(self) -> int:
        return int(self.name.removeprefix("config_"))


def name_of(number: int, highest: int) -> str:
    """`config_017`: as many digits as `highest` needs, at least three."""
    return f"config_{number:0{max(3, len(str(highest)))}}"


def read(path: str, kind: Kind) -> Document | None:
    """The `sweep.json` in the directory `path`; None where there is none of this kind.

    Raises:
        InputError: a newer ksweep wrote it.
        SurroundingsError: it cannot be read.
    """
    file = f"{path}/{NAME}"
    try:
        document = json.loads(atomic.read(file) or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("kind") != kind:
        return None
    record.check_version(document, file)
    return document


def entries(document: Mapping[str, object], path: str) -> tuple[Entry, ...]:
    """The trials that a document in the directory `path` lists.

    Raises:
        InputError: the list is not what ksweep writes.
    """
    listed = document.get("configurations")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        listed = [None]
    found = tuple(_entry(item) for item in listed)
    good = tuple(entry for entry in found if entry is not None)
    if len(good) != len(found) or len({entry.name for entry in good}) != len(good):
        raise InputError(
            "`configurations` is not a list of different names, ids and params",
            "restore the file as ksweep wrote it",
            Where(f"{path}/{NAME}"),
        )
    return good


def listing(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """What `entries` reads back."""
    return [{"name": e.name, "id": e.id, "params": dict(e.params)} for e in entries]


def _entry(item: object) -> Entry | None:
    if not isinstance(item, Mapping):
        return None
    name, identity, params = item.get("name"), item.get("id"), item.get("params")
    if not (isinstance(name, str) and isinstance(identity, str) and isinstance(params, Mapping)):
        return None
    if not (_CONFIG.fullmatch(name) and _ID.fullmatch(identity)):
        return None
    if not all(isinstance(value, str) for value in params.values()):
        return None
    return Entry(name, identity, dict(params))

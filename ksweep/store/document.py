"""`sweep.json`: reading it back, and what the store itself needs to know of it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from sys import intern

from ksweep.errors import InputError, Where
from ksweep.store import atomic, record

NAME = "sweep.json"
COPY = ".sweep.json"  # beside that of results, of which nothing else could be made again
VERSION = record.VERSION
LISTED = "configurations"  # what `entries` are read from; very many

_LIMIT_BYTES = 1 << 30
_BASE = re.compile(r"config_[0-9]{3,}")
_TEXT = frozenset({str})
_ID = re.compile(r"[0-9a-f]{12}")

Document = dict[str, object]


class Kind(StrEnum):
    """What directory a `sweep.json` lies in."""

    PLAN = "plan"  # generated configurations, to be replaced at will
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Entry:
    """One trial of a sweep: its configuration's name, identity and active axes' values.

    `repeat` counts from 1. `text_id` is what its text alone makes its identity out to be, where
    that is another one; else it is empty.
    """

    base: str  # `config_017`, the same for every repeat
    id: str
    params: Mapping[str, str]
    repeat: int = 1
    text_id: str = ""

    @property
    def name(self) -> str:
        """`config_017`; from the second repeat on `config_017.r2`."""
        return self.base if self.repeat == 1 else f"{self.base}.r{self.repeat}"

    @property
    def directory(self) -> str:
        own = f"{self.base}_{self.id}"
        return own if self.repeat == 1 else f"{own}.r{self.repeat}"

    @property
    def well_formed(self) -> bool:
        """Whether name and identity are as ksweep makes them, so that they lead nowhere else."""
        return bool(_BASE.fullmatch(self.base) and _ID.fullmatch(self.id))

    @property
    def number(self) -> int:
        return int(self.base.removeprefix("config_"))

    def repeats(self, count: int) -> Iterator[Entry]:
        """The trials that run this configuration `count` times."""
        return (replace(self, repeat=repeat) for repeat in range(1, count + 1))


def name_of(number: int, highest: int) -> str:
    """`config_017`: as many digits as `highest` needs, at least three."""
    return f"config_{number:0{max(3, len(str(highest)))}}"


def read(path: str, kind: Kind) -> Document | None:
    """The `sweep.json` in the directory `path`; None where there is none of this kind.

    Of results, the copy is read where the file itself is damaged or missing.

    Raises:
        InputError: another ksweep wrote it.
        SurroundingsError: it cannot be read.
    """
    document = _read(path, NAME, kind)
    if document is None and kind is Kind.RESULTS:
        document = _read(path, COPY, kind)
    return document


def _read(path: str, name: str, kind: Kind) -> Document | None:
    found = content(f"{os.path.realpath(path)}/{name}") or b""
    document = atomic.parse(found, parse_constant=_finite, parse_float=_finite)
    if not isinstance(document, dict) or document.get("kind") != kind:
        return None
    record.check_version(document, f"{path}/{name}")
    return document


def content(file: str) -> bytes | None:
    """What a `sweep.json` or its copy has; None where there is no such file.

    Raises:
        SurroundingsError: it cannot be read.
    """
    return atomic.read(file, _LIMIT_BYTES)


def _finite(text: str) -> float:
    """A number that can be written again; ksweep writes no other."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def entries(document: Mapping[str, object], path: str) -> tuple[Entry, ...]:
    """The trials that a document in the directory `path` lists.

    Raises:
        InputError: the list is not what ksweep writes.
    """
    listed = document.get(LISTED)
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
    return [
        {"name": entry.name, "id": entry.id, "params": dict(entry.params), **_special(entry)}
        for entry in entries
    ]


def _special(entry: Entry) -> dict[str, object]:
    """What most entries do not need."""
    repeat = {"repeat": entry.repeat} if entry.repeat > 1 else {}
    return {**repeat, **({"text_id": entry.text_id} if entry.text_id else {})}


def _entry(item: object) -> Entry | None:
    if not isinstance(item, dict):
        return None
    name, identity, params = item.get("name"), item.get("id"), item.get("params")
    if not (isinstance(name, str) and isinstance(identity, str) and isinstance(params, dict)):
        return None
    repeat = item.get("repeat", 1)
    if type(repeat) is not int or repeat < 1:
        return None
    if not _TEXT.issuperset(map(type, params.values())):
        return None
    base = name if repeat == 1 else name.removesuffix(f".r{repeat}")
    text_id = item.get("text_id", "")
    if not (isinstance(text_id, str) and (text_id == "" or _ID.fullmatch(text_id))):
        return None
    entry = Entry(base, identity, _shared(params), repeat, text_id)
    return entry if entry.name == name and entry.well_formed else None


def _shared(params: dict[str, str]) -> dict[str, str]:
    """The same, with each value once in memory, however many configurations have it."""
    for name, value in params.items():
        params[name] = intern(value)
    return params

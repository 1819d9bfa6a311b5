"""What was recorded at any moment, and whether it still is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

LEDGER = "results.jsonl"


class Key(NamedTuple):
    name: str
    attempt: int


@dataclass
class Witness:
    """Reads with `json` alone, so that what is under test has no part in it.

    Attributes:
        seen: what each result said when it was first seen.
        changed: those that said something else later.
    """

    directory: Path
    seen: dict[Key, Any] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)

    def look(self) -> None:
        """Take in every whole record that there is now."""
        for record in (*logged(self.directory), *placed(self.directory)):
            said = {
                name: record[name] for name in ("status", "exit_code", "finished_at", "metrics")
            }
            if self.seen.setdefault(key_of(record), said) != said:
                self.changed.add(key_of(record))

    def lost(self) -> set[Key]:
        """What was recorded and is in no trial's directory any more."""
        return self.seen.keys() - {key_of(one) for one in placed(self.directory)}


def logged(directory: Path) -> list[dict[str, Any]]:
    """The whole lines of the ledger."""
    found = (parsed(line) for line in content(directory / LEDGER).split(b"\n"))
    return [record for record in found if record is not None]


def placed(directory: Path) -> Iterator[dict[str, Any]]:
    """The records in the trials' directories, of earlier attempts too."""
    for path in result_files(directory):
        record = parsed(content(path))
        if record is not None:
            yield record


def result_files(directory: Path) -> list[Path]:
    return [
        *directory.glob("config_*/result.json"),
        *directory.glob("config_*/attempt_*/result.json"),
        *directory.glob("config_*/.attempt/result.json"),
    ]


def key_of(record: dict[str, Any]) -> Key:
    return Key(record["name"], record["attempt"])


def parsed(text: bytes) -> dict[str, Any] | None:
    try:
        return dict(json.loads(text.strip(b"\0")))
    except ValueError:
        return None


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""

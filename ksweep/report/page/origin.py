"""Where a sweep comes from, as its `sweep.json` tells: titled tables and texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ksweep import settings as settings_
from ksweep.model import Settings

_PLACE = (
    ("Command", "command"),
    ("Working directory", "cwd"),
    ("Started", "created_at"),
    ("Method", "method"),
    ("Seed", "seed"),
)
_MACHINE = (
    ("Host", "host"),
    ("Platform", "platform"),
    ("Processor", "cpu"),
    ("Cores", "cores"),
    ("Memory (MB)", "memory_mb"),
)
_CODE = (
    ("Commit", "commit"),
    ("Differs from the commit", "dirty"),
    ("Digest of the code", "code"),
    ("Note", "diff"),
)
_NO_COMMIT = tuple(pair for pair in _CODE if pair[1] != "dirty")  # which would be "no"
_YES_NO = {True: "yes", False: "no"}


def origin(sweep: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """`tables` of names and values, and `texts` of the range file and what it includes.

    Whatever is not as ksweep writes it is left out.
    """
    provenance = _mapping(sweep.get("provenance"))
    held = settings_.to_json(settings)
    tables = (
        ("Sweep", _rows(sweep, _PLACE)),
        (
            "Settings",
            [(name, _text(held[name])) for name in sorted(settings.explicit & held.keys())],
        ),
        ("Machine", [*_rows(provenance, _MACHINE), *_gpus(provenance)]),
        ("Code", _rows(provenance, _CODE if provenance.get("commit") else _NO_COMMIT)),
        ("Versions", _all(provenance.get("versions"))),
        ("Environment", _all(provenance.get("environment"))),
    )
    range_file = _mapping(sweep.get("range_file"))
    return {
        "tables": [{"title": title, "rows": rows} for title, rows in tables if rows],
        "texts": [{"title": t, "text": text} for t, text in _all(range_file.get("texts"))],
    }


def _rows(document: Mapping[str, Any], named: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    found = ((label, document.get(key)) for label, key in named)
    return [(label, _text(value)) for label, value in found if value not in (None, "")]


def _gpus(provenance: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    gpus = provenance.get("gpus")
    for number, gpu in enumerate(gpus if isinstance(gpus, list) else []):
        told = ", ".join(_text(value) for value in _mapping(gpu).values() if value is not None)
        yield f"GPU {number}", told


def _all(document: object) -> list[tuple[str, str]]:
    return [(str(key), _text(value)) for key, value in _mapping(document).items()]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return _YES_NO[value]
    return value if isinstance(value, str) else json.dumps(value)

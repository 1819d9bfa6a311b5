"""What a reading process and its owner say to each other: lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

LIMIT_BYTES = 1 << 18  # taken from a socket at once


def line(message: list[Any]) -> bytes:
    """One message. Numbers that are not finite are written as Python reads them."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


class Lines:
    """Puts what comes in pieces together again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def take(self, data: bytes) -> Iterator[list[Any]]:
        """The messages that are whole now."""
        *whole, rest = data.split(b"\n")
        if whole:
            whole[0] = b"".join(self._pieces) + whole[0]
            self._pieces = []
        self._pieces.append(rest)
        return map(json.loads, whole)

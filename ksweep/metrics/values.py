"""What counts as a number, in JSON and in text, and what as the name of a metric."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

LONGEST_NAME = 1000  # characters
LARGEST_STEP = 2**63
"""Whatever counts steps counts no further; and all that can be made of them stays a number."""


def parse_json(text: str | bytes) -> object:
    """The document, or None where it is broken, or nested beyond reason."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def number(value: object) -> float | None:
    """A JSON number as a float; None for all else, also for true and false."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # an int without bounds
        return math.inf if value > 0 else -math.inf


def step_number(value: object) -> float | None:
    """A step: a JSON number of at most `LARGEST_STEP` either way, kept an int where it is one."""
    found = number(value)
    if found is None or not abs(found) <= LARGEST_STEP:
        return None
    return value if isinstance(value, int) else found


def text_number(text: str | None) -> float | None:
    """The number that a text is, `%` allowed."""
    if text is None or "_" in text:  # which `float` takes as Python's grammar does
        return None
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        return None


def named(document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The entries whose names can be printed, and so written down, and are no whole texts."""
    return (
        (name, value)
        for name, value in document.items()
        if 0 < len(name) <= LONGEST_NAME and name.isprintable()
    )

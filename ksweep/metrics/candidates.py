"""What a log calls its numbers, where none has the name that is asked for."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable

from ksweep.metrics.files import open_regular

_PART_BYTES = 64 << 10  # of the beginning of a log, and of its end
_SHOWN = 3
_NAMED_NUMBER = re.compile(r"(?<![\w./@-])([^\W\d][\w./-]{0,59})[\"']?\s*[=:]\s*[\"']?[-+]?\.?\d")


def lookalikes(name: str, known: Iterable[str]) -> list[str]:
    """The names that somebody who wrote `name` may have meant, the nearest first."""
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=_SHOWN, cutoff=0.6)
    return [by_lower[lower] for lower in near]


def named_numbers(log_path: str) -> list[str]:
    """The names before numbers in the beginning and the end of a log, in their order."""
    opened = open_regular(log_path)
    if opened is None:
        return []
    descriptor, size = opened
    try:
        data = os.pread(descriptor, _PART_BYTES, 0)
        data += b"\n" + os.pread(descriptor, _PART_BYTES, max(size - _PART_BYTES, len(data)))
    except OSError:
        return []
    finally:
        os.close(descriptor)
    found = _NAMED_NUMBER.findall(data.decode("utf-8", "replace"))
    return list(dict.fromkeys(found))

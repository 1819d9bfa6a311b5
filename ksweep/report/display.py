"""Values as people read them, and text of others made harmless to a terminal."""

from __future__ import annotations

import json
import math
import re
import unicodedata

# Cc: control; Cf: format, such as the marks that turn the writing direction; Cs: surrogates;
# Zl, Zp: line and paragraph separators.
_GARBLING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)

_TITLES = {
    "test_acc": "Test Accuracy",
    "final_sparsity": "Final Sparsity",
    "total_time": "Training Time",
}
_SHORT_TITLES = {"test_acc": "Test Acc", "final_sparsity": "Sparsity", "total_time": "Time"}


def plain(text: str) -> str:
    r"""One line that no terminal obeys: what garbles is shown as `\x1b` say, a tab is a space."""
    return _shown(text.replace("\t", " "))


def cell(text: str) -> str:
    """A text that a spreadsheet program takes for what it is, and no terminal obeys.

    It evaluates what begins like a formula, which may start programs: an apostrophe before it says
    that it is text. What garbles is shown as in `plain`, but for lines and tabs.
    """
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return text if text.isprintable() else _shown(text, "\t\r\n")


def _shown(text: str, kept: str = "") -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode("ascii")
        if unicodedata.category(c) in _GARBLING and c not in kept
        else c
        for c in text
    )


def json_escaped(line: str) -> str:
    """A line of a JSON document that means the same, with what garbles a terminal escaped."""
    if line.isascii():
        return line
    return "".join(json.dumps(c)[1:-1] if unicodedata.category(c) in _GARBLING else c for c in line)


def shortened(text: str, width: int) -> str:
    """At most `width` characters, the cut shown by `...`."""
    return text if len(text) <= width else text[: max(width - 3, 0)] + "..."


def figure(value: float) -> str:
    """A measured value with the digits that say something: five of them, more before the point."""
    if not math.isfinite(value):
        return str(float(value))
    size = abs(value)
    if value == int(value) and size < 1e15:
        return str(int(value))
    if 1e4 <= size < 1e15:
        return f"{value:.1f}"
    return f"{value:.5g}"


def metric_value(name: str, value: float, largest: float | None = None) -> str:
    """A metric's or resource's value with its unit, where it has a known one.

    An accuracy is a percentage where it goes beyond 1, else a share.

    Args:
        name: as in the summary.
        value: what to show; maybe a difference or a spread.
        largest: of the values that it belongs to; None for the value itself.
    """
    if not math.isfinite(value):
        return figure(value)
    if name == "test_acc":
        share = abs(value if largest is None else largest) <= 1
        return figure(value) if share else f"{value:.2f}%"
    if name == "final_sparsity":
        return f"{100 * value:.1f}%"
    return seconds_figure(value) if name == "total_time" else figure(value)


def spread_value(name: str, value: float, mean: float) -> str:
    """How far a metric or resource spreads: two digits say it, where it has no unit of its own."""
    unit = name in _TITLES and (name != "test_acc" or abs(mean) > 1)
    return metric_value(name, value if unit else float(f"{value:.2g}"), mean)


def seconds_figure(seconds: float) -> str:
    """`1842.3s`; three digits below a second."""
    return f"{seconds:.1f}s" if seconds >= 1 else f"{seconds:.3g}s"


def labelled(name: str, value: float) -> str:
    """`Test Accuracy: 88.51%`."""
    return f"{_TITLES.get(name, plain(name))}: {metric_value(name, value)}"


def briefly_labelled(name: str, value: float) -> str:
    """`Test Acc: 88.51%`."""
    return f"{_SHORT_TITLES.get(name, plain(name))}: {metric_value(name, value)}"


def duration(seconds: float) -> str:
    """A time that nobody needs to the millisecond: `7s`, `3m 20s`, `5h 07m`, `2d 03h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 86400}d {whole % 86400 // 3600:02}h"


def counted(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"

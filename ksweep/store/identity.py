"""A configuration's text and its identity: whether the one is what the other says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from ksweep import number
from ksweep.model import Configuration, SymbolType
from ksweep.store.document import Entry

_LINE = re.compile(r"(?m)^(?:CONFIG_([^\s=]+)=(.*)|# CONFIG_(\S+) is not set\r?)$")
_ESCAPED = re.compile(r"\\(.)")


def entry_of(name: str, configuration: Configuration) -> Entry:
    """The entry of a configuration, by which its text is known again."""
    apparent = _apparent(configuration.text)
    text_id = apparent if apparent != configuration.id else ""
    return Entry(name, configuration.id, configuration.params, text_id=text_id)


def is_text_of(entry: Entry, text: str) -> bool:
    """Whether a text is the configuration that an entry names."""
    return _apparent(text) == (entry.text_id or entry.id)


def _apparent(text: str) -> str:
    """The identity of a configuration by its text alone.

    A text does not say that `10` is hexadecimal, which Kconfig allows in defaults.
    """
    lines = "".join(sorted(_lines(text)))  # their names differ: that is bytewise as well
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _lines(text: str) -> Iterator[str]:
    for name, value, unset in _LINE.findall(text):
        if not (name or unset).startswith("SWEEP_"):
            yield f"{name}={_value(value)}\n" if name else f"{unset}=n\n"


def _value(text: str) -> str:
    bare = text.rstrip("\r")
    if bare in ("y", "m"):  # most values of a large tree
        return bare
    if bare.startswith('"'):
        return _ESCAPED.sub(r"\1", bare[1:-1])
    kind = SymbolType.HEX if bare[:2] in ("0x", "0X") else SymbolType.INT
    return number.identity_value(bare, kind)

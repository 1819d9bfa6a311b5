"""The HTML file: the parts that lie beside this module, put together with the values."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ksweep.report.page.values import Document

_SCRIPTS = (
    "dom.js", "format.js", "sweep.js", "scale.js", "chart.js", "tooltip.js",
    "trial.js", "summary.js", "convergence.js", "importance.js", "repeats.js", "parameters.js",
    "brush.js", "parallel.js", "heatmap.js", "front.js", "curves.js", "filter.js",
    "table.js", "next.js", "origin.js", "live.js", "main.js",
)  # fmt: skip
_PACKED_FROM = 2 << 20  # characters of JSON
_SLOT = re.compile(r"\{\{(\w+)\}\}")


def page(document: Document) -> str:
    """A file that needs nothing else, not even a network."""
    text = as_json(document)
    kind = "application/json"
    if len(text) > _PACKED_FROM:
        packed = gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)
        text, kind = base64.b64encode(packed).decode("ascii"), "application/gzip"
    return _filled(document["name"], text, kind, "connect-src 'none'")


def live_page(name: str) -> str:
    """The same without values: it asks where it came from for them, again and again."""
    return _filled(name, "", "application/json", "connect-src 'self'")


def as_json(document: Mapping[str, object]) -> str:
    """JSON in ASCII that may stand inside an HTML element, whatever the texts in it are."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _filled(name: str, data: str, kind: str, connecting: str) -> str:
    style, script = _part("page.css"), _script()
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        f"img-src data:; {connecting}; base-uri 'none'; form-action 'none'"
    )
    slots = {
        "policy": policy,
        "title": html.escape(f"{name} - ksweep"),
        "style": style,
        "kind": kind,
        "data": data,
        "script": script,
    }
    return _SLOT.sub(lambda match: slots[match[1]], _part("page.html"))


@cache
def _script() -> str:
    """The scripts as one, which leaves no name behind."""
    return "(() => {\n" + '"use strict";\n' + "\n".join(map(_part, _SCRIPTS)) + "})();\n"


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    """What the policy knows an inline script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")

"""What the targets read, and where they read it: a folder in memory, a Kconfig, a sweep."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ksweep import settings
from ksweep.model import Settings
from ksweep.store import Entry

SEPARATOR = b"\n%%\n"
ENTRIES = (
    Entry("config_001", "000000000001", {"CONFIG_I": "1", "CONFIG_B": "y"}),
    Entry("config_002", "000000000002", {"CONFIG_I": "2"}),
)
KCONFIG = """\
config MODULES
	bool "modules"
	default y
	modules
config B
	bool "b"
config UNDER_B
	bool "under b"
	depends on B
config T
	tristate "t"
config I
	int "i"
	range 0 1000
config J
	int "j"
	default 7
config BELOW_I
	int "below i"
	range 0 I
	depends on B
config H
	hex "h"
	range 0x0 0xffff
config S
	string "s"
config R
	string "r"
	default "resnet18"
config DERIVED
	bool
	default y if S = "x"
choice
	prompt "optimizer"
config OPT_SGD
	bool "sgd"
config OPT_ADAM
	bool "adam"
config OPT_LION
	bool "lion"
	depends on B
endchoice
"""
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where files cost little; the system's own place for what is temporary where there is none."""

FOLDER = Path(tempfile.mkdtemp(prefix="ksweep-fuzz-", dir=os.environ.get("TMPDIR") or MEMORY))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def parts(data: bytes, count: int) -> list[bytes]:
    """The files in the data, empty ones at the end where there are fewer than `count`."""
    found = data.split(SEPARATOR, count - 1)
    return found + [b""] * (count - len(found))


def laid_out(name: str, files: Mapping[str, bytes]) -> Path:
    """A folder with a Kconfig and these files; an empty one is not there."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "Kconfig").write_text(KCONFIG)
    for file, content in files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        if content:
            (folder / file).write_bytes(content)
    return folder


def sweep_document() -> dict[str, object]:
    """A `sweep.json` of two trials."""
    return {
        "version": 1,
        "kind": "results",
        "method": "grid",
        "settings": settings.to_json(Settings(command="true", metric="loss")),
        "command": "true",
        "cwd": "/",
        "axes": [
            {"symbols": ["I"], "kind": "single", "values": "1|2", "where": "range:1"},
            {"symbols": ["B"], "kind": "single", "values": "y|n", "where": "range:2"},
        ],
        "configurations": [
            {"name": entry.name, "id": entry.id, "params": dict(entry.params)} for entry in ENTRIES
        ],
    }


def search_document() -> dict[str, object]:
    """A `sweep.json` of a search, but for the digest of its Kconfig tree."""
    text = 'CONFIG_I=1|2\nCONFIG_S=uniform(0, 1)\nrsource "common-range"\n'
    return {
        **sweep_document(),
        "method": "tpe",
        "cwd": ".",
        "lenient": False,
        "range_file": {
            "path": "range",
            "files": ["range", "common-range"],
            "texts": {"range": text, "common-range": "CONFIG_B=y\n"},
        },
        "base": {"path": ".config", "text": 'CONFIG_R="x"\n'},
        "kconfig": {"path": "Kconfig", "digest": ""},
    }

"""The golden cases: one folder under `tests/golden` each, read by this file alone.

A case has

- `Kconfig` and `range` (and whatever they include);
- `base`, if there is a `.config`;
- `env`, lines `NAME=value` for the environment;
- `options`, lines out of `lenient`, `no-rejects`, `limit N`;
- `no-c`, the reason why C cannot judge the case, if it cannot; `6.12: reason` for one version.

and in `expected/` either `error` or `configurations`:

- `error`: texts that the error must contain, one a line;
- `configurations`: a line a configuration, `config_001 A=1 B="two words"`: its active parameters
  in order, values with spaces as JSON;
- `lines`: lines `config_001 CONFIG_A=1` that its file must have, `config_001 !CONFIG_A` for a
  symbol that has no line in it;
- `rejected`: a line a rejection, `A=1 B=2: text, text`: its assignment has these values and its
  reason these texts;
- `warnings`: texts, one line a warning: no other warning is allowed;
- `counts`: lines out of `combinations N`, `collapsed N`, `rejected N`, `excluded N`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ksweep import rangefile
from ksweep.space import Space

FOLDER = Path(__file__).resolve().parent.parent / "golden"
_PARAM = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


@dataclass(frozen=True)
class Case:
    """One golden folder."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def lines(self, name: str) -> list[str]:
        """The lines of one of the case's files that are not blank; none where there is no file."""
        path = self.path / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [line for line in text.splitlines() if line.strip()]

    @property
    def is_error(self) -> bool:
        return (self.path / "expected" / "error").exists()

    @property
    def env(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.lines("env"))

    @property
    def limit(self) -> int | None:
        limits = [line.split()[1] for line in self.lines("options") if line.startswith("limit")]
        return int(limits[0]) if limits else None

    def no_c(self, version: str) -> str | None:
        """Why that version of C's conf cannot judge the case; None where it can."""
        for line in self.lines("no-c"):
            only, colon, reason = line.partition(": ")
            if not colon or only == version:
                return reason or line
        return None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """In the case's folder with its environment, as somebody who works there."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.path)
            for name in [name for name in os.environ if name in ("srctree", "KCONFIG_CONFIG")]:
                patch.delenv(name)
            for name, value in self.env.items():
                patch.setenv(name, value)
            yield

    def open(self) -> Space:
        """The case's space; call it where the case is `entered`."""
        options = self.lines("options")
        base = Path("base")
        return Space(
            rangefile.read(Path("range"), Path()),
            Path("Kconfig"),
            base if base.exists() else None,
            lenient="lenient" in options,
            rejects="no-rejects" not in options,
        )


def params(text: str) -> list[tuple[str, str]]:
    """`A=1 B="two words"` as `CONFIG_` names and texts, in order."""
    return [
        (f"CONFIG_{name}", json.loads(value) if value.startswith('"') else value)
        for name, value in _PARAM.findall(text)
    ]


def cases() -> list[Case]:
    """Every golden case, by name."""
    return [Case(path.parent) for path in sorted(FOLDER.glob("*/range"))]

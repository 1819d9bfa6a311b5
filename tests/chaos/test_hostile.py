"""The short form of the hostile results directories; `make chaos` has all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chaos import hostile
from chaos.figures import Lines

# By the name that is replaced, by what, and the verb: what has done harm, or could by its kind.
CASES = [
    (".lock", "a link to a file", "resume --only config_001"),
    (".lock", "a hard link", "resume --only config_001"),
    (".lock", "a pipe", "watch"),
    (".lock.optuna", "a link to a file", "export optuna"),
    ("optuna.journal", "a link to a file", "export optuna"),
    ("results.jsonl", "a link to a file", "resume --only config_001"),
    ("results.jsonl", "a hard link", "resume --only config_001"),
    ("results.jsonl", "a link to a device", "status"),
    ("results.jsonl", "a sparse file of 1 TiB", "analyze"),
    ("results.jsonl", "wide JSON", "leaderboard --json"),
    ("plots", "a link to a directory", "report"),
    ("report.html", "a link to a file", "report"),
    ("sweep_results.csv.ksweep-new", "a link to a file", "analyze"),
    ("sweep.json", "a pipe", "status"),
    ("sweep.json", "wide JSON", "report"),
    ("config_001", "a link to a directory", "resume --only config_001"),
    ("config_002", "a link to a directory", "resume --retry failed --set RETRIES=0"),
    ("config_003", "a link to a directory", "run --reuse latest --reuse-anyway"),
    ("config_001/output.log", "a link to a device", "report"),
    ("config_001/result.json", "deep JSON", "leaderboard --json"),
    ("config_001/attempt_1", "a link to a directory", "resume --only config_001"),
    ("config_001/.attempt", "a link to a directory", "resume --only config_001"),
    ("config_001/config.copy", "a link to a file", "resume --only config_001"),
]


def test_nothing_outside_is_touched_and_nothing_hangs(
    tmp_path: Path, tell: Callable[[Lines], None]
) -> None:
    found = hostile.run(tmp_path.resolve(), CASES)
    tell(found)
    assert not found.wrong, "\n".join(found.lines())
    assert found.runs == len(CASES)


def test_the_harness_sees_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As every open file would do that follows links."""
    monkeypatch.setattr(hostile, "_be_the_command", _follow)
    found = hostile.run(tmp_path.resolve(), [(".lock", "a link to a file", "status")])
    assert [text.partition("left")[0] for text in found.wrong] == [
        ".lock is a link to a file: status: "
    ]


def _follow(cwd: Path, said: Path, verb: list[str]) -> None:
    said.touch()
    (cwd / "test_matrix_results/latest/.lock").write_text("harm")
    os._exit(0)

"""What a trial program imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ksweep import client

CONFIG = """\
# A comment
CONFIG_FAST=y
# CONFIG_SLOW is not set
CONFIG_MODULE=m
CONFIG_SIZE=-7
CONFIG_MASK=0xFF
CONFIG_LR="1e-3"
CONFIG_TEXT="a \\"b\\" \\\\ # c"
CONFIG_EMPTY=""
"""


def test_values_have_the_types_of_their_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("KCONFIG_CONFIG", str(tmp_path / "config"))
    assert client.config() == {
        "FAST": True,
        "SLOW": False,
        "MODULE": "m",
        "SIZE": -7,
        "MASK": 255,
        "LR": "1e-3",
        "TEXT": 'a "b" \\ # c',
        "EMPTY": "",
    }
    assert client.read_config(CONFIG)["TEXT"] == 'a "b" \\ # c'


def test_outside_a_trial_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KCONFIG_CONFIG", raising=False)
    with pytest.raises(RuntimeError, match="to try it alone"):
        client.config()


def test_reports_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    client.report(step=3, test_acc=88.1, note="two\nlines")
    assert (
        capsys.readouterr().out == 'KSWEEP {"step": 3, "test_acc": 88.1, "note": "two\\nlines"}\n'
    )


def test_importing_it_costs_next_to_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import ksweep.client"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if "ksweep" in line]
    assert sum(int(line.split(":")[1].split("|")[0]) for line in lines) < 20_000
    assert "pandas" not in done.stderr

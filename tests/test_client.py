"""What a trial program imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ksweep import client

CLIENT = str(Path(client.__file__).parent / "pythonpath")
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


def alone(*flags: str) -> subprocess.CompletedProcess[str]:
    """What a Python without ksweep says that has the client's directory in its path."""
    script = (
        "import ksweep.client as client, pkgutil, ksweep; print(client.config()['FAST'])\n"
        "print([module.name for module in pkgutil.iter_modules(ksweep.__path__)])"
    )
    return subprocess.run(
        [sys._base_executable, "-s", *flags, "-c", script],  # type: ignore[attr-defined]
        env={"PYTHONPATH": CLIENT, "KCONFIG_CONFIG": "config"},
        capture_output=True,
        text=True,
    )


def test_any_python_imports_it_without_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text(CONFIG)
    done = alone("-S")
    assert done.stdout == "True\n['client']\n", done.stderr


def test_an_installed_ksweep_is_not_hidden_by_it() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import ksweep.client; print(ksweep.__file__)"],
        env={"PYTHONPATH": CLIENT},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{Path(client.__file__).parent / '__init__.py'}\n"


def test_python_3_8_can_read_it() -> None:
    source = Path(client.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 8))
    later = {"removeprefix", "removesuffix"}
    assert not later & {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


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

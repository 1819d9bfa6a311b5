"""The doors into kconfiglib's own tools."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ksweep.errors import InputError, SurroundingsError
from ksweep.kconfig import tools

KCONFIG = 'config A\n\tbool "A"\n\tdefault y\nconfig N\n\tint "N"\n\tdefault 3\n'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KCONFIG_CONFIG", raising=False)
    (tmp_path / "Kconfig").write_text(KCONFIG)
    return tmp_path


def values(path: str = ".config") -> list[str]:
    return [line for line in Path(path).read_text().splitlines() if line.startswith("CONFIG_")]


def test_olddefconfig_adds_defaults_and_leaves_an_equal_file_alone(project: Path) -> None:
    Path(".config").write_text("CONFIG_N=5\n")
    tools.olddefconfig("Kconfig")
    assert values() == ["CONFIG_A=y", "CONFIG_N=5"]
    before = Path(".config").stat().st_mtime_ns
    assert "No change" in tools.olddefconfig("Kconfig")
    assert Path(".config").stat().st_mtime_ns == before


def test_defconfig_from_a_file_and_from_defaults(project: Path) -> None:
    Path("x_defconfig").write_text("CONFIG_N=9\n")
    tools.defconfig("Kconfig", Path("x_defconfig"))
    assert values() == ["CONFIG_A=y", "CONFIG_N=9"]
    tools.defconfig("Kconfig", None)
    assert values() == ["CONFIG_A=y", "CONFIG_N=3"]
    with pytest.raises(InputError, match="nope: no such defconfig; `make list-defconfigs`"):
        tools.defconfig("Kconfig", Path("nope"))


def test_savedefconfig_writes_what_differs(project: Path) -> None:
    Path(".config").write_text("CONFIG_A=y\nCONFIG_N=5\n")
    tools.savedefconfig("Kconfig", Path("defconfig"))
    assert values("defconfig") == ["CONFIG_N=5"]
    with pytest.raises(SurroundingsError, match="nowhere/defconfig: cannot write"):
        tools.savedefconfig("Kconfig", Path("nowhere/defconfig"))


def test_oldconfig_asks_for_what_is_new(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".config").write_text("CONFIG_A=y\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("7\n"))
    tools.oldconfig("Kconfig")
    assert values() == ["CONFIG_A=y", "CONFIG_N=7"]
    Path(".config").unlink()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(InputError, match="standard input has ended; use `make olddefconfig`"):
        tools.oldconfig("Kconfig")


def test_menuconfig_needs_a_terminal(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(InputError, match="menuconfig needs a terminal; use `make olddefconfig`"):
        tools.menuconfig("Kconfig")


def test_a_configuration_that_is_not_utf8_is_an_error(project: Path) -> None:
    Path(".config").write_bytes(b'CONFIG_N="\xff"\n')
    with pytest.raises(InputError, match=r"\.config: cannot read the configuration: "):
        tools.olddefconfig("Kconfig")

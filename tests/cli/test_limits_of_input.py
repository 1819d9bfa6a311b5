"""What no program could be given, and what the command needs to start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Ksweep
from ksweep.cli import entry

LONG = "a" * 1_000_000
KCONFIG = 'config S\n\tstring "s"\nconfig N\n\tint "n"\n'


def lay_out(project: Path, lines: str, command: str = "true") -> None:
    (project / "Kconfig").write_text(KCONFIG)
    (project / "range").write_text(f'CONFIG_SWEEP_COMMAND="{command}"\nCONFIG_N=1|2\n{lines}')


def test_a_value_that_is_too_long_is_named_with_its_line(project: Path, ksweep: Ksweep) -> None:
    for lines in (f'CONFIG_S="{LONG}"\n', f"CONFIG_S=x|{LONG}\n"):
        lay_out(project, lines)
        for verb in ("show", "generate", "sweep"):
            done = ksweep(verb, "range")
            assert done.returncode == 2
            assert done.stderr.startswith("range:3: CONFIG_S has a value of 1,000,000 characters; ")
            assert not (project / "sweep_configs").exists()


def test_a_value_of_the_base_counts_where_the_program_is_given_it(
    project: Path, ksweep: Ksweep
) -> None:
    (project / ".config").write_text(f'CONFIG_S="{LONG}"\n')
    lay_out(project, "", "true {S}")
    done = ksweep("sweep", "range")
    assert done.returncode == 2
    assert done.stderr.startswith("config_001: CONFIG_S has 1,000,009 bytes, and a program can be ")
    assert not (project / "sweep_configs").exists()
    lay_out(project, "")
    assert ksweep("sweep", "range").returncode == 0


def test_values_that_are_too_long_together(project: Path, ksweep: Ksweep) -> None:
    names = [f"S{number}" for number in range(12)]
    lay_out(project, "".join(f'CONFIG_{name}="{LONG[:100_000]}"\n' for name in names))
    (project / "Kconfig").write_text(
        KCONFIG + "".join(f'config {name}\n\tstring "s"\n' for name in names)
    )
    done = ksweep("generate", "range")
    assert done.returncode == 2
    assert done.stderr.startswith("config_001: the symbols for the program have 1,200,")


def test_no_shell_on_the_command_line(project: Path, ksweep: Ksweep) -> None:
    lay_out(project, "")
    with (project / "Kconfig").open("a") as file:
        file.write("x := $(shell,touch mark)\n")
    for verb in (
        ["show", "range"],
        ["generate", "range"],
        ["sweep", "range"],
        ["config", "olddefconfig"],
    ):
        done = ksweep(*verb, "--no-shell")
        assert done.returncode == 2
        assert done.stderr.startswith("Kconfig:5: $(shell,touch mark) would run a program; ")
    assert not (project / "mark").exists()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_closed_stream_is_no_error(project: Path, ksweep: Ksweep, closed: str) -> None:
    assert ksweep("sweep", "range").returncode == 0
    command = f"{sys.executable} -m ksweep leaderboard {closed}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    shown = (
        "ranked by score (highest)",
        "3 columns more: --columns all (cpu_s, read_mb, write_mb)",
    )
    assert done.stderr.splitlines() in ([], list(shown))


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (MemoryError(), 3, "ksweep: there is too little memory; free some, or raise `ulimit -v`\n"),
        (
            RecursionError("deep"),
            2,
            "ksweep: the input is nested too deeply; simplify it, or raise ",
        ),
        (ImportError("no\nmore " * 99), 3, "ksweep: a library cannot be loaded: no more no more "),
    ],
)
def test_what_is_no_fault_of_the_command(
    error: Exception,
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_argv: object) -> int:
        raise error

    monkeypatch.setattr(entry, "_answer", fail)
    assert entry.main(["show"]) == code
    said = capsys.readouterr().err
    assert said.startswith(told)
    assert said.count("\n") == 1

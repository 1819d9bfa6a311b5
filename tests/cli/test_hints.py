"""Hints that can be typed as they stand, and mistakes that are told in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Ksweep
from ksweep.cli import calling


def test_a_hint_names_python_where_that_was_called(ksweep: Ksweep) -> None:
    done = ksweep("sweep", "range", "--max-runs", "1")
    last = done.stderr.splitlines()[-1]
    assert f"resume with: {sys.executable} -m ksweep resume test_matrix_results/sweep_" in last


@pytest.mark.parametrize(
    ("made_by", "path", "expected"),
    [
        ("", "{bin}/ksweep", "ksweep resume --trust 'a b'"),
        ("", "elsewhere/ksweep", "elsewhere/ksweep resume --trust 'a b'"),
        ("", "scripts/run_test_matrix.py", "scripts/run_test_matrix.py --trust --resume 'a b'"),
        ("make", "{bin}/ksweep", "make sweep-resume RESULTS='a b' ARGS=--trust"),
    ],
)
def test_a_hint_is_as_the_command_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_by: str, path: str, expected: str
) -> None:
    (tmp_path / "ksweep").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [path.format(bin=tmp_path)])
    monkeypatch.setenv(calling.MAKE, made_by)
    calling.note()
    assert calling.command("resume", "a b", "--trust") == expected
    assert calling.MAKE not in os.environ
    calling.note()


def test_a_program_as_range_file_is_told_in_one_line(project: Path, ksweep: Ksweep) -> None:
    programs = {
        "train.sh": "#!/bin/sh\nset -e\nfor x in 1 2; do\n  echo $x\ndone\n",
        "train.py": "import sys\n\nlr = float(sys.argv[1])\nprint(lr)\n",
    }
    for name, text in programs.items():
        (project / name).write_text(text)
        done = ksweep("show", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"{name}: this is a program and no range file: ")
        assert done.stderr.count("\n") == 1
    (project / "wrong").write_text("CONFIG_SIZE=1||2\nCONFIG_FAST\n")
    assert ksweep("show", "wrong").stderr.count("\n") == 2


@pytest.mark.parametrize("given", ["GOAL=minimize", "GOAL_MINIMIZE=y"])
def test_a_choice_is_set_by_its_own_name(ksweep: Ksweep, given: str) -> None:
    done = ksweep("sweep", "range", "--set", given, "--set", "METHOD=random", "--set", "TRIALS=2")
    assert done.returncode == 0, done.stderr
    assert "ranked by score (lowest)" in done.stderr


def test_a_choice_that_there_is_not_is_told_with_its_members(project: Path, ksweep: Ksweep) -> None:
    with (project / "range").open("a") as file:
        file.write('CONFIG_SWEEP_GOAL="minimize"\n')
    told = ksweep("sweep", "range").stderr
    assert "write CONFIG_SWEEP_GOAL_MAXIMIZE=y or CONFIG_SWEEP_GOAL_MINIMIZE=y" in told


def test_what_could_have_been_reused_is_said_at_the_end(project: Path, ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range").returncode == 0
    (project / "program.sh").write_text('echo "score: $((CONFIG_SIZE * 11))"\n')
    lines = ksweep("sweep", "range", "--reuse", "latest").stderr.splitlines()
    told = [place for place, line in enumerate(lines) if "which has 9 results of these" in line]
    assert told[0] > len(lines) - 6


def test_make_is_named_where_it_was_called(tmp_path: Path) -> None:
    makefile = Path(__file__).parents[2] / "Makefile"
    for options, expected in (((), "make"), (("-f", str(makefile)), f"make -f {makefile}")):
        where = makefile.parent if not options else tmp_path
        done = subprocess.run(
            ["make", "-n", *options, "sweep-status"],
            cwd=where,
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"KSWEEP_MAKE='{expected}'" in done.stdout

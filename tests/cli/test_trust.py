"""A sweep that was begun elsewhere: nothing of it runs before somebody trusts it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Ksweep

Change = Callable[[dict[str, Any]], object]
ELSEWHERE: dict[str, tuple[Change, str]] = {
    "user": (lambda sweep: sweep["origin"].update(user="somebody"), "by another user: by somebody"),
    "host": (lambda sweep: sweep["origin"].update(host="far"), "on another host: by "),
    "place": (lambda sweep: sweep["origin"].update(place="/away"), "in another place: by "),
    "an old one": (
        lambda sweep: (sweep.pop("origin"), sweep["provenance"].update(host="far")),
        "on another host: by ",
    ),
    "all of it": (
        lambda sweep: sweep.update(origin={"user": "a\x1b", "host": "b", "place": "/c"}),
        "by another user and on another host and in another place: by a\\x1b on b in /c\n",
    ),
}  # fmt: skip


@pytest.fixture
def swept(project: Path, ksweep: Ksweep) -> Path:
    """A sweep with one trial that has run, of nine."""
    assert ksweep("sweep", "range", "--max-runs", "1").returncode == 0
    return (project / "test_matrix_results/latest").resolve()


def change(swept: Path, how: Change) -> None:
    for name in ("sweep.json", ".sweep.json"):
        sweep = json.loads((swept / name).read_text())
        how(sweep)
        (swept / name).write_text(json.dumps(sweep))


def ran(swept: Path) -> int:
    return len(list(swept.glob("config_*/result.json")))


@pytest.mark.parametrize("case", ELSEWHERE)
def test_it_is_shown_and_refused_and_once_trusted_it_runs(
    ksweep: Ksweep, swept: Path, case: str
) -> None:
    how, told = ELSEWHERE[case]
    change(swept, how)
    before = (swept / "sweep.json").read_bytes()
    refused = ksweep("resume")
    assert refused.returncode == 2
    assert f"{swept}: this sweep was begun {told}" in refused.stderr
    assert "it would run:  sh program.sh\n" in refused.stderr
    assert f"in:            {swept.parent.parent}\n" in refused.stderr
    assert refused.stderr.splitlines()[-1].endswith(f"ksweep resume --trust {swept}")
    assert (ran(swept), (swept / "sweep.json").read_bytes()) == (1, before)
    trusted = ksweep("resume", "--trust", "--max-runs", "1")
    assert (trusted.returncode, ran(swept)) == (0, 2)
    assert (ksweep("run", "--resume", "latest").returncode, ran(swept)) == (0, 9)


def test_ones_own_runs_without_a_word(ksweep: Ksweep, swept: Path, project: Path) -> None:
    change(swept, lambda sweep: sweep.pop("origin"))  # as an earlier version wrote it
    assert "begun" not in ksweep("resume", "--max-runs", "1").stderr
    named = swept.rename(swept.with_name("mine"))
    (project / "link").symlink_to(named)
    assert "begun" not in ksweep("resume", "link").stderr
    assert ran(named) == 9


def test_a_copy_in_another_place_is_from_elsewhere(
    ksweep: Ksweep, swept: Path, tmp_path: Path
) -> None:
    shutil.copytree(swept, tmp_path / "received/sweep")
    for arguments in (["resume", "received/sweep"], ["run", "--resume", "received/sweep"]):
        refused = ksweep(*arguments)
        assert (refused.returncode, "in another place" in refused.stderr) == (2, True)
    assert ksweep("resume", "received/sweep", "--dry-run").returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")
def test_a_directory_of_another_user_is_never_ones_own(ksweep: Ksweep, swept: Path) -> None:
    os.chown(swept, 12345, 12345)
    refused = ksweep("resume")
    assert (refused.returncode, "by another user" in refused.stderr) == (2, True)


@pytest.mark.parametrize(("answer", "runs"), [("y\n", 9), ("\n", 1), ("no\n", 1)])
def test_on_a_terminal_it_asks(project: Path, swept: Path, answer: str, runs: int) -> None:
    change(swept, ELSEWHERE["host"][0])
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ksweep", "resume"],
        cwd=project, stdin=terminal, stdout=subprocess.DEVNULL, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(main, 1 << 16)
    os.write(main, answer.encode())
    try:
        while os.read(main, 1 << 16):
            pass
    except OSError:  # the terminal is closed
        pass
    assert process.wait(60) == (0 if runs == 9 else 2)
    assert ran(swept) == runs
    os.close(main)


def test_what_its_kconfig_would_execute_is_shown_and_not_executed(
    ksweep: Ksweep, project: Path
) -> None:
    kconfig = project / "Kconfig"
    kconfig.write_text(kconfig.read_text() + "\nX := $(shell,touch executed; echo 1)\n")
    done = ksweep("sweep", "range", "--method", "tpe", "--trials", "3", "--max-runs", "1")
    assert done.returncode == 0, done.stderr
    (project / "executed").unlink()
    swept = (project / "test_matrix_results/latest").resolve()
    change(swept, ELSEWHERE["user"][0])
    refused = ksweep("resume")
    assert refused.returncode == 2
    line = len(kconfig.read_text().splitlines())
    assert f"by Kconfig: touch executed; echo 1  (Kconfig:{line})" in refused.stderr
    assert not (project / "executed").exists()

"""`--dry-run`: what it prints is pasted into a shell, and runs the same thing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Ksweep

KCONFIG = """\
config TEXT
	string "text"
	default "a  b 'c' \\"d\\" $HOME `e` é"
config NUMBER
	int "number"
	default 3
config OFF
	bool "off"
"""
PROGRAM = """\
import os, sys
from ksweep.client import config
print(sys.argv[1:], os.getcwd(), config(), open(os.environ["KCONFIG_CONFIG"]).read().count("CONFIG_"))
here = os.environ["KSWEEP_SWEEP"]
names = ("PATH", "KSWEEP_DIR", "KSWEEP_NAME", "KSWEEP_REPEAT", "KCONFIG_CONFIG", "PYTHONPATH")
shown = {n: v for n, v in os.environ.items() if n.startswith("CONFIG_") or n in names}
print(str(sorted(shown.items())).replace(here, "SWEEP").replace("config.copy", "config.txt"))
print(repr(sys.stdin.read()), os.path.isdir(os.environ["KSWEEP_DIR"]))
"""


@pytest.fixture
def swept(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (project / "Kconfig").write_text(KCONFIG)
    (project / "prog.py").write_text(PROGRAM)
    command = "{python} prog.py {TEXT} {--n NUMBER} '$x' {args}"
    (project / "range").write_text(
        f'CONFIG_SWEEP_COMMAND="{command}"\nCONFIG_SWEEP_REPEAT=2\n'
        'CONFIG_NUMBER=1|2\nCONFIG_SWEEP_METRIC="n"\n'
    )
    monkeypatch.setenv("CONFIG_STALE", "1")
    return project


def pasted(text: str) -> list[str]:
    """What a shell says that is given a dry run's text line by line."""
    done = subprocess.run(
        ["bash", "-s"], input=text, cwd="/", capture_output=True, text=True, env=dict(os.environ)
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.splitlines()


def said(project: Path) -> list[str]:
    logs = sorted((project / "test_matrix_results/latest").glob("config_*/output.log"))
    return [line for log in logs for line in log.read_text().splitlines()]


def trials(lines: list[str]) -> list[list[str]]:
    """The lines of each trial, of which there are three; repeats run in rounds."""
    return sorted(lines[first : first + 3] for first in range(0, len(lines), 3))


def test_what_is_pasted_runs_the_same_thing(swept: Path, ksweep: Ksweep):
    before = sorted(os.listdir(swept))
    first = ksweep("sweep", "range", "--dry-run")
    assert (first.returncode, sorted(os.listdir(swept))) == (0, before), first.stderr
    ksweep("generate", "range")
    second = ksweep("run", "--dry-run")
    assert first.stdout == second.stdout
    ksweep("run", "--max-runs", "1")
    left = ksweep("resume", "--dry-run").stdout
    assert left.count("# config_") == 3
    assert first.stdout.endswith(left.partition("\n\n")[2])
    ran = pasted(first.stdout)
    ksweep("resume")
    assert len(ran) == 12
    assert trials(ran) == trials(said(swept))


def test_it_shows_the_variables_that_matter(swept: Path, ksweep: Ksweep):
    shown = ksweep("sweep", "range", "--dry-run", "--only", "config_002").stdout
    line, again = (line for line in shown.splitlines() if line.startswith("(cd "))
    assert "KSWEEP_REPEAT=2" in again
    assert " CONFIG_NUMBER=2 " in line
    assert " CONFIG_OFF= " in line
    assert "-u CONFIG_STALE" in line
    assert "PATH=/" not in line.replace("PYTHONPATH", "")
    assert "# config_002: CONFIG_NUMBER=2\n" in shown


def test_no_terminal_obeys_it(project: Path, ksweep: Ksweep):
    (project / "range").write_text('CONFIG_SWEEP_COMMAND="printf %s a\x1b[31m"\nCONFIG_SIZE=1\n')
    done = ksweep("sweep", "range", "--dry-run")
    assert "\x1b" not in done.stdout

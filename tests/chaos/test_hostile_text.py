"""Values and output can hold anything: nothing is executed, written elsewhere, or sent to a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chaos.making import Project

VALUES = [
    "; touch pwned", "$(touch pwned)", "`touch pwned`", "&& touch pwned", "> pwned", "'; touch pwned; '",
    '"; touch pwned; "', "../../../pwned", "/tmp/../pwned", "{dir}", "{{}}", "%s%n", "-rf", "--help",
    "*", "~", "!!", "\\\\n", "a'b\"c", "x" * 10_000, "\u202egnp.exe", "é\u200b", "[red]bold[/red]",
]  # fmt: skip
KCONFIG = 'config NAME\n\tstring "any text"\nconfig FAIL\n\tbool "fail"\n'
SETTINGS = """\
CONFIG_SWEEP_METRIC="score"
CONFIG_SWEEP_METRICS="loss"
CONFIG_SWEEP_MAX_FAILURES=0
CONFIG_SWEEP_JOBS=4
CONFIG_FAIL=y|n
"""
# Each line, and what is on it, is meant for the terminal of whoever looks at it.
PROGRAM = r"""
import json, os, sys
name = os.environ["CONFIG_NAME"]
assert sys.argv[1] == name, sys.argv
out = sys.stdout.buffer
out.write(b"\x1b]0;title\x07\x1b[2J\x1b[31mred\x9b31m\x00\x08\x7f\r\n")
out.write(b"x" * (10 << 20) + b" score = 7\n")
out.write(b'KSWEEP {"score": 1, "a\\nb": 2, "\\u001b[31mred": 3, "../../up": 4, "$(touch pwned)": 5}\n')
out.write(b'KSWEEP {"score": 666,\n"next": 1}\nKSWEEP {"\xff\xfe": 1}\nloss = 2 ; touch pwned\n')
out.write(b"\xe2\x80\xae\xc2\x85\xc2\x9b0m `touch pwned` $(touch pwned)\n" + name.encode() + b"\n")
out.write(b"\x1b]0;last words\x07\x1b[5m")
out.flush()
sys.exit(3 if os.environ["CONFIG_FAIL"] == "y" else 0)
"""
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LOOKING = [["status"], ["watch"], ["leaderboard"], ["analyze"], ["resume"], ["resume", "--dry-run"]]


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    place = tmp_path / "in" / "here"
    place.mkdir(parents=True)
    axis = f"CONFIG_NAME={'|'.join(map(quoted, VALUES))}\n"
    with Project.made(place, KCONFIG, SETTINGS + axis, PROGRAM) as made:
        text = (place / "range").read_text()
        (place / "range").write_text(text.replace('program.py"', 'program.py {NAME}"', 1))
        before = around(tmp_path)
        yield made
        assert around(tmp_path) == before


def around(path: Path) -> set[str]:
    """Every path that there is outside of what ksweep writes."""
    ours = ("sweep_configs", "test_matrix_results")
    found = (str(one.relative_to(path / "in")) for one in path.rglob("*") if one != path / "in")
    return {one for one in found if not one.startswith(tuple(f"here/{name}" for name in ours))}


def harmless(text: str) -> bool:
    """It has no character that a terminal obeys but line feeds, and none that turns the text."""
    return not any((c != "\n" and unicodedata.category(c) == "Cc") or c in TURNING for c in text)


def test_nothing_is_executed_and_nothing_garbled(project: Project) -> None:
    said = project.ksweep("sweep", "range")
    assert said.returncode == 0, said.stderr[-2000:]
    assert harmless(said.stdout + said.stderr)
    records = project.records()
    assert sorted(str(record["CONFIG_NAME"]) for record in records) == sorted(VALUES * 2)
    for record in records:
        wanted = "failed" if record["CONFIG_FAIL"] == "y" else "success"
        assert (record["status"], record["score"], record["loss"]) == (wanted, 1, 2), record
    for path in project.results.iterdir():
        assert path.name.startswith(("config_", "sweep", ".sweep", "results", ".lock"))
    for arguments in LOOKING:
        said = project.ksweep(*arguments)
        assert said.returncode == 0, said.stderr
        assert harmless(said.stdout + said.stderr), arguments
    assert harmless((project.results / "sweep_analysis.txt").read_text())
    for path in project.results.glob("config_*/result.json"):
        result = json.loads(path.read_text())
        assert harmless(result.get("log_tail", "")), result
        assert harmless(result.get("error", "")), result


def test_a_terminal_is_not_told_anything_by_a_program(project: Project) -> None:
    for arguments in (["sweep", "range"], ["leaderboard"], ["status"]):
        written = on_a_terminal([sys.executable, "-m", "ksweep", *arguments], project.path)
        for sequence in ("\x1b]", "\x07", "\x1b[2J", "\x1b[5m", "\u202e", "\x9b", "\x08"):
            assert sequence not in written, (arguments, sequence)


def on_a_terminal(command: list[str], directory: Path) -> str:
    """What a program writes to a terminal of 40 lines and 120 columns."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    with subprocess.Popen(
        command,
        cwd=directory,
        env={**os.environ, "TERM": "xterm"},
        stdin=child,
        stdout=child,
        stderr=child,
    ) as process:
        os.close(child)
        written = b""
        with suppress(OSError):  # how a terminal says that nobody is left
            while data := os.read(parent, 1 << 16):
                written += data
        os.close(parent)
    assert process.returncode == 0, written[-2000:]
    return written.decode(errors="replace")

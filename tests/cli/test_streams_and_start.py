"""How the command starts, and what becomes of it where its streams break."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.conftest import Ksweep
from ksweep.cli import entry, output

KSWEEP = [sys.executable, "-m", "ksweep"]
HEAVY = {"pandas", "numpy", "rich", "tabulate", "kconfiglib", "psutil"}
VERBS = [
    "config", "list", "show", "generate", "run", "sweep", "resume", "status", "watch",
    "leaderboard", "analyze", "report", "dashboard", "compare", "refine", "export", "clean",
]  # fmt: skip


def quickest_s(command: Sequence[str]) -> float:
    times = []
    for _ in range(7):
        begun = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begun)
    return min(times)


def test_help_is_quick() -> None:
    nothing = quickest_s([sys.executable, "-c", "pass"])
    assert quickest_s([*KSWEEP, "--help"]) < 8 * nothing + 0.05


def test_help_loads_no_library() -> None:
    script = (
        "import sys; from ksweep.cli import main; main(['--help']);"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"
    assert "VERB" in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(ksweep: Ksweep, verb: str) -> None:
    done = ksweep(verb, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: ksweep {verb}")
    assert done.stderr == ""


def test_the_verbs_are_those_that_exist(ksweep: Ksweep) -> None:
    assert re.findall(r"^    (\w+)\s", ksweep("--help").stdout, re.MULTILINE) == VERBS
    assert ksweep("import").returncode == 2


def test_an_abbreviated_option_is_none(ksweep: Ksweep) -> None:
    done = ksweep("list", "--js")
    assert done.returncode == 2
    assert done.stderr == (
        "ksweep: unrecognized arguments: --js; `ksweep --help` shows how it is used\n"
    )


def test_a_full_device_for_the_results_is_told(project: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*KSWEEP, "show", "range"], cwd=project, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 3
    assert done.stderr == (
        "standard output: cannot write this: No space left on device; send it elsewhere\n"
    )


def test_a_reader_that_has_gone_is_no_error(project: Path) -> None:
    done = subprocess.run(
        f"{' '.join(KSWEEP)} show range --json | true; echo ${{PIPESTATUS[0]}}",
        cwd=project,
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_sweep_goes_on_where_nobody_reads_its_progress(project: Path) -> None:
    done = subprocess.run(
        f"({' '.join(KSWEEP)} sweep range --json; echo $? > code) 2>&1 >board | true",
        cwd=project,
        shell=True,
        executable="/bin/bash",
        timeout=120,
    )
    assert done.returncode == 0
    assert (project / "code").read_text() == "0\n"
    assert len(json.loads((project / "board").read_text())) == 9


def test_an_unexpected_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_options: object) -> int:
        raise RuntimeError("two\nlines")

    monkeypatch.delenv("KSWEEP_TRACEBACK", raising=False)
    monkeypatch.setattr(entry, "_verb", lambda _place: broken)
    assert entry.main(["list"]) == 3
    assert capsys.readouterr().err == (
        "ksweep: unexpected error: RuntimeError: two lines; KSWEEP_TRACEBACK=1 shows where\n"
    )
    monkeypatch.setenv("KSWEEP_TRACEBACK", "1")
    with pytest.raises(RuntimeError, match="two"):
        entry.main(["list"])


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "ksweep: interrupted\n"),
        (
            OSError(28, "No space left on device", "/full/file"),
            3,
            "/full/file: No space left on device; free space or mend the permissions there\n",
        ),
    ],
)
def test_what_ends_a_command(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    told: str,
) -> None:
    def ended(_options: object) -> int:
        raise error

    monkeypatch.delenv("KSWEEP_TRACEBACK", raising=False)
    monkeypatch.setattr(entry, "_verb", lambda _place: ended)
    assert entry.main(["list"]) == code
    assert capsys.readouterr().err == told


def test_nothing_that_is_told_is_obeyed_by_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.tell("a\x1b[2Jb\x9b2J\u202e\nsecond\tline")
    assert capsys.readouterr().err == "a\\x1b[2Jb\\x9b2J\\u202e\nsecond line\n"


def test_json_means_the_same_and_garbles_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"é": "a\x9b2J\u202e", "b": ["\x1b[2J", "\U000e0001", 1]}
    output.say_json(value)
    text = capsys.readouterr().out
    assert json.loads(text) == value
    assert "é" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\U000e0001]", text)

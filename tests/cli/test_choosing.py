"""`--where`, `--columns`, `--json` and `--csv` on a sweep that has run."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KCONFIG = """\
choice
	prompt "Optimizer"
config OPT_SGD
	bool "SGD"
config OPT_ADAM
	bool "Adam"
endchoice

config LEARNING_RATE
	string "Learning rate"
	default "0.1"

config AMSGRAD
	bool "AMSGrad"
	depends on OPT_ADAM

config ADDRESS
	hex "Address"
	default 0x10

config LABEL
	string "Label"
	default "y"

config DERIVED
	int
	default 5 if OPT_ADAM
"""
RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="loss"
CONFIG_SWEEP_GOAL_MINIMIZE=y
CONFIG_OPT_SGD|CONFIG_OPT_ADAM=y
CONFIG_LEARNING_RATE="1e-3"|"0.1"
CONFIG_AMSGRAD=y|n
CONFIG_ADDRESS=0x10|0x20
CONFIG_LABEL="y"
"""
# 12 configurations: 4 of SGD, then 8 of Adam; those of Adam with the rate 0.1 at 0x20 fail.
PROGRAM = """\
[ "$CONFIG_OPT_ADAM$CONFIG_LEARNING_RATE$CONFIG_ADDRESS" = y0.10x20 ] && exit 3
n=$((1${KSWEEP_NAME#config_} - 1000))
echo "KSWEEP {\\"loss\\": ${n}e-2, \\"ADDRESS\\": $n, \\"val/loss\\": 1.5}"
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("swept")
    for name, text in (("Kconfig", KCONFIG), ("range", RANGE), ("program.sh", PROGRAM)):
        (directory / name).write_text(text)
    done = run(directory, "sweep", "range", "-j", "2")
    assert done.returncode == 0, done.stderr
    return directory


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ksweep", *arguments],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def numbers(directory: Path, where: str) -> list[int]:
    """The numbers of the trials that an expression holds for."""
    done = run(directory, "status", "--where", where, "--columns", "config", "--json")
    assert done.returncode == 0, done.stderr
    return [int(record["config"].removeprefix("config_")) for record in json.loads(done.stdout)]


def said(directory: Path, *arguments: str) -> str:
    done = run(directory, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("OPT_ADAM && LEARNING_RATE < 0.01", [5, 6, 7, 8]),
        ("LEARNING_RATE = 0.001 && !OPT_ADAM", [1, 2]),
        ("AMSGRAD", [5, 6, 9, 10]),
        ("AMSGRAD = n", [7, 8, 11, 12]),  # a comparison with what is inactive is false
        ("!(AMSGRAD = n) && !AMSGRAD", [1, 2, 3, 4]),
        ("ADDRESS > 31", [2, 4, 6, 8, 10, 12]),
        ("ADDRESS = 0x10 && OPT_SGD = y", [1, 3]),
        ('status = "failed"', [10, 12]),
        ("exit_code = 3", [10, 12]),
        ("loss <= 0.02 && OPT_SGD", [1, 2]),
        ("LABEL", "the text"),
        ('LABEL = "y" && loss = 0.01', [1]),
        ("ADDRESS = 16 && OPT_SGD", [1, 3]),  # the symbol wins
        ("metric.ADDRESS = 7", [7]),
        ('metric."val/loss" > 1 && OPT_SGD', [1, 2, 3, 4]),
        ("total_time >= 0 && OPT_SGD", [1, 2, 3, 4]),
        ("DERIVED = 5", [5, 6, 7, 8, 9, 10, 11, 12]),  # no parameter: from config.txt
        ('config_file = "config_003"', [3]),
    ],
)
def test_where_keeps_the_trials_that_it_holds_for(
    swept: Path, where: str, expected: list[int] | str
) -> None:
    if isinstance(expected, list):
        assert numbers(swept, where) == expected
    else:
        done = run(swept, "status", "--where", where)
        assert done.returncode == 2
        assert done.stderr.startswith(f'--where: config_001: {expected} "y" cannot be true or ')


@pytest.mark.parametrize("verb", ["leaderboard", "status", "analyze"])
@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("LEARNING_RAT < 1", "no trial has a `LEARNING_RAT`; did you mean LEARNING_RATE?"),
        ("los < 1", "no trial has a `los`; did you mean loss?"),
        ("metric.los < 1", "no trial has a `metric.los`; did you mean loss?"),
        ("derived = 5", "no trial has a `derived`; did you mean DERIVED?"),
        ("QQQQ", "no trial has a `QQQQ`; there are "),
        ("OPT = 1", "no trial has a `OPT`; "),
        ("loss <", "`loss <` breaks off; complete it"),
        ("CONFIG_LABEL = 1", "`CONFIG_LABEL` has its CONFIG_; write LABEL"),
        ("LABEL < 1", 'config_001: the text "y" cannot be ordered in `LABEL < 1`; '),
    ],
)
def test_a_wrong_expression_is_told(swept: Path, verb: str, where: str, message: str) -> None:
    before = (swept / "test_matrix_results/latest/sweep_analysis.txt").read_bytes()
    done = run(swept, verb, "--where", where)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"--where: {message}")
    assert (swept / "test_matrix_results/latest/sweep_analysis.txt").read_bytes() == before


def test_status_counts_what_is_left(swept: Path) -> None:
    counted = json.loads(said(swept, "status", "--where", "OPT_ADAM", "--json"))
    states = {"success": 6, "failed": 2}
    assert counted == {"total": 8, "ended": 8, "states": states, "remaining_seconds": 0.0}
    assert said(swept, "status", "--csv") == "state,trials\nsuccess,10\nfailed,2\n"
    none = said(swept, "status", "--where", "loss < 0")
    assert none.startswith("0/0 trials ended (100%)")


def test_columns_are_those_and_in_that_order(swept: Path) -> None:
    names = "config,OPT,CONFIG_AMSGRAD,loss,metric.ADDRESS,DERIVED,error"
    arguments = ["status", "--columns", names, "--where", "exit_code = 3 || loss = 0.01"]
    assert said(swept, *arguments).splitlines() == [
        "config      OPT    CONFIG_AMSGRAD      loss    metric.ADDRESS  DERIVED    error",
        "----------  -----  ----------------  ------  ----------------  ---------  -----------",
        "config_001  SGD    -                   0.01                 1  -",
        "config_010  ADAM   y                                           5          exit code 3",
        "config_012  ADAM   n                                           5          exit code 3",
    ]
    rows = list(csv.DictReader(io.StringIO(said(swept, *arguments, "--csv"))))
    assert list(rows[1].values()) == ["config_010", "ADAM", "y", "", "", "5", "exit code 3"]
    assert list(rows[0]) == names.split(",")
    first = json.loads(said(swept, *arguments, "--json"))[0]
    assert list(first.values()) == ["config_001", "SGD", None, 0.01, 1.0, None, None]


def test_an_unknown_column_is_told_and_nothing_written(swept: Path) -> None:
    analysis = swept / "test_matrix_results/latest/sweep_analysis.txt"
    before = analysis.stat().st_mtime_ns
    for verb in ("status", "leaderboard", "analyze"):
        done = run(swept, verb, "--columns", "config,LEARNING_RAET", "--csv")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "--columns: no trial has a `LEARNING_RAET`; did you mean LEARNING_RATE?\n"
        )
    assert analysis.stat().st_mtime_ns == before


def test_the_leaderboard_as_csv_and_json_is_the_same(swept: Path) -> None:
    arguments = ["leaderboard", "--top", "4", "--where", "OPT_ADAM"]
    rows = list(csv.DictReader(io.StringIO(said(swept, *arguments, "--csv"))))
    records = json.loads(said(swept, *arguments, "--json"))
    assert [row["config_file"] for row in rows] == [f"config_00{n}" for n in (5, 6, 7, 8)]
    assert list(rows[0]) == list(records[0])
    assert [float(row["loss"]) for row in rows] == [record["loss"] for record in records]
    chosen = said(swept, *arguments, "--columns", "rank,config,LEARNING_RATE", "--csv")
    assert chosen.splitlines()[:2] == ["rank,config,LEARNING_RATE", "1,config_005,0.001"]


def test_the_leaderboard_shows_what_varies_among_the_shown(swept: Path) -> None:
    done = run(swept, "leaderboard", "--where", "OPT_ADAM && LEARNING_RATE = 0.001")
    assert done.stdout.splitlines()[0].split()[:5] == ["#", "config", "loss", "AMSGRAD", "ADDRESS"]
    assert "in all of them OPT=ADAM, LEARNING_RATE=1e-3\n" in done.stderr
    one = run(swept, "leaderboard", "--top", "1")
    assert one.stdout.splitlines()[0].split()[3:7] == ["OPT", "LEARNING_RATE", "AMSGRAD", "ADDRESS"]
    assert "in all of them" not in one.stderr


def test_the_leaderboard_of_nothing_is_a_no(swept: Path) -> None:
    done = run(swept, "leaderboard", "--where", 'status = "failed"')
    assert (done.returncode, done.stdout) == (1, "")
    empty = run(swept, "leaderboard", "--where", "loss < 0", "--csv")
    assert empty.returncode == 1
    assert empty.stdout.startswith("rank,config_file,id,")


def test_an_analysis_of_some_trials_is_shown_and_not_written(swept: Path) -> None:
    results = swept / "test_matrix_results/latest"
    summary = (results / "sweep_summary.json").read_bytes()
    text = said(swept, "analyze", "--where", "OPT_SGD")
    assert "Total configurations tested: 4\n" in text
    assert "Total configurations tested: 12\n" in (results / "sweep_analysis.txt").read_text()
    assert (results / "sweep_summary.json").read_bytes() == summary
    as_csv = said(swept, "analyze", "--csv", "--top", "3", "--columns", "config,loss")
    assert as_csv == "config,loss\nconfig_001,0.01\nconfig_002,0.02\nconfig_003,0.03\n"


def test_the_text_of_an_analysis_has_no_columns(swept: Path) -> None:
    done = run(swept, "analyze", "--columns", "config")
    assert done.returncode == 2
    assert done.stderr.startswith("--columns: the analysis is a text and has no columns; add ")


def test_two_formats_are_too_many(swept: Path) -> None:
    done = run(swept, "status", "--json", "--csv")
    assert done.returncode == 2
    assert "not allowed with argument" in done.stderr


def test_a_configuration_that_is_gone_has_no_symbols(swept: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(swept / "test_matrix_results/latest/", copy)
    for config in copy.glob("config_00[1-5]*/config.txt"):
        config.unlink()
    arguments = ["--where", "DERIVED = 5", "--columns", "config", "--csv"]
    shown = said(tmp_path, "status", "copy", *arguments).splitlines()
    assert shown[1:] == [f"config_{n:03}" for n in range(6, 13)]
    assert run(tmp_path, "status", "copy", "--where", "AMSGRAD").returncode == 0

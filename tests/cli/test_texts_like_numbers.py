"""Texts that look like numbers: two of them are two values, whatever they are as numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cli.conftest import Ksweep

KCONFIG = """\
config RELEASE
	string "Release"

config RATE
	string "Rate"

config LEVEL
	string "Level"
"""
RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_RELEASE="2.9"|"2.10"|"2.1"
CONFIG_RATE=0.1|0.2
CONFIG_LEVEL=auto|1
"""
PROGRAM = """\
case $CONFIG_RELEASE in 2.10) echo score: 3;; 2.9) echo score: 2;; *) echo score: 1;; esac
"""


@pytest.fixture
def swept(project: Path, ksweep: Ksweep) -> Path:
    (project / "Kconfig").write_text(KCONFIG)
    (project / "range").write_text(RANGE)
    (project / "program.sh").write_text(PROGRAM)
    assert ksweep("sweep", "range").returncode == 0
    return project / "test_matrix_results/latest"


def test_each_stays_what_it_is_in_files(swept: Path) -> None:
    records = json.loads((swept / "sweep_summary.json").read_text())
    assert {one["CONFIG_RELEASE"] for one in records} == {"2.9", "2.10", "2.1"}
    assert {one["CONFIG_RATE"] for one in records} == {0.1, 0.2}
    assert {one["CONFIG_LEVEL"] for one in records} == {"auto", "1"}
    with (swept / "sweep_results.csv").open() as opened:
        assert {row["CONFIG_RELEASE"] for row in csv.DictReader(opened)} == {"2.9", "2.10", "2.1"}


def test_a_part_of_the_sweep_has_the_same_values(swept: Path, ksweep: Ksweep) -> None:
    told = ksweep("leaderboard", "--where", 'RELEASE = "2.10"', "--json").stdout
    assert {one["CONFIG_RELEASE"] for one in json.loads(told)} == {"2.10"}
    columns = ("--columns", "RELEASE,RATE", "--json")
    told = ksweep("leaderboard", "--where", 'RELEASE = "2.1"', *columns).stdout
    assert {tuple(one.values()) for one in json.loads(told)} == {("2.1", 0.1), ("2.1", 0.2)}


def test_they_have_no_order(swept: Path, ksweep: Ksweep) -> None:
    found = json.loads(ksweep("analyze", "--json").stdout)
    assert all("CONFIG_RELEASE" not in one.values() for one in found["correlations"])
    assert {one["one"] for one in found["interactions"][0]["cells"]} == {"2.9", "2.10", "2.1"}


def test_an_exclusion_names_one(swept: Path, ksweep: Ksweep, project: Path) -> None:
    excluding = RANGE + 'exclude if RELEASE = "2.10"\n'
    (project / "range").write_text(excluding)
    shown = ksweep("show", "range", "--json").stdout
    assert json.loads(shown)["configurations"] == 8


def test_another_release_is_another_configuration(
    swept: Path, ksweep: Ksweep, project: Path
) -> None:
    (project / "range").write_text(RANGE.replace('"2.10"|"2.1"', '"2.10"'))
    assert ksweep("sweep", "range", "--output-dir", "first").returncode == 0
    (project / "range").write_text(RANGE.replace('"2.10"|"2.1"', '"2.1"'))
    assert ksweep("sweep", "range", "--output-dir", "second").returncode == 0
    found = [str(next((project / name).glob("sweep_*/"))) for name in ("first", "second")]
    assert "4 configurations in both (4 by identity)" in ksweep("compare", *found).stdout


def test_a_finer_range_runs_only_what_is_new(swept: Path, ksweep: Ksweep, project: Path) -> None:
    wider = RANGE.replace("RATE=0.1|0.2", "RATE=0.1:0.1:0.3")
    (project / "range").write_text(wider)
    assert ksweep("sweep", "range").returncode == 0
    finer = wider.replace("0.1:0.1", "0.1:0.05") + "CONFIG_SWEEP_TIMEOUT=9\n"
    (project / "range").write_text(finer)
    assert ksweep("generate", "range").returncode == 0
    grown = ksweep("resume", "--config-dir", "sweep_configs").stderr
    assert "18 kept, 12 new, 0 no longer asked for\n" in grown
    assert "TIMEOUT=9 is not taken over, TIMEOUT=0 holds; an option changes it: --set TI" in grown
    assert "RATE" not in grown.partition("is not taken over")[0].partition("12 new")[2]
    again = ksweep("resume", "--config-dir", "sweep_configs", "--set", "TIMEOUT=9").stderr
    assert "TIMEOUT=9 holds, in place of TIMEOUT=0\n" in again

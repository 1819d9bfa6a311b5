"""`ksweep analyze --baseline`: what others are against one configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Ksweep

RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_SIZE=1|2|3
CONFIG_FAST=y|n
"""
PROGRAM = """\
[ "$CONFIG_SIZE$CONFIG_FAST" = 2 ] && exit 3  # n is the empty text
[ "$CONFIG_FAST" = y ] && faster=50
echo "score: $((CONFIG_SIZE * 1000 + faster + KSWEEP_REPEAT))"
"""
ANALYSIS = "test_matrix_results/latest/sweep_analysis.txt"


@pytest.fixture
def sweep(project: Path, ksweep: Ksweep) -> Path:
    """Six configurations: config_003 has size 2 and is fast; config_004, not fast, fails."""
    (project / "range").write_text(RANGE)
    (project / "program.sh").write_text(PROGRAM)
    return project


def test_the_differences_stand_at_the_end_of_the_analysis(sweep: Path, ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range", "-j", "2").returncode == 0
    done = ksweep("analyze", "--baseline", "config_003", "--top", "2")
    assert done.returncode == 0
    assert done.stdout.endswith(
        "============================================================\n"
        "COMPARED WITH config_003:\n"
        "----------------------------------------\n"
        "\n"
        "score of config_003: 2051\n"
        "   the others: 1 fails, 2 seems worse, 2 seems better\n"
        "noise: not known, as no configuration ran more than once; --set REPEAT=3 tells\n"
        "\n"
        "1. config_005\n"
        "   score: 3051 (+1000, +48.8%): seems better\n"
        "   SIZE 2 -> 3\n"
        "\n"
        "2. config_006\n"
        "   score: 3001 (+950, +46.3%): seems better\n"
        "   SIZE 2 -> 3, FAST y -> n\n"
    )
    assert (sweep / ANALYSIS).read_text() == done.stdout
    assert "COMPARED" not in ksweep("analyze").stdout
    every = ksweep("analyze", "--baseline", "config_003").stdout
    assert every.endswith("\n5. config_004\n   score: fails\n   FAST y -> n\n")
    some = ksweep("analyze", "--baseline", "config_003", "--where", "SIZE = 1").stdout
    assert "   the others: 2 seems worse\n" in some


def test_the_base_has_values_of_its_own(sweep: Path, ksweep: Ksweep) -> None:
    (sweep / ".config").write_text("CONFIG_SIZE=2\nCONFIG_FAST=y\nCONFIG_DEPTH=1\n")
    assert ksweep("sweep", "range").returncode == 0
    shown = ksweep("analyze", "--baseline", ".config").stdout
    assert "\nconfig_003 has the values of the base .config.\n" in shown


def test_records_have_the_differences(sweep: Path, ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range").returncode == 0
    records = json.loads(ksweep("analyze", "--baseline", "config_003", "--json").stdout)["top"]
    by_name = {record["config_file"]: record for record in records}
    assert by_name["config_005"]["change.score"] == 1000
    assert by_name["config_005"]["relative.score"] == pytest.approx(1000 / 2051)
    assert by_name["config_001"]["verdict.score"] == "seems worse"
    assert by_name["config_003"]["change.score"] is None
    header = ksweep("analyze", "--baseline", "config_003", "--csv").stdout.splitlines()[0]
    assert header.endswith(",change.score,relative.score,chance.score,verdict.score")


def test_repeats_tell_the_noise(sweep: Path, ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range", "--set", "REPEAT=3", "-j", "2").returncode == 0
    shown = ksweep("analyze", "--baseline", "config_003.r2").stdout
    assert "score of config_003: 2052 ± 1 (3)\n" in shown
    assert "noise: moderated t-tests" in shown
    assert "1. config_005\n   score: 3052 ± 1 (3) (+1000, +48.7%, p = " in shown


@pytest.mark.parametrize(
    ("base", "name", "message"),
    [
        ("", "config_1", "this sweep has no configuration `config_1`; did you mean config_"),
        ("", "x", "this sweep has no configuration `x`; or `.config` for the base's own values"),
        ("", ".config", "this sweep had no .config: its base is what Kconfig gives by default; "),
        ("", "config_004", "config_004 has no score to compare with (failed); name another "),
        (
            "CONFIG_SIZE=7\n",
            ".config",
            "no configuration of this sweep has the base's own values "
            "(CONFIG_SIZE=7, no CONFIG_FAST); name a configuration",
        ),
    ],
)
def test_a_baseline_that_is_none(
    sweep: Path, ksweep: Ksweep, base: str, name: str, message: str
) -> None:
    if base:
        (sweep / ".config").write_text(base)
    assert ksweep("sweep", "range", "-j", "2").returncode == 0
    before = (sweep / ANALYSIS).stat().st_mtime_ns
    done = ksweep("analyze", "--baseline", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"--baseline: {message}")
    assert (sweep / ANALYSIS).stat().st_mtime_ns == before

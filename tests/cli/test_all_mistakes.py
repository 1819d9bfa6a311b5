"""Every mistake of an input is told, not only the first."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Ksweep

WRONG = """\
CONFIG_SWEEP_COMMAND="sh program.sh {SISE}"
CONFIG_SWEEP_JOBS=many
CONFIG_SWEEP_MEMORY_MB="SIZES * 2 + GONE"
CONFIG_SWEEP_REPLICATE="SEDE"
CONFIG_SIZE=1|20
CONFIG_FASTER=y|n
CONFIG_FAST=y n
exclude if NOWHERE = 1
exclude if SIZE >
rsource "none"
"""
PLACES = [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10]


def places(told: str) -> list[int]:
    lines = told.splitlines()
    assert all(line.startswith("range:") and "; " in line for line in lines), told
    return [int(line.split(":")[1]) for line in lines]


def test_each_wrong_line_is_named(project: Path, ksweep: Ksweep) -> None:
    (project / "range").write_text(WRONG)
    for verb in ("show", "generate", "sweep"):
        done = ksweep(verb, "range")
        assert (done.returncode, done.stdout) == (2, "")
        assert places(done.stderr) == PLACES
    assert not (project / "sweep_configs").exists()


def test_options_are_told_with_the_rest(project: Path, ksweep: Ksweep) -> None:
    (project / "range").write_text("CONFIG_SIZE=1|20\n")
    wrong = ("--set", "JOBS=x", "--set", "nothing", "--set", "JOSB=1")
    told = ksweep("show", "range", *wrong).stderr.splitlines()
    assert [line.partition(": ")[0] for line in told] == ["--set"] * 3 + ["range:1"]


def test_a_program_that_is_gone_is_one_of_them(project: Path, ksweep: Ksweep) -> None:
    (project / "range").write_text('CONFIG_SWEEP_COMMAND="no-such-program"\nCONFIG_SIZE=1|20\n')
    assert places(ksweep("sweep", "range").stderr) == [1, 2]


def test_what_follows_is_left_out(project: Path, ksweep: Ksweep) -> None:
    """The command is there, and its line is wrong: it is not missing, too."""
    (project / "range").write_text("CONFIG_SWEEP_COMMAND=sh program.sh\nCONFIG_SIZE=1|20\n")
    assert places(ksweep("sweep", "range").stderr) == [1, 2]
    (project / "range").write_text("CONFIG_SWEEP_METHOD_RANDON=y\nCONFIG_SIZE=uniform(1, 9)\n")
    assert places(ksweep("show", "range").stderr) == [1]


def test_twenty_are_told(project: Path, ksweep: Ksweep) -> None:
    (project / "range").write_text("".join(f"CONFIG_S{i}=1|2\n" for i in range(30)))
    told = ksweep("show", "range").stderr.splitlines()
    assert places("\n".join(told[:20])) == [*range(1, 21)]
    assert told[20:] == ["and 10 more"]


def test_names_of_columns(project: Path, ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range").returncode == 0
    told = ksweep("leaderboard", "--columns", "sise,FAST,deep").stderr
    assert all(name in told for name in ("`sise`", "`deep`"))
    told = ksweep("leaderboard", "--where", "SISE = 1 && DEEP > 2").stderr
    assert all(name in told for name in ("`SISE`", "`DEEP`"))

"""Bad input: what is said, the exit code, and that nothing was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Ksweep


def set_range(text: str) -> Callable[[Path], None]:
    return lambda project: (project / "range").write_text(text) and None


def set_kconfig(text: str) -> Callable[[Path], None]:
    return lambda project: (project / "Kconfig").write_text(text) and None


def remove(name: str) -> Callable[[Path], None]:
    return lambda project: (project / name).unlink()


def undecodable(name: str) -> Callable[[Path], None]:
    return lambda project: (project / name).write_bytes(b"CONFIG_SIZE=\xff\n") and None


COMMAND = 'CONFIG_SWEEP_COMMAND="sh program.sh"\n'
CASES = {
    "no range file": (remove("range"), "range: cannot be read: No such file or directory; "),
    "no Kconfig": (remove("Kconfig"), "Kconfig: cannot read the Kconfig file: No such file"),
    "range file not UTF-8": (undecodable("range"), "range"),
    "base not UTF-8": (undecodable(".config"), ".config:1: cannot read the base configuration: "),
    "Kconfig syntax": (set_kconfig('config A\n\tbool "A"\n\tbogus\n'), "Kconfig:3: couldn't parse"),
    "unknown symbol": (set_range("CONFIG_SIZES=1|2\n"), "range:1: CONFIG_SIZES is not defined in"),
    "outside its range": (
        set_range("CONFIG_SIZE=5|12\n"),
        "range:1: CONFIG_SIZE can never be 12 (int at Kconfig:1); it allows 1 to 9",
    ),
    "no prompt": (
        set_kconfig("config A\n\tbool\n"),
        "range:3: CONFIG_SIZE is not defined",
    ),
    "no command": (
        set_range("CONFIG_SIZE=1|2\n"),
        "range: there is no command to run; set CONFIG_SWEEP_COMMAND=",
    ),
    "no such program": (
        set_range('CONFIG_SWEEP_COMMAND="no-such-program"\nCONFIG_SIZE=1|2\n'),
        "range:1: the program `no-such-program` is not in any directory of PATH",
    ),
    "no such directory": (
        set_range(COMMAND + 'CONFIG_SWEEP_CWD="nowhere"\nCONFIG_SIZE=1|2\n'),
        "CONFIG_SWEEP_CWD: trials run in ",
    ),
    "unknown name in the command": (
        set_range('CONFIG_SWEEP_COMMAND="sh program.sh {SIZES}"\nCONFIG_SIZE=1|2\n'),
        "range:1: ",
    ),
    "symbol inside sh -c": (
        set_range("CONFIG_SWEEP_COMMAND=\"sh -c 'echo {SIZE}'\"\nCONFIG_SIZE=1|2\n"),
        "$CONFIG_SIZE",
    ),
    "bad setting": (
        set_range(COMMAND + "CONFIG_SWEEP_JOBS=many\nCONFIG_SIZE=1|2\n"),
        "range:2: CONFIG_SWEEP_JOBS cannot be `many`; it allows a whole number",
    ),
    "unknown setting": (
        set_range(COMMAND + "CONFIG_SWEEP_JOB=2\nCONFIG_SIZE=1|2\n"),
        "range:2: CONFIG_SWEEP_JOB is not a setting; did you mean CONFIG_SWEEP_JOBS",
    ),
    "a broken regular expression": (
        set_range(COMMAND + 'CONFIG_SWEEP_METRIC_REGEX="("\nCONFIG_SIZE=1|2\n'),
        "range:2: ",
    ),
    "distribution": (
        set_range(COMMAND + "CONFIG_SIZE=uniform(1, 9)\n"),
        "range:2: CONFIG_SIZE=uniform(1, 9) is a distribution",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_input(project: Path, ksweep: Ksweep, case: str) -> None:
    spoil, message = CASES[case]
    spoil(project)
    done = ksweep("sweep", "range")
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert not (project / "test_matrix_results").exists()
    assert not (project / "sweep_configs").exists()


@pytest.mark.parametrize("verb", ["status", "watch", "leaderboard", "analyze", "resume"])
def test_no_results(ksweep: Ksweep, verb: str) -> None:
    done = ksweep(verb)
    assert done.returncode == 2
    assert done.stderr == (
        "test_matrix_results/latest: there is no sweep yet; run one, or name a results directory\n"
    )
    other = ksweep(verb, ".")
    assert other.returncode == 2
    assert other.stderr.startswith(
        ".: this is not a results directory (no sweep.json of one in it); "
    )


def test_a_large_grid_needs_yes(project: Path, ksweep: Ksweep) -> None:
    kconfig = "".join(f'config N{i}\n\tint "n"\n\trange 1 1000\n' for i in range(2))
    (project / "Kconfig").write_text(kconfig)
    (project / "range").write_text("CONFIG_N0=1:1:1000\nCONFIG_N1=1:1:1000\n")
    done = ksweep("generate", "range")
    assert done.returncode == 2
    assert "more than 100,000 configurations (its axes multiply to 1,000,000)" in done.stderr
    assert "random, qmc, covering, tpe" in done.stderr
    assert "--yes" in done.stderr
    assert not (project / "sweep_configs").exists()


def test_an_error_leaves_the_old_configurations(project: Path, ksweep: Ksweep) -> None:
    ksweep("generate", "range")
    before = sorted((project / "sweep_configs").iterdir())
    (project / "range").write_text("CONFIG_SIZE=12|5\n")
    assert ksweep("generate", "range").returncode == 2
    assert sorted((project / "sweep_configs").iterdir()) == before


def test_a_directory_of_others_is_never_replaced(project: Path, ksweep: Ksweep) -> None:
    (project / "mine").mkdir()
    (project / "mine/thesis.tex").write_text("all of it")
    for verb in (["generate", "range"], ["clean"]):
        done = ksweep(*verb, "-o", "mine")
        assert done.returncode == 2
        assert done.stderr.startswith("mine: ")
    assert (project / "mine/thesis.tex").read_text() == "all of it"


def test_wrong_options(ksweep: Ksweep) -> None:
    for arguments in (
        ["--nonsense"],
        ["show"],
        ["run", "--max-runs", "0"],
        ["resume", "--retry", "x"],
    ):
        done = ksweep(*arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


def test_menuconfig_without_a_terminal_names_the_others(ksweep: Ksweep) -> None:
    done = ksweep("config", "menuconfig")
    assert done.returncode == 2
    assert "menuconfig needs a terminal; use `make olddefconfig`" in done.stderr

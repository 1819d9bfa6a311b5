"""What programs find in their environment, whoever starts the sweep and however."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Ksweep

CHOICE = """\
choice
	prompt "Goal"
config SMALL
	bool "small"
config QUICK
	bool "quick"
endchoice
config DEPTH
	int "depth"
	default 3
"""


def results(project: Path) -> list[dict[str, object]]:
    """The records of the latest sweep, in the order of its configurations."""
    files = sorted((project / "test_matrix_results/latest").glob("config_*/result.json"))
    return [json.loads(file.read_text()) for file in files]


def metrics(project: Path) -> list[object]:
    return [record["metrics"] for record in results(project)]


def logs(project: Path) -> list[str]:
    files = sorted((project / "test_matrix_results/latest").glob("config_*/output.log"))
    return [file.read_text() for file in files]


def test_make_sees_what_is_set_and_what_is_not(project: Path, ksweep: Ksweep):
    (project / "Kconfig").write_text(CHOICE)
    (project / "Makefile").write_text(
        "ifdef CONFIG_SMALL\nsize := 1\nelse\nsize := 3\nendif\n"
        "all:\n\t@echo size: $(size)\n\t@echo speed: $(if $(CONFIG_QUICK),9,4)\n"
        "\t@echo depth: $$CONFIG_DEPTH\n"
    )
    (project / "range").write_text(
        'CONFIG_SWEEP_COMMAND="make -s"\nCONFIG_SWEEP_METRIC="size"\n'
        'CONFIG_SWEEP_METRICS="speed,depth"\nCONFIG_SMALL|CONFIG_QUICK=y\n'
    )
    done = ksweep("sweep", "range")
    assert done.returncode == 0, done.stderr
    assert metrics(project) == [
        {"size": 1, "speed": 4, "depth": 3},
        {"size": 3, "speed": 9, "depth": 3},
    ]


@pytest.mark.parametrize("prefix", ["", "FOO_"])
def test_a_prefix_of_other_trees_changes_nothing(
    project: Path, ksweep: Ksweep, monkeypatch: pytest.MonkeyPatch, prefix: str
):
    monkeypatch.setenv("CONFIG_", prefix)
    monkeypatch.setenv("CONFIG_STALE", "1")
    (project / "range").write_text('CONFIG_SWEEP_COMMAND="env"\nCONFIG_SIZE=1|2\n')
    ksweep("sweep", "range")
    assert [record["params"] for record in results(project)] == [
        {"CONFIG_SIZE": "1"},
        {"CONFIG_SIZE": "2"},
    ]
    for number, log in enumerate(logs(project), start=1):
        found = [line for line in log.splitlines() if line.startswith("CONFIG_")]
        assert sorted(found) == ["CONFIG_FAST=", f"CONFIG_SIZE={number}"]


def test_of_a_large_tree_show_says_what_programs_find(project: Path, ksweep: Ksweep):
    assert "64 KiB" not in ksweep("show", "range").stdout
    assert json.loads(ksweep("show", "range", "--json").stdout)["environment"] == "all"
    symbols = (f'config LONG_NAME_{n}\n\tstring "{n}"\n\tdefault "{n:060}"\n' for n in range(900))
    with open(project / "Kconfig", "a") as file:
        file.writelines(symbols)
    assert "more than 64 KiB of symbols" in ksweep("show", "range").stdout
    assert json.loads(ksweep("show", "range", "--json").stdout)["environment"] == "named"


def test_a_program_that_rewrites_its_configuration_is_told_of(project: Path, ksweep: Ksweep):
    (project / "program.sh").write_text(
        'cat "$KCONFIG_CONFIG"; echo "score: 1"\n'
        'sed -e "s/SIZE=2/SIZE=7/" -e "/# CONFIG_FAST/d" "$KCONFIG_CONFIG" >new\n'
        'mv new "$KCONFIG_CONFIG"; echo CONFIG_MORE=y >>"$KCONFIG_CONFIG.$CONFIG_SIZE"\n'
        "test $CONFIG_SIZE != 2 -o $KSWEEP_ATTEMPT = 2\n"
    )
    (project / "range").write_text(
        'CONFIG_SWEEP_COMMAND="sh program.sh"\nCONFIG_SWEEP_METRIC="score"\n'
        "CONFIG_SWEEP_RETRIES=1\nCONFIG_SIZE=1|2|3\n"
    )
    done = ksweep("sweep", "range")
    assert done.returncode == 0
    told = "config_002 ran something else than it was asked to: its program changed CONFIG_SIZE"
    assert done.stderr.count(told + " from 2 to 7") == 1
    records = results(project)
    assert [record.get("config_changes") for record in records] == [
        None, {"CONFIG_SIZE": ["2", "7"]}, None,
    ]  # fmt: skip
    assert records[1]["attempt"] == 2
    assert all(f"CONFIG_SIZE={n}\n" in log for n, log in enumerate(logs(project), start=1))
    latest = project / "test_matrix_results/latest"
    texts = [ksweep("status").stdout, (latest / "sweep_analysis.txt").read_text()]
    assert all("config_002: CONFIG_SIZE from 2 to 7" in text for text in texts)


def test_an_unchanged_copy_goes(project: Path, ksweep: Ksweep):
    (project / "program.sh").write_text('echo "score: 1"; ls "$KCONFIG_CONFIG"\n')
    ksweep("sweep", "range", "--max-runs", "1")
    (file,) = (project / "test_matrix_results/latest").glob("config_001*/config.*")
    assert file.name == "config.txt"
    assert "/config.copy\n" in logs(project)[0]


@pytest.mark.parametrize("name", ["CONFIG_COPY", "SWEEP_CONFIG_COPY", "CONFIG_SWEEP_CONFIG_COPY"])
def test_without_a_copy_the_configuration_is_the_record(project: Path, ksweep: Ksweep, name: str):
    (project / "program.sh").write_text('echo "score: 1"; ls "$KCONFIG_CONFIG"\n')
    done = ksweep("sweep", "range", "--max-runs", "1", "--set", f"{name}=n")
    assert done.returncode == 0, done.stderr
    assert "/config.txt\n" in logs(project)[0]

"""What is run is what was generated, whatever happens to `sweep_configs/` meanwhile."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Ksweep

CONFIGS = "sweep_configs"
RESULTS = "test_matrix_results"


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def exchange_two(configs: Path) -> str:
    first, second = ((configs / f"config_00{n}").read_text() for n in (1, 2))
    (configs / "config_001").write_text(second)
    (configs / "config_002").write_text(first)
    return "config_001"


def change_a_value(configs: Path) -> str:
    edit(configs / "config_003", "CONFIG_SIZE=1\n", "CONFIG_SIZE=2\n")
    return "config_003"


def cut_off(configs: Path) -> str:
    os.truncate(configs / "config_002", 20)
    return "config_002"


def take_another_plan(configs: Path) -> str:
    listed = json.loads((configs / "sweep.json").read_text())
    listed["configurations"][4]["id"] = "0123456789ab"
    (configs / "sweep.json").write_text(json.dumps(listed))
    return "config_005"


@pytest.mark.parametrize("damage", [exchange_two, change_a_value, cut_off, take_another_plan])
def test_a_configuration_that_is_another_is_not_run(
    project: Path, ksweep: Ksweep, damage: Callable[[Path], str]
) -> None:
    ksweep("generate", "range")
    name = damage(project / CONFIGS)
    done = ksweep("run")
    assert done.returncode == 2
    assert f"{CONFIGS}/{name}: this is not the configuration that sweep.json lists" in done.stderr
    assert contents(project / RESULTS) == {}


def test_a_sweep_does_not_grow_by_what_is_another_configuration(
    project: Path, ksweep: Ksweep
) -> None:
    assert ksweep("sweep", "range").returncode == 0
    edit(project / "range", "CONFIG_SIZE=1|2|3", "CONFIG_SIZE=1|2|3|4")
    ksweep("generate", "range")
    (project / CONFIGS / "config_012").write_text("CONFIG_SIZE=4\n")
    before = sorted((project / RESULTS / "latest").iterdir())
    done = ksweep("resume", "--config-dir", CONFIGS)
    assert done.returncode == 2
    assert f"{CONFIGS}/config_012: this is not the configuration" in done.stderr
    assert sorted((project / RESULTS / "latest").iterdir()) == before


REFUSED = [
    ["--only", "nope"],
    ["--set", "MEMORY_MB=99999999*SIZE"],
    ["--set", "MEMORY_MB=1/(SIZE-1)"],
    ["--set", "CPUS_PER_TRIAL=9999"],
]


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_run_is_not_generated(
    project: Path, ksweep: Ksweep, arguments: list[str]
) -> None:
    assert ksweep("generate", "range").returncode == 0
    before = contents(project)
    edit(project / "range", "CONFIG_SIZE=1|2|3", "CONFIG_SIZE=1|2|3|4")
    before[str(project / "range")] = (project / "range").read_bytes()
    done = ksweep("sweep", "range", *arguments)
    assert done.returncode == 2, done.stderr
    assert contents(project) == before
    assert not [name for name in os.listdir(project) if "ksweep-" in name]


@pytest.mark.parametrize("generated", [False, True])
def test_a_dry_run_replaces_nothing(project: Path, ksweep: Ksweep, generated: bool) -> None:
    if generated:
        ksweep("generate", "range")
    edit(project / "range", "CONFIG_SIZE=1|2|3", "CONFIG_SIZE=5|6")
    before = contents(project)
    done = ksweep("sweep", "range", "--dry-run", "--only", "config_002", "--set", "REPEAT=2")
    heads = [line for line in done.stdout.splitlines() if line.startswith("# config_")]
    values = "CONFIG_SIZE=5 CONFIG_FAST=y CONFIG_DEPTH=5"
    assert heads == [f"# config_002: {values}", f"# config_002.r2: {values}"]
    assert contents(project) == before
    wrong = ksweep("sweep", "range", "--dry-run", "--only", "config_9")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--only: this sweep has no config_9" in wrong.stderr


def test_a_dry_run_of_what_is_generated_knows_its_names(ksweep: Ksweep) -> None:
    ksweep("generate", "range")
    wrong = ksweep("run", "--dry-run", "--only", "config_9")
    assert (wrong.returncode, wrong.stdout) == (2, "")

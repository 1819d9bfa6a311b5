"""What every results directory has to say, whatever has happened to the commands that made it.

Nothing of ksweep is used to find out.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chaos.witness import content, logged, parsed, placed

KCONFIG = """\
config X
	int "what is printed"
	range 1 999
	default 1

config NAME
	string "a name"
	default "none"
"""
SETTINGS = """\
CONFIG_SWEEP_COMMAND="sh -c 'echo score = $CONFIG_X; echo loss = $CONFIG_X'"
CONFIG_SWEEP_METRIC="score"
CONFIG_SWEEP_METRICS="loss"
CONFIG_SWEEP_JOBS=2
"""
RANGES = {
    "a-range": ("one", (1, 2, 3, 4)),
    "b-range": ("two", (4, 3, 5)),
    "c-range": ("one", (2, 9)),
}


def write_project(project: Path) -> None:
    """A project whose range files number other configurations alike."""
    project.mkdir()
    (project / "Kconfig").write_text(KCONFIG)
    for range_file, (name, values) in RANGES.items():
        axis = "|".join(map(str, values))
        text = f'{SETTINGS}CONFIG_NAME="{name}"\nCONFIG_X={axis}\n'
        (project / range_file).write_text(text)


def wrong(project: Path) -> Iterator[str]:
    """What is not as it has to be, in every results directory and in `sweep_configs/`."""
    for directory in sorted((project / "test_matrix_results").glob("sweep_*")):
        sweep = parsed(content(directory / "sweep.json"))
        if sweep is None:
            yield f"{directory.name} has no sweep.json"
            continue
        for one in sweep["configurations"]:
            yield from _wrong_trial(directory, one)
        for key, count in Counter((r["name"], r["attempt"]) for r in logged(directory)).items():
            if count > 1:
                yield f"{directory.name}: {key} is in the ledger {count} times"
    plan = project / "sweep_configs"
    if plan.is_dir():
        listed = json.loads((plan / "sweep.json").read_text())["configurations"]
        for one in listed:
            yield from _wrong_text(plan / one["name"], one)


def left_over(project: Path) -> list[str]:
    """What no command leaves behind."""
    return sorted(str(path.relative_to(project)) for path in project.rglob("*ksweep-*"))


def records(project: Path) -> set[tuple[str, ...]]:
    """Every result that is recorded, in a ledger or beside its trial."""
    return {
        (directory.name, one["name"], str(one["attempt"]), one["status"], one["finished_at"])
        for directory in (project / "test_matrix_results").glob("sweep_*")
        for one in (*logged(directory), *placed(directory))
    }


def ended(project: Path) -> Counter[str]:
    """The states of the trials of all results directories; `none` where there is no record."""
    found: Counter[str] = Counter()
    for directory in (project / "test_matrix_results").glob("sweep_*"):
        sweep = parsed(content(directory / "sweep.json")) or {"configurations": []}
        for one in sweep["configurations"]:
            record = parsed(content(_trial(directory, one) / "result.json"))
            found[record["status"] if record else "none"] += 1
    return found


def _wrong_trial(directory: Path, one: dict[str, Any]) -> Iterator[str]:
    trial = _trial(directory, one)
    yield from _wrong_text(trial / "config.txt", one)
    record = parsed(content(trial / "result.json"))
    if record is None:
        return
    said = [record[key] for key in ("name", "id", "params")]
    if said != [one[key] for key in ("name", "id", "params")]:
        yield f"{trial}: the record is of {said}"
    printed = float(one["params"]["CONFIG_X"])
    if record["status"] == "success" and record["metrics"].get("score") != printed:
        yield f"{trial}: {record['metrics']}, but {one['params']}"


def _wrong_text(path: Path, one: dict[str, Any]) -> Iterator[str]:
    text = content(path).decode()
    lines = [
        line.removeprefix("CONFIG_") for line in text.splitlines() if line.startswith("CONFIG")
    ]
    bare = sorted(f"{line.replace(chr(34), '')}\n" for line in lines)
    if hashlib.sha256("".join(bare).encode()).hexdigest()[:12] != one["id"]:
        yield f"{path}: {lines}, but the identity {one['id']}"
    for name, value in one["params"].items():
        if f"{name}={value}" not in text.splitlines():
            yield f"{path}: {lines}, but {name}={value}"


def _trial(directory: Path, one: dict[str, Any]) -> Path:
    return directory / f"{one['name'].partition('.')[0]}_{one['id']}"

"""Small generated sweeps of real processes, for the tests of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ksweep import settings as settings_
from ksweep.backends.local import LocalBackend
from ksweep.model import Configuration, Result, Settings, TrialState
from ksweep.store import ConfigDir, Entry, Generated, Results, entry_of, listing
from ksweep.sweep import Event, Interrupt, RunOptions, begin, run

CONFIG_DIR = "sweep_configs"
OUTPUT_DIR = "test_matrix_results"


def entry(number: int, name: int | None = None) -> Entry:
    """The configuration with X=number, under its own number or another one."""
    params = {"CONFIG_X": str(number)}
    known = Configuration(f"{number:012x}", params, config_text(params))
    return entry_of(f"config_{name or number:03}", known)


def config_text(params: Mapping[str, str]) -> str:
    return f'CONFIG_X={params["CONFIG_X"]}\nCONFIG_S="a b"\n'


def plan(
    entries: Sequence[Entry],
    settings: Settings,
    kconfig: str = "0" * 64,
    command_where: str = "CONFIG_SWEEP_COMMAND",
) -> Generated:
    """What a generation writes, without a Kconfig tree."""
    with ConfigDir(CONFIG_DIR).staged() as staged:
        for one in entries:
            staged.write_config(one.name, config_text(one.params))
        staged.write_plan(
            {
                "settings": settings_.to_json(settings),
                "range_file": {"path": "a-range", "files": ["a-range"]},
                "kconfig": {"path": "Kconfig", "digest": kconfig},
                "axes": [{"symbols": ["X"], "kind": "single", "values": "*", "where": "a-range:1"}],
                "exports": ["S"],
                "command_where": command_where,
                "configurations": listing(entries),
            }
        )
    return read_plan()


def read_plan() -> Generated:
    """What is generated now."""
    with ConfigDir(CONFIG_DIR).reading() as generated:
        return generated


def new(trials: int, command: str, **settings: object) -> tuple[Results, Settings]:
    """A new results directory in the current directory."""
    chosen = replace(Settings(command=command), **settings)  # type: ignore[arg-type]
    configs = plan([entry(number + 1) for number in range(trials)], chosen)
    return begin(configs, OUTPUT_DIR, chosen), chosen


def run_all(
    results: Results, settings: Settings, interrupt: Interrupt | None = None, **options: object
) -> list[Event]:
    """Run what is due, to the end."""
    chosen = RunOptions(settings, **options)  # type: ignore[arg-type]
    with results.lock(), closing(LocalBackend(grace_s=0.5)) as backend:
        return list(run(results, backend, chosen, interrupt or Interrupt()))


def states(results: Results) -> list[TrialState]:
    return [result.status for result in again(results).results()]


def again(results: Results) -> Results:
    return Results.open(results.path, "")


def runs(path: str = "runs") -> list[str]:
    """What the trials have noted, each time that they ran."""
    file = Path(path)
    return file.read_text().split() if file.exists() else []


def log(results: Results, number: int) -> str:
    return Path(results.trial(results.entries[number - 1]).log_path).read_text()


def by_name(found: Sequence[Result]) -> dict[str, Result]:
    return {result.name: result for result in found}

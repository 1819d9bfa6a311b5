from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from analysis.making import made

from ksweep import settings
from ksweep.errors import InputError
from ksweep.model import Method, Settings
from ksweep.report.reading import earlier_trial_seconds, planned_trials, read_view
from ksweep.store import Entry, Results

AXES = [
    {"kind": "single", "symbols": ["LEVEL"], "values": "1|2"},
    {"kind": "choice", "symbols": ["CODEC_A", "CODEC_B"], "values": "y"},
]


def lay_out(output_dir: Path, command: str = "true", **changes: object) -> Results:
    sweep: Mapping[str, object] = {
        "axes": AXES,
        "command": command,
        "settings": settings.to_json(Settings(command=command)),
        **changes,
    }
    entries = [Entry(f"config_00{n}", f"{n:012x}", {"CONFIG_LEVEL": str(n)}) for n in (1, 2)]
    return Results.create(str(output_dir), sweep, [(entry, "") for entry in entries])


def end_first(results: Results, wall_s: float) -> None:
    results.trial(results.entries[0]).write_result(
        replace(made(1), resources=made(1, wall_s=wall_s).resources)
    )


def test_a_view_has_every_trial_and_what_varies(tmp_path: Path):
    results = lay_out(tmp_path)
    end_first(results, 2.0)
    view = read_view(results)
    assert [result.status.value for result in view.results] == ["success", "pending"]
    assert view.parameters == ("CONFIG_LEVEL", "CONFIG_CODEC_A", "CONFIG_CODEC_B")
    assert view.choices == (("CONFIG_CODEC_A", "CONFIG_CODEC_B"),)
    assert view.directories == ("config_001_000000000001", "config_002_000000000002")


@pytest.mark.parametrize(
    "axes", [None, "x", ["x"], [{}], [{"kind": "odd", "symbols": []}], [{"kind": "single"}]]
)
def test_damaged_axes_are_wrong_input(tmp_path: Path, axes: object):
    results = lay_out(tmp_path)
    file = Path(results.path) / "sweep.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "axes": axes}))
    with pytest.raises(InputError) as error:
        read_view(Results.open(results.path, str(tmp_path)))
    assert str(error.value) == (
        f"{file}: `axes` is not a list of kinds and symbols; restore the file as ksweep wrote it"
    )


def test_damaged_settings_are_wrong_input(tmp_path: Path):
    results = lay_out(tmp_path, settings={"objectives": [{"metric": "loss", "goal": "best"}]})
    with pytest.raises(InputError) as error:
        read_view(results)
    what = f"{results.path}/sweep.json: `settings` is not what ksweep writes ("
    assert str(error.value).startswith(what)
    assert str(error.value).endswith("; restore the file as ksweep wrote it")


def test_a_search_has_as_many_trials_as_its_choices_have_runs(tmp_path: Path):
    fold = {
        "kind": "single",
        "symbols": ["FOLD"],
        "types": ["int"],
        "limits": [None],
        "values": "1:1:3",
    }
    level = {**fold, "symbols": ["LEVEL"], "values": "1:1:9"}
    held = Settings(command="true", method=Method.TPE, trials=4, repeat=2, replicate=("FOLD",))
    results = lay_out(tmp_path, axes=[level, fold], settings=settings.to_json(held))
    assert planned_trials(results, held) == 2 + 2 * 6  # two choices of one run each are laid out
    assert planned_trials(results, replace(held, trials=2)) == 2
    assert planned_trials(results, replace(held, method=Method.GRID)) == 2


def test_who_runs_a_sweep_says_how(tmp_path: Path):
    results = lay_out(tmp_path)
    assert (read_view(results).jobs, read_view(results).expected_s) == (1, None)
    with results.lock():
        assert read_view(results).jobs == 1
        results.note_run(12, 7.5)
        results.note_run(3, 2.5)
        assert (read_view(results).jobs, read_view(results).expected_s) == (3, 2.5)
    assert (read_view(results).jobs, read_view(results).expected_s) == (1, None)


@pytest.mark.parametrize("said", ["x", -1, 0, 1e999, None, True, [1]])
def test_what_somebody_says_of_a_run_is_not_believed_blindly(tmp_path: Path, said: object):
    results = lay_out(tmp_path)
    with results.lock():
        lock = Path(results.path) / ".lock"
        lock.write_text(json.dumps({**json.loads(lock.read_text()), "jobs": said}))
        assert read_view(results).jobs == 1
        lock.write_text(json.dumps({"pid": 1, "host": "h", "since": "", "expected_s": said}))
        assert read_view(results).expected_s is None


def test_time_comes_from_the_newest_sweep_of_the_same_command(tmp_path: Path):
    for command, wall_s in [("true", 9.0), ("true", 2.0), ("false", 5.0)]:
        end_first(lay_out(tmp_path, command), wall_s)
    lay_out(tmp_path)  # nothing has ended in it
    assert earlier_trial_seconds(str(tmp_path), "true") == 2.0
    assert earlier_trial_seconds(str(tmp_path), "false") == 5.0
    assert earlier_trial_seconds(str(tmp_path), "sleep 1") is None
    assert earlier_trial_seconds(str(tmp_path / "none"), "true") is None


def test_a_damaged_sweep_is_passed_over(tmp_path: Path):
    end_first(lay_out(tmp_path), 2.0)
    damaged = lay_out(tmp_path)
    (Path(damaged.path) / "sweep.json").write_text("{")
    assert earlier_trial_seconds(str(tmp_path), "true") == 2.0


@pytest.mark.parametrize("damage", ["file", "pipe", "link", "removed"])
def test_one_damaged_directory_of_an_old_sweep_hides_none_of_its_others(
    tmp_path: Path, damage: str
):
    results = lay_out(tmp_path)
    end_first(results, 2.0)
    path = Path(results.trial(results.entries[1]).path)
    shutil.rmtree(path)
    if damage == "file":
        path.write_text("")
    elif damage == "pipe":
        os.mkfifo(path)
    elif damage == "link":
        path.symlink_to("nowhere")
    assert earlier_trial_seconds(str(tmp_path), "true") == 2.0

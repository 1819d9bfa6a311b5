"""What every tracker owes, asked of what the real libraries then find: one suite over all."""

from __future__ import annotations

import functools
import math
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from ksweep import trackers
from ksweep.errors import InputError, SurroundingsError
from ksweep.model import Goal, Objective, TrialState
from ksweep.store import Results
from ksweep.trackers import Kind, Request, Tally, mlflow
from trackers.held import Held, held
from trackers.making import SETTINGS, again, end, lay_out, reports

PLACES = {Kind.MLFLOW: "tracked.db", Kind.WANDB: "tracked", Kind.OPTUNA: "tracked.journal"}
CLASSES = {
    Kind.MLFLOW: "ksweep.trackers.mlflow.MlflowTracker",
    Kind.WANDB: "ksweep.trackers.wandb.WandbTracker",
    Kind.OPTUNA: "ksweep.trackers.optuna.OptunaTracker",
}


DIFF = "+password = hunter2"


def installed(kind: Kind) -> object:
    missing = pytest.mark.skipif(find_spec(kind) is None, reason=f"{kind} is not installed")
    return pytest.param(kind, marks=missing)


ALL = pytest.mark.parametrize("kind", [installed(kind) for kind in Kind])
KEEPING = pytest.mark.parametrize("kind", [installed(Kind.MLFLOW), installed(Kind.WANDB)])


@functools.cache
def _empty_database() -> Path:
    """MLflow takes two seconds to make one."""
    from mlflow.tracking import MlflowClient

    file = Path(tempfile.mkdtemp()) / "empty.db"
    with warnings.catch_warnings(action="ignore"):
        MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


def export(kind: Kind, results: Results, place: Path, with_files: bool = False) -> Tally:
    where = str(place / PLACES[kind])
    if kind is Kind.MLFLOW and not Path(where).exists():
        shutil.copy(_empty_database(), where)
    return trackers.export(Results.open(results.path, ""), Request(kind, where, with_files))


def found(kind: Kind, results: Results, place: Path) -> dict[str, Held]:
    """What is held, each trial once."""
    everything = held(kind, place / PLACES[kind], results.name)
    assert len(dict(everything)) == len(everything), "a trial is there twice"
    return dict(everything)


def sweep(tmp_path: Path) -> Results:
    """Four trials: two that succeeded, one that failed, one that has not ended."""
    params = [{"CONFIG_LR": "0.1", "CONFIG_OPT": "sgd"}, {"CONFIG_LR": "1e-2"}, {}, {}]
    results = lay_out(tmp_path / "out", params)
    steps = [{"step": step, "acc": acc} for step, acc in ((1, 50.0), (2, 80.0), (3, 75.5))]
    end(results, 1, log=reports(*steps), acc=75.5)
    end(results, 2, acc=61.25, loss=math.nan)
    end(results, 3, TrialState.FAILED)
    return results


@ALL
def test_it_holds_what_the_trials_came_to(kind: Kind, tmp_path: Path) -> None:
    results = sweep(tmp_path)
    tally = export(kind, results, tmp_path)
    assert (tally.written, tally.known) == (3, 0)
    there = found(kind, results, tmp_path)
    assert sorted(there) == ["config_001", "config_002", "config_003"]
    first, second, third = (there[name] for name in sorted(there))
    assert {name: str(value) for name, value in first.params.items()} == {
        "CONFIG_LR": "0.1",
        "CONFIG_OPT": "sgd",
    }
    assert float(second.params["CONFIG_LR"]) == 0.01
    assert first.metrics["acc"] == 75.5
    assert first.metrics["total_time"] == 1.5
    assert second.metrics["acc"] == 61.25
    assert "loss" not in second.metrics
    assert "acc" not in third.metrics
    assert first.histories["acc"] == [(1, 50.0), (2, 80.0), (3, 75.5)]
    ends = {
        Kind.MLFLOW: ("FINISHED", "FAILED"),
        Kind.WANDB: ("0", "1"),
        Kind.OPTUNA: ("COMPLETE", "FAIL"),
    }
    assert (first.ended, third.ended) == ends[kind]


@ALL
def test_writing_it_again_changes_nothing(kind: Kind, tmp_path: Path) -> None:
    results = sweep(tmp_path)
    export(kind, results, tmp_path)
    before = found(kind, results, tmp_path)
    tally = export(kind, results, tmp_path)
    assert found(kind, results, tmp_path) == before
    assert tally.written + tally.known == 3
    assert tally.known == (0 if kind is Kind.OPTUNA else 3)  # the journal is written anew


@ALL
def test_a_trial_that_came_to_something_else_is_replaced(kind: Kind, tmp_path: Path) -> None:
    results = sweep(tmp_path)
    export(kind, results, tmp_path)
    again(results, 3, acc=90.0)
    end(results, 4, acc=10.0)
    export(kind, results, tmp_path)
    there = found(kind, results, tmp_path)
    assert len(there) == 4
    assert there["config_003"].metrics["acc"] == 90.0
    assert there["config_003"].ended == there["config_001"].ended


@ALL
def test_sweeps_stay_apart(kind: Kind, tmp_path: Path) -> None:
    one, other = sweep(tmp_path), lay_out(tmp_path / "elsewhere", [{"CONFIG_LR": "3"}])
    end(other, 1, acc=1.0)
    moved = tmp_path / "elsewhere" / "sweep_of_another_day"
    Path(other.path).rename(moved)
    other = Results.open(str(moved), "")
    export(kind, one, tmp_path)
    if kind is not Kind.MLFLOW:
        place = tmp_path / "of the other"
        place.mkdir()
        assert export(kind, other, place).written == 1
        return
    assert export(kind, other, tmp_path).written == 1
    assert len(found(kind, one, tmp_path)) == 3
    assert list(found(kind, other, tmp_path)) == ["config_001"]


@KEEPING
def test_what_broke_off_is_completed(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second trial is cut off in its middle, with a part of it written."""
    results = sweep(tmp_path)
    with monkeypatch.context() as patched:
        name = {Kind.MLFLOW: "mlflow.tracking.MlflowClient.set_terminated"}.get(kind)
        patched.setattr(name or "wandb.Run.define_metric", _fails_at_second())
        with pytest.raises(SurroundingsError) as caught:
            export(kind, results, tmp_path)
    assert str(caught.value) == f"{kind}: it failed: no more; mend that and export it again"
    tally = export(kind, results, tmp_path)
    assert (tally.written, tally.known) == (2, 1)
    there = found(kind, results, tmp_path)
    assert sorted(there) == ["config_001", "config_002", "config_003"]
    assert there["config_002"].metrics["acc"] == 61.25


def _fails_at_second() -> object:
    calls = []

    def method(self: object, *arguments: object, **options: object) -> None:
        calls.append(self)
        if len(calls) > 1:
            raise RuntimeError("no  more")

    return method


@KEEPING
def test_files_are_there_where_they_are_asked_for(kind: Kind, tmp_path: Path) -> None:
    results = sweep(tmp_path)
    Path(results.diff_path).write_text(DIFF)
    directory = Path(results.trial(results.entries[0]).path)
    (directory / "training_metrics.json").symlink_to("/etc/passwd")
    export(kind, results, tmp_path)
    assert not any(one.files for one in found(kind, results, tmp_path).values())
    assert export(kind, results, tmp_path, with_files=True).written == 3
    assert export(kind, results, tmp_path, with_files=True).known == 3
    assert export(kind, results, tmp_path).known == 3
    files = found(kind, results, tmp_path)["config_001"].files
    assert sorted(files) == ["config.txt", "output.log"]
    assert files["config.txt"] == b"CONFIG_LR=0.1\nCONFIG_OPT=sgd\n"
    assert b"KSWEEP" in files["output.log"]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    outside = [path for path in written if not path.is_relative_to(results.path)]
    assert outside
    assert not [path for path in outside if DIFF.encode() in path.read_bytes()]


NAMES = ["val loss", "a/b", "../up", "/", "acc(%)", "acc[%]", "_step", "ksweep", "total_time", "ä", "x" * 300]  # fmt: skip


@ALL
def test_any_name_and_any_number_can_be_held(kind: Kind, tmp_path: Path) -> None:
    params = {
        "CONFIG_A": "v" * 7000,
        "CONFIG_HEX": "0xFF",
        "CONFIG_HUGE": "9" * 200,
        "CONFIG_E": "",
    }
    results = lay_out(tmp_path / "out", [params, {**params, "CONFIG_HUGE": "1"}])
    values = {name: float(number) for number, name in enumerate(NAMES, start=1)}
    log = reports({"step": 0.5, **values}, {"step": 1.5, **values}, {"step": 1e19, "acc": 3})
    for number in (1, 2):
        end(results, number, log=log, acc=3.0, inf=math.inf, **values)
    assert export(kind, results, tmp_path).written == 2
    first = found(kind, results, tmp_path)["config_001"]
    assert set(values.values()) <= set(first.metrics.values())
    assert math.inf not in first.metrics.values()
    assert first.metrics["total_time"] == 1.5
    assert len(first.params) == 4
    assert export(kind, results, tmp_path).written == (2 if kind is Kind.OPTUNA else 0)


@ALL
def test_a_sweep_without_results_is_refused(kind: Kind, tmp_path: Path) -> None:
    results = lay_out(tmp_path / "out", [{}, {}])
    with pytest.raises(InputError) as caught:
        export(kind, results, tmp_path)
    assert str(caught.value) == f"{results.path}: no trial has ended yet; export it when one has"
    assert not list(tmp_path.glob(f"{PLACES[kind]}*/wandb"))


@ALL
def test_two_do_not_write_at_once(kind: Kind, tmp_path: Path) -> None:
    results = sweep(tmp_path)
    with results.exporting(kind), pytest.raises(InputError) as caught:
        export(kind, results, tmp_path)
    assert f"this sweep is being exported to {kind} already, by pid " in str(caught.value)


@ALL
def test_following_ends_with_the_sweep_and_has_all_of_it(kind: Kind, tmp_path: Path) -> None:
    results = sweep(tmp_path)
    end(results, 4, acc=5.0)
    where = str(tmp_path / PLACES[kind])
    assert trackers.follow(results, Request(kind, where)).written == 4
    assert len(found(kind, results, tmp_path)) == 4


@pytest.mark.parametrize("kind", list(Kind))
def test_a_missing_library_is_named(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = sweep(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, kind.value, None)
    with pytest.raises(InputError) as caught:
        trackers.export(results, Request(kind))
    assert f"ksweep export {kind}: it needs {kind}, which is not installed" in str(caught.value)


@pytest.mark.skipif(find_spec("mlflow") is None, reason="mlflow is not installed")
def test_a_server_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    results = sweep(tmp_path)
    with pytest.raises(SurroundingsError) as caught:
        trackers.export(results, Request(Kind.MLFLOW))
    assert str(caught.value).startswith("mlflow: it failed: API request to http://127.0.0.1:9/")


@ALL
def test_several_objectives(kind: Kind, tmp_path: Path) -> None:
    goals = (Objective("acc", Goal.MAXIMIZE), Objective("total_time", Goal.MINIMIZE))
    results = lay_out(tmp_path / "out", [{"CONFIG_N": "1"}], replace(SETTINGS, objectives=goals))
    end(results, 1, acc=4.0)
    assert export(kind, results, tmp_path).written == 1
    assert found(kind, results, tmp_path)["config_001"].metrics["acc"] == 4.0


@pytest.mark.skipif(find_spec("optuna") is None, reason="optuna is not installed")
def test_the_journal_is_a_study_that_optuna_goes_on_with(tmp_path: Path) -> None:
    import optuna

    params = [{"CONFIG_LR": f"1e-{n}", "CONFIG_N": str(n), "CONFIG_O": "ab"[n % 2]} for n in (1, 2, 3, 4)]  # fmt: skip
    results = lay_out(tmp_path / "out", params)
    for number in (1, 2, 3):
        end(results, number, acc=float(number))
    end(results, 4, TrialState.PRUNED, log=reports({"step": 1, "acc": 2}), acc=2.0)
    tally = trackers.export(results, Request(Kind.OPTUNA))
    assert tally.how_to_look == f"optuna-dashboard {results.path}/optuna.journal"
    backend = optuna.storages.journal.JournalFileBackend(f"{results.path}/optuna.journal")
    study = optuna.load_study(study_name=None, storage=optuna.storages.JournalStorage(backend))
    assert study.best_trial.user_attrs["name"] == "config_003"
    assert study.trials[3].state is optuna.trial.TrialState.PRUNED
    kinds = optuna.distributions
    assert study.best_trial.distributions == {
        "CONFIG_LR": kinds.FloatDistribution(1e-4, 1e-1, log=True),
        "CONFIG_N": kinds.IntDistribution(1, 4),
        "CONFIG_O": kinds.CategoricalDistribution(("b", "a")),
    }
    assert not [name for name in Path(results.path).iterdir() if name.name.startswith(".optuna")]


@pytest.mark.skipif(find_spec("optuna") is None, reason="optuna is not installed")
@pytest.mark.parametrize(
    "content", [b"my notes\n", b"\xff\n", b"[]\n", b'{"op_code":0,"study_name":"another"}\n']
)
def test_a_file_that_is_something_else_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    results, file = sweep(tmp_path), tmp_path / "notes"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        trackers.export(results, Request(Kind.OPTUNA, str(file)))
    assert str(caught.value) == (
        f"{file}: it is no journal of this sweep, and stays as it is; "
        "name another file with -o, or remove this one first"
    )
    assert file.read_bytes() == content
    file.write_bytes(b"")
    assert trackers.export(results, Request(Kind.OPTUNA, str(file))).written == 3


@pytest.mark.skipif(find_spec("mlflow") is None, reason="mlflow is not installed")
def test_a_sweep_that_was_cut_off_while_it_began_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    def fails(*arguments: object, **options: object) -> None:
        raise RuntimeError("no more")

    results = sweep(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("mlflow.tracking.MlflowClient.log_batch", fails)
        with pytest.raises(SurroundingsError):
            export(Kind.MLFLOW, results, tmp_path)
    for _ in range(2):
        export(Kind.MLFLOW, results, tmp_path)
        found(Kind.MLFLOW, results, tmp_path)  # which sees that there is one run of the sweep
    client = MlflowClient(f"sqlite:///{tmp_path / PLACES[Kind.MLFLOW]}")
    experiment = client.get_experiment_by_name("ksweep").experiment_id
    (parent,) = [
        run for run in client.search_runs([experiment]) if "mlflow.parentRunId" not in run.data.tags
    ]
    assert parent.data.params["command"] == "true"


@pytest.mark.skipif(find_spec("mlflow") is None, reason="mlflow is not installed")
def test_who_is_killed_while_tables_are_made_leaves_no_part_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow goes on with no tables that are half made."""
    results, scratch = sweep(tmp_path), tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    command = [sys.executable, "-m", "ksweep", "export", "mlflow", results.path]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as writer:
        while sum(made.stat().st_size for made in scratch.glob("*/new.db")) < 100_000:
            assert writer.poll() is None
            time.sleep(0.005)
        writer.kill()
    assert not (tmp_path / "out" / "mlflow.db").exists()
    assert trackers.export(results, Request(Kind.MLFLOW)).written == 3
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "latest",
        results.name,
        "mlflow.db",
    }


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("postgresql://me:secret@box:5/db", "postgresql://box:5/db"),
        ("https://me:s@cret@box/", "https://box/"),
        ("sqlite:////home/me@corp/mlflow.db", "sqlite:////home/me@corp/mlflow.db"),
        ("http://box:5000", "http://box:5000"),
    ],
)
def test_a_place_is_told_without_its_password(uri: str, told: str) -> None:
    assert mlflow._without_password(uri) == told


@pytest.mark.skipif(find_spec("wandb") is None, reason="wandb is not installed")
def test_wandb_tells_nothing_of_who_tells_it(tmp_path: Path) -> None:
    results = sweep(tmp_path)
    export(Kind.WANDB, results, tmp_path)
    names = {path.name for path in (tmp_path / "tracked").rglob("files/*")}
    assert not names & {"diff.patch", "requirements.txt", "wandb-metadata.json", "code"}


@KEEPING
def test_the_place_is_beside_the_sweeps_unless_somebody_says(kind: Kind, tmp_path: Path) -> None:
    results = sweep(tmp_path)
    trackers.export(results, Request(kind))
    made = {path.name for path in (tmp_path / "out").iterdir()} - {"latest", results.name}
    assert made == ({"mlflow.db"} if kind is Kind.MLFLOW else {"wandb"})
    shutil.move(tmp_path / "out", tmp_path / "moved")
    moved = Results.open(f"{tmp_path}/moved/{results.name}", "")
    assert trackers.export(moved, Request(kind)).known == 3  # the same sweep, wherever it is

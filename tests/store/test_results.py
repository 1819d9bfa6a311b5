import json
import os
import re
import time
from dataclasses import replace

import pytest

from ksweep.errors import InputError, SurroundingsError
from ksweep.model import TrialState
from ksweep.store import Results
from store.making import config_text, entry, finish, lay_out, result


def text_of(caught):
    return str(caught.value)


def test_a_new_sweep_has_every_configuration_and_is_the_latest(tmp_path):
    results = lay_out(tmp_path / "out", 3)
    assert re.fullmatch(r"sweep_\d{8}_\d{6}", results.name)
    assert sorted(os.listdir(results.path)) == [
        ".sweep.json",
        "config_001_000000000001",
        "config_002_000000000002",
        "config_003_000000000003",
        "sweep.json",
    ]
    assert results.trial(entry(2)).config_text() == config_text(entry(2))
    assert os.readlink(tmp_path / "out" / "latest") == results.name
    assert set(os.listdir(tmp_path / "out")) == {results.name, "latest"}


def test_sweep_json_is_versioned_and_lists_the_configurations(tmp_path):
    results = lay_out(tmp_path, 2)
    with open(f"{results.path}/sweep.json") as file:
        sweep = json.load(file)
    assert list(sweep)[:2] == ["version", "kind"]
    assert (sweep["version"], sweep["kind"], sweep["command"]) == (1, "results", "true")
    assert sweep["configurations"] == [
        {"name": "config_001", "id": "000000000001", "params": {"CONFIG_X": "1"}},
        {"name": "config_002", "id": "000000000002", "params": {"CONFIG_X": "2"}},
    ]


def test_two_sweeps_of_one_second_have_different_names(tmp_path):
    first, second = lay_out(tmp_path), lay_out(tmp_path)
    assert first.name < second.name
    assert os.readlink(tmp_path / "latest") == second.name


@pytest.mark.parametrize("value", ["../../escaped", "a/b", 'q"uo`te$(x)', "\u202e", ""])
def test_directories_are_named_by_numbers_and_identities_alone(tmp_path, value):
    results = lay_out(tmp_path / "out", [entry(1, CONFIG_S=value)])
    assert os.path.isdir(f"{results.path}/config_001_000000000001")
    assert os.listdir(tmp_path) == ["out"]
    assert Results.open(results.path, "").entries[0].params == {"CONFIG_S": value}


def test_open_knows_latest_a_path_and_a_name(tmp_path, monkeypatch):
    output = str(tmp_path / "out")
    results = lay_out(tmp_path / "out")
    for where in ("latest", results.path, results.name, f"{output}/latest"):
        assert Results.open(where, output).path == results.path
    monkeypatch.chdir(tmp_path)
    assert Results.open("latest", "out").path == results.path


def test_latest_without_a_sweep(tmp_path):
    with pytest.raises(InputError) as caught:
        Results.open("latest", str(tmp_path))
    assert text_of(caught) == (
        f"{tmp_path}/latest: there is no sweep yet; run one, or name a results directory"
    )


@pytest.mark.parametrize("what", ["missing", "empty", "file", "plan", "damaged"])
def test_what_is_not_a_results_directory(tmp_path, what):
    path = tmp_path / "thing"
    if what == "file":
        path.write_text("text")
    elif what != "missing":
        path.mkdir()
    if what == "plan":
        (path / "sweep.json").write_text('{"version": 1, "kind": "plan", "configurations": []}')
    if what == "damaged":
        (path / "sweep.json").write_text('{"version": 1, "kind": "res')
    with pytest.raises(InputError) as caught:
        Results.open(str(path), str(tmp_path / "out"))
    assert text_of(caught) == (
        f"{path}: this is not a results directory (no sweep.json of one in it); "
        f"name a directory like {tmp_path}/out/sweep_20260301_220000, or `latest`"
    )


def test_a_newer_sweep_json_is_refused(tmp_path):
    (tmp_path / "sweep.json").write_text('{"version": 2, "kind": "results"}')
    with pytest.raises(InputError, match="version 2 of the format, and this ksweep knows up to 1"):
        Results.open(str(tmp_path), "")


@pytest.mark.parametrize(
    "listed",
    [
        None,
        "config_001",
        [{"name": "../../etc", "id": "000000000001", "params": {}}],
        [{"name": "config_001", "id": "../../../etc", "params": {}}],
        [{"name": "config_001", "id": "000000000001", "params": {"CONFIG_X": 1}}],
        [{"name": "config_001", "id": "000000000001", "params": {}}] * 2,
        [{"name": "config_001.r2", "id": "000000000001", "params": {}}],
        [{"name": "config_001.r2", "id": "000000000001", "params": {}, "repeat": 3}],
        [{"name": "config_001.r1", "id": "000000000001", "params": {}, "repeat": 1}],
        [{"name": "config_001", "id": "000000000001", "params": {}, "repeat": 2}],
        [{"name": "config_001", "id": "000000000001", "params": {}, "repeat": True}],
        [{"name": "config_001.r0", "id": "000000000001", "params": {}, "repeat": 0}],
        [{"name": "../x.r2", "id": "000000000001", "params": {}, "repeat": 2}],
    ],
)
def test_a_list_of_configurations_that_we_never_wrote_is_refused(tmp_path, listed):
    sweep = {"version": 1, "kind": "results", "configurations": listed}
    (tmp_path / "sweep.json").write_text(json.dumps(sweep))
    with pytest.raises(InputError) as caught:
        Results.open(str(tmp_path), "")
    assert text_of(caught) == (
        f"{tmp_path}/sweep.json: `configurations` is not a list of different names, ids and "
        "params; restore the file as ksweep wrote it"
    )


def test_an_output_directory_that_is_a_file(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="out: this is not a directory; name another one"):
        lay_out(tmp_path / "out")


def test_a_latest_that_is_somebodys_file_is_left_alone(tmp_path):
    (tmp_path / "latest").write_text("mine")
    with pytest.raises(InputError, match="where the link to the latest sweep goes"):
        lay_out(tmp_path)
    assert (tmp_path / "latest").read_text() == "mine"


def test_a_layout_that_fails_half_way_leaves_nothing(tmp_path):
    earlier = lay_out(tmp_path)

    def texts():
        yield entry(1), "text"
        raise OSError(28, "No space left on device")

    with pytest.raises(SurroundingsError, match="cannot write this: No space left on device"):
        Results.create(str(tmp_path), {}, texts())
    assert set(os.listdir(tmp_path)) == {earlier.name, "latest"}


def test_what_a_killed_layout_left_is_removed_by_the_next(tmp_path):
    left = tmp_path / ".sweep.0123abcd.ksweep-new"
    (left / "config_001_000000000001").mkdir(parents=True)
    others = tmp_path / ".sweep.mine"
    others.mkdir()
    lay_out(tmp_path)
    assert not left.exists()
    assert others.exists()


def test_trials_without_a_record_are_pending_running_or_lost(tmp_path):
    results = lay_out(tmp_path, 2)
    results.trial(entry(2)).write_started({"started_at": "2026-03-01T22:00:00Z", "host": "h"})
    assert [one.status for one in results.results()] == [TrialState.PENDING, TrialState.LOST]
    with results.lock():
        pending, running = results.results()
    assert (pending.status, pending.started_at) == (TrialState.PENDING, "")
    assert (running.status, running.host) == (TrialState.RUNNING, "h")
    assert running.started_at == "2026-03-01T22:00:00Z"


def test_the_parameters_are_those_that_the_sweep_asks_for_now(tmp_path):
    """A sweep that has grown may have made an axis of what was fixed."""
    results = lay_out(tmp_path, 1)
    finish(results, entry(1))
    grown = entry(1, CONFIG_X="1", CONFIG_Y="2")
    results.update(results.sweep, [grown])
    assert Results.open(results.path, "").results()[0].params == grown.params
    assert results.recover()[0].params == grown.params


def test_trials_can_be_added(tmp_path):
    results = lay_out(tmp_path, 1)
    results.add([(entry(7), "CONFIG_X=7\n")])
    results.add([(entry(7), "CONFIG_X=7\n")])  # again after a crash before `update`
    results.update({**results.sweep, "command": "true"}, [entry(1), entry(7)])
    again = Results.open(results.path, "")
    assert again.entries == (entry(1), entry(7))
    assert again.trial(entry(7)).config_text() == "CONFIG_X=7\n"
    assert again.named_on_disk() == {"000000000001": "config_001", "000000000007": "config_007"}


def test_repeats_have_names_and_directories_of_their_own(tmp_path):
    results = lay_out(tmp_path, [*entry(1).repeats(2), *entry(2).repeats(2)])
    assert [(one.name, one.base, one.number, one.repeat) for one in results.entries] == [
        ("config_001", "config_001", 1, 1),
        ("config_001.r2", "config_001", 1, 2),
        ("config_002", "config_002", 2, 1),
        ("config_002.r2", "config_002", 2, 2),
    ]
    assert sorted(name for name in os.listdir(results.path) if "sweep" not in name) == [
        "config_001_000000000001",
        "config_001_000000000001.r2",
        "config_002_000000000002",
        "config_002_000000000002.r2",
    ]
    with open(f"{results.path}/sweep.json") as file:
        listed = json.load(file)["configurations"]
    assert listed[1] == {
        "name": "config_001.r2", "id": "000000000001", "params": {"CONFIG_X": "1"}, "repeat": 2,
    }  # fmt: skip
    assert "repeat" not in listed[0]
    assert Results.open(results.path, "").entries == results.entries


def test_every_result_tells_its_repeat(tmp_path):
    entries = list(entry(1).repeats(4))
    results = lay_out(tmp_path, entries)
    finish(results, entries[1])
    results.trial(entries[2]).write_started({"started_at": "then", "host": "here"})
    found = results.results()
    assert [(one.name, one.repeat, one.status.value) for one in found] == [
        ("config_001", 1, "pending"),
        ("config_001.r2", 2, "success"),
        ("config_001.r3", 3, "lost"),
        ("config_001.r4", 4, "pending"),
    ]
    os.unlink(results.trial(entries[1]).result_path)
    assert results.recover() == found


def test_names_on_disk_are_those_of_the_configurations(tmp_path):
    results = lay_out(tmp_path, [*entry(1).repeats(11), entry(2)])
    os.mkdir(f"{results.path}/config_003_000000000003.r1")  # not ours
    os.mkdir(f"{results.path}/config_004_000000000004.r02")
    os.mkdir(f"{results.path}/config_005_000000000005.r2")  # an earlier one is gone
    assert results.named_on_disk() == {
        "000000000001": "config_001",
        "000000000002": "config_002",
        "000000000005": "config_005",
    }


@pytest.mark.parametrize("turn", [False, True])
@pytest.mark.parametrize("orphan", ["config_001", "config_003"])
def test_what_a_killed_search_left_unnamed_names_nothing(tmp_path, monkeypatch, turn, orphan):
    """The identity was chosen again, under another number: that must not be given away twice."""
    results = lay_out(tmp_path, 0)
    os.mkdir(f"{results.path}/{orphan}_{entry(2).id}")
    results.append([(entry(2), "")])
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: sorted(listdir(path), reverse=turn))
    assert results.named_on_disk() == {entry(2).id: "config_002"}


def test_a_sweep_may_begin_without_any_trial(tmp_path):
    results = lay_out(tmp_path, 0)
    assert os.readlink(tmp_path / "latest") == results.name
    found = Results.open(results.path, "")
    assert (found.entries, found.results(), found.recover()) == ((), [], [])
    assert found.named_on_disk() == {}


def test_trials_are_appended_one_by_one(tmp_path):
    results = lay_out(tmp_path, 0)
    for number in (1, 2):
        trials = list(entry(number).repeats(2))
        results.append([(one, config_text(one)) for one in trials])
        finish(results, trials[0])
    again = Results.open(results.path, "")
    assert again.entries == results.entries
    assert again.sweep == results.sweep
    assert again.sweep["command"] == "true"
    names = ["config_001", "config_001.r2", "config_002", "config_002.r2"]
    assert [one.name for one in again.entries] == names
    assert again.trial(again.entries[3]).config_text() == "CONFIG_X=2\n"
    assert [one.status.value for one in again.recover()] == ["success", "pending"] * 2
    assert set(again.named_on_disk().values()) == {"config_001", "config_002"}


@pytest.mark.parametrize("step", ["mkdir", "fsync", "rename"])
def test_appending_can_be_cut_off_anywhere_and_loses_nothing(tmp_path, monkeypatch, step):
    """Cut off at each call of a kind in turn, until it comes through."""
    results = lay_out(tmp_path, 1)
    finish(results, entry(1))
    trials = [(one, config_text(one)) for one in entry(2).repeats(2)]
    cut = 0
    while cut_off(monkeypatch, step, cut, lambda: results.append(trials)):
        again = Results.open(results.path, "")
        assert again.entries == results.entries == (entry(1),)
        assert [one.status.value for one in again.recover()] == ["success"]
        cut += 1
    assert cut >= 2
    again = Results.open(results.path, "")
    assert [one.name for one in again.entries] == ["config_001", "config_002", "config_002.r2"]
    assert again.trial(again.entries[2]).config_text() == "CONFIG_X=2\n"
    assert [one.status.value for one in again.recover()] == ["success", "pending", "pending"]


def cut_off(monkeypatch, name, after, act):
    left, real = after, getattr(os, name)

    def call(*arguments, **places):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return real(*arguments, **places)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, call)
        try:
            act()
        except KeyboardInterrupt:
            return True
    return False


def test_what_is_appended_is_on_the_disk_before_it_counts(tmp_path, monkeypatch):
    """A list that a power cut leaves empty, or with an empty configuration, would be the end."""
    results = lay_out(tmp_path, 0)
    steps, fsync, rename = [], os.fsync, os.rename

    def synced(descriptor):
        steps.append(("sync", os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))))
        fsync(descriptor)

    def renamed(source, target, **places):
        steps.append(("name", os.path.basename(target)))
        rename(source, target, **places)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    results.append([(entry(1), "CONFIG_X=1\n")])
    assert steps == [
        ("name", "config.txt"),
        ("sync", "config.txt"),
        ("name", ".sweep.json"),
        ("sync", "sweep.json.ksweep-new"),
        ("name", "sweep.json"),
    ]


def test_appending_to_many_is_cheap(tmp_path):
    results = lay_out(tmp_path, 999)
    began = time.process_time()
    for number in range(1000, 1020):
        results.append([(entry(number), "CONFIG_X=1\n")])
    assert (time.process_time() - began) / 20 < 0.05
    assert len(Results.open(results.path, "").entries) == 1019


def test_an_analysis_file_is_replaced_as_a_whole(tmp_path):
    results = lay_out(tmp_path, 1)
    results.outputs.write(results.outputs.analysis, "old\n")
    results.outputs.write(results.outputs.analysis, "new\n")
    with open(results.outputs.analysis) as file:
        assert file.read() == "new\n"


def test_thousands_of_trials_are_laid_out_and_recorded_quickly(tmp_path):
    """A slow machine may take ten times what is usual."""
    entries = [entry(number + 1) for number in range(2000)]
    start = time.perf_counter()
    results = lay_out(tmp_path, entries)
    laid_out = time.perf_counter()
    for one in entries:
        results.trial(one).write_result(result(one))
    recorded = time.perf_counter()
    assert (laid_out - start) / 2000 < 1e-3
    assert (recorded - laid_out) / 2000 < 0.8e-3
    assert results.results() == [replace(result(one)) for one in entries]

"""The record survives: torn files, missing files, in any combination."""

import json
import math
import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ksweep.errors import SurroundingsError
from ksweep.model import TrialState
from ksweep.store import Ledger, Results
from ksweep.store import ledger as ledger_
from store.making import entry, finish, lay_out, result

ENTRIES = [entry(n) for n in (1, 2, 3)]
FILES = ["results.jsonl", *(f"{one.directory}/result.json" for one in ENTRIES)]


def logged(results):
    with open(results.ledger_path) as file:
        return [json.loads(line) for line in file]


def statuses(results):
    return [one.status.value for one in results.results()]


@pytest.fixture
def ended(tmp_path):
    results = lay_out(tmp_path, ENTRIES)
    for one in ENTRIES:
        finish(results, one)
    return results


def test_a_whole_record_is_left_as_it_is(ended):
    before = os.stat(ended.ledger_path)
    assert [one.status for one in ended.recover()] == [TrialState.SUCCESS] * 3
    after = os.stat(ended.ledger_path)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_metric_that_is_no_number_is_logged_once(tmp_path):
    results = lay_out(tmp_path, ENTRIES)
    ended = replace(result(ENTRIES[0]), metrics={"loss": math.nan})
    results.trial(ENTRIES[0]).write_result(ended)
    results.recover()
    results.recover()
    assert [line["metrics"] for line in logged(results)] == [{"loss": "nan"}]


@pytest.mark.parametrize("damage", ["missing", "empty", "torn", "zeros"])
def test_a_damaged_result_is_restored_from_the_ledger(ended, damage):
    path = ended.trial(ENTRIES[1]).result_path
    if damage == "missing":
        os.unlink(path)
    elif damage == "zeros":
        with open(path, "wb") as file:
            file.write(b"\0" * 300)
    else:
        os.truncate(path, 0 if damage == "empty" else 40)
    assert statuses(ended) == ["success"] * 3  # also for somebody who only looks
    ended.recover()
    assert ended.trial(ENTRIES[1]).result() == result(ENTRIES[1])


def test_the_ledgers_last_line_of_the_current_attempt_counts(tmp_path):
    results = lay_out(tmp_path, ENTRIES)
    finish(results, ENTRIES[0], TrialState.FAILED)
    results.trial(ENTRIES[0]).archive_attempt()
    finish(results, ENTRIES[0], TrialState.CANCELLED)
    finish(results, ENTRIES[0], TrialState.SUCCESS)
    os.unlink(results.trial(ENTRIES[0]).result_path)
    assert results.recover()[0] == result(ENTRIES[0], attempt=2)


def test_lines_of_earlier_attempts_restore_nothing(tmp_path):
    results = lay_out(tmp_path, ENTRIES)
    finish(results, ENTRIES[0], TrialState.FAILED)
    results.trial(ENTRIES[0]).archive_attempt()
    assert results.recover()[0].status is TrialState.PENDING
    assert results.recover()[0].attempt == 2
    assert results.trial(ENTRIES[0]).result() is None


def test_a_line_of_another_identity_restores_nothing(ended):
    os.unlink(ended.trial(ENTRIES[0]).result_path)
    with open(ended.ledger_path) as file:
        text = file.read()
    with open(ended.ledger_path, "w") as file:
        file.write(text.replace("000000000001", "00000000000f"))
    assert ended.recover()[0].status is TrialState.PENDING


def test_a_missing_ledger_is_rebuilt_in_the_order_of_the_ends(ended):
    late = result(ENTRIES[0], attempt=1)
    object.__setattr__(late, "finished_at", "2026-03-01T23:00:00.000+00:00")
    ended.trial(ENTRIES[0]).write_result(late)
    os.unlink(ended.ledger_path)
    ended.recover()
    assert [line["name"] for line in logged(ended)] == ["config_002", "config_003", "config_001"]


def test_a_torn_last_line_is_repaired_and_others_stay(ended):
    size = os.path.getsize(ended.ledger_path)
    os.truncate(ended.ledger_path, size - 10)
    assert statuses(ended) == ["success"] * 3
    ended.recover()
    assert [line["name"] for line in logged(ended)] == ["config_001", "config_002", "config_003"]


def test_a_line_without_its_line_feed_is_kept(ended):
    os.truncate(ended.ledger_path, os.path.getsize(ended.ledger_path) - 1)
    os.unlink(ended.trial(ENTRIES[2]).result_path)
    ended.recover()
    assert ended.trial(ENTRIES[2]).result() == result(ENTRIES[2])
    assert len(logged(ended)) == 3


def test_zeros_around_a_line_do_not_spoil_it(ended):
    """The file had grown on the disk before a power cut, and its text had not arrived."""
    with open(ended.ledger_path, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    with open(ended.ledger_path, "wb") as file:
        file.write(lines[0] + b"\0" * 50 + lines[1] + lines[2][:-1] + b"\0" * 50)
    for one in ENTRIES:
        os.unlink(ended.trial(one).result_path)
    assert [one.status for one in ended.recover()] == [TrialState.SUCCESS] * 3
    assert len(logged(ended)) == 3


def test_a_result_that_never_reached_the_ledger_gets_there(tmp_path):
    results = lay_out(tmp_path, ENTRIES)
    results.trial(ENTRIES[1]).write_result(result(ENTRIES[1]))
    results.recover()
    assert [line["name"] for line in logged(results)] == ["config_002"]


def test_where_neither_has_it_the_trial_is_pending(ended):
    for name in FILES[:2]:
        os.truncate(f"{ended.path}/{name}", 0)
    assert [one.status.value for one in ended.recover()] == ["pending", "success", "success"]


def test_an_archiving_that_was_cut_off_is_finished(ended):
    trial = ended.trial(ENTRIES[0])
    os.mkdir(f"{trial.path}/.attempt")
    os.rename(trial.result_path, f"{trial.path}/.attempt/result.json")
    with open(trial.log_path, "w") as file:
        file.write("printed")
    assert statuses(ended) == ["pending", "success", "success"]
    assert ended.recover()[0].attempt == 2
    assert sorted(os.listdir(f"{trial.path}/attempt_1")) == ["output.log", "result.json"]


@pytest.mark.parametrize("name", ["sweep.json", ".sweep.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "torn", "zeros"])
def test_what_was_run_survives_in_one_of_two_copies(ended, name, damage):
    path = f"{ended.path}/{name}"
    with open(path, "rb") as file:
        whole = file.read()
    if damage == "missing":
        os.unlink(path)
    else:
        os.truncate(path, {"empty": 0, "torn": len(whole) // 2, "zeros": len(whole) - 40}[damage])
    if damage == "zeros":
        os.truncate(path, len(whole))
    found = Results.open(ended.path, "")
    assert (found.sweep, found.entries) == (ended.sweep, ended.entries)
    with found.lock():
        found.recover()
    for copy in ("sweep.json", ".sweep.json"):
        with open(f"{ended.path}/{copy}", "rb") as file:
            assert file.read() == whole


def test_a_copy_that_was_left_behind_is_brought_up_to_date(tmp_path):
    """A runner was killed between writing the copy and the file itself."""
    results = lay_out(tmp_path, 0)
    with open(f"{results.path}/sweep.json", "rb") as file:
        before = file.read()
    results.append([(ENTRIES[0], "")])
    with open(f"{results.path}/sweep.json", "wb") as file:
        file.write(before)
    again = Results.open(results.path, "")
    assert again.recover() == []
    with open(f"{results.path}/.sweep.json", "rb") as file:
        assert file.read() == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_no_result_is_lost_while_one_of_its_two_records_is_whole(ended, data):
    """Files are cut at random bytes, emptied, or filled with zeros, as a power cut does."""
    results = ended
    record_all(results)
    with open(results.ledger_path, "rb") as file:
        whole = file.read()
    hurt = data.draw(st.sets(st.sampled_from(FILES)), label="hurt")
    cuts = {name: cut(f"{results.path}/{name}", data) for name in sorted(hurt)}
    found = results.recover()
    for one, status in zip(ENTRIES, found, strict=True):
        line_end = whole.index(one.name.encode())
        line_end = whole.index(b"\n", line_end)
        in_ledger = cuts.get("results.jsonl", len(whole)) >= line_end
        in_place = f"{one.directory}/result.json" not in hurt
        assert (status.status is TrialState.SUCCESS) or not (in_ledger or in_place)
    again = Results.open(results.path, "")
    assert again.results() == found
    ended_ones = {one.name for one in found if one.status.ended}
    assert {line["name"] for line in logged(results)} == ended_ones
    assert len(logged(results)) == len(ended_ones)


def record_all(results):
    for one in ENTRIES:
        results.trial(one).write_result(result(one))
    ledger_.rewrite(results.ledger_path, [result(one) for one in ENTRIES])


def cut(path, data):
    """Keep some first bytes of a file, and perhaps zeros in place of the rest; how many."""
    size = os.path.getsize(path)
    kept = data.draw(st.integers(0, size - 1), label=os.path.basename(path))
    os.truncate(path, kept)
    if data.draw(st.booleans(), label="zeros"):
        os.truncate(path, size)
    return kept


def test_a_ledger_line_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "results.jsonl"
    write = os.write
    with Ledger(str(path)) as ledger:
        ledger.append(result(ENTRIES[0]))
        before = path.read_bytes()
        monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[: len(data) // 2]))
        with pytest.raises(SurroundingsError, match=r"results\.jsonl: cannot write this: no room"):
            ledger.append(result(ENTRIES[1]))
    assert path.read_bytes() == before


def test_a_ledger_is_synced_while_it_is_open(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    monkeypatch.setattr(ledger_, "_SYNC_S", 0.01)
    with Ledger(str(tmp_path / "results.jsonl")) as ledger:
        assert synced == []
        ledger.append(result(ENTRIES[0]))
        for _ in range(500):
            if synced:
                break
            ledger._stop.wait(0.01)
        assert len(synced) == 1
    assert len(synced) == 1


def test_a_ledger_that_cannot_be_synced_stops_the_run(tmp_path, monkeypatch):
    def full(_):
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(SurroundingsError, match="cannot sync this: Disk quota exceeded"),
        Ledger(str(tmp_path / "results.jsonl")) as ledger,
    ):
        ledger.append(result(ENTRIES[0]))

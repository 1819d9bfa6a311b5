import json
import os

import pytest

from ksweep.errors import SurroundingsError
from ksweep.model import Pruning
from ksweep.store import TrialDir
from ksweep.store.trialdir import CONFIG
from store.making import entry, result


@pytest.fixture
def trial(tmp_path):
    return TrialDir.create(f"{tmp_path}/config_001_000000000001", "CONFIG_X=1\n")


def files(trial):
    found = {}
    for folder, _, names in os.walk(trial.path):
        for name in names:
            path = os.path.join(folder, name)
            with open(path) as file:
                found[os.path.relpath(path, trial.path)] = file.read()
    return found


def fill(trial, what="first"):
    for path in (trial.log_path, trial.metrics_path, f"{trial.path}/model.bin"):
        with open(path, "w") as file:
            file.write(what)
    os.mkdir(f"{trial.path}/checkpoints")
    with open(f"{trial.path}/checkpoints/1", "w") as file:
        file.write(what)
    trial.write_result(result(entry(1), attempt=trial.attempt))


def test_a_new_trial_has_its_configuration_and_nothing_else(trial):
    assert files(trial) == {"config.txt": "CONFIG_X=1\n"}
    assert trial.config_text() == "CONFIG_X=1\n"
    assert (trial.attempt, trial.result(), trial.started()) == (1, None, None)


def test_any_bytes_of_a_configuration_survive(tmp_path):
    text = 'CONFIG_S="a|b\\"\\\\ é \udcff"\r\n'
    trial = TrialDir.create(f"{tmp_path}/t", text)
    assert trial.config_text() == text


def test_a_configuration_that_is_gone_is_told_with_its_path(trial):
    os.unlink(trial.config_path)
    with pytest.raises(SurroundingsError, match=r"config\.txt: cannot read this: No such file"):
        trial.config_text()


def test_a_copy_of_the_configuration_may_be_changed(trial):
    with open(trial.copy_config(trial.config_text()), "a") as file:
        file.write("more")
    assert trial.config_text() == "CONFIG_X=1\n"


def test_started_comes_back_unless_it_is_damaged(trial):
    trial.write_started({"pid": 1, "start_ticks": 2})
    assert trial.started() == {"pid": 1, "start_ticks": 2}
    os.truncate(trial.started_path, 3)
    assert trial.started() is None


def test_why_a_trial_is_stopped_comes_back_unless_it_is_damaged(trial):
    assert trial.pruning() is None
    pruning = Pruning(9, 71.2, "median: 71.2 at step 9")
    trial.write_pruning(pruning)
    assert json.loads(files(trial)["pruned.json"]) == {
        "step": 9, "value": 71.2, "rule": "median: 71.2 at step 9",
    }  # fmt: skip
    assert trial.pruning() == pruning
    assert set(os.listdir(trial.path)) == {"config.txt", "pruned.json"}
    for damaged in ("", '{"step": 9', "[]", "null", '{"step": 9, "value": 1}'):
        with open(trial.pruned_path, "w") as file:
            file.write(damaged)
        assert trial.pruning() is None


def test_why_a_trial_was_stopped_is_of_its_attempt_alone(trial):
    trial.write_pruning(Pruning(9, 71.2, "median"))
    assert trial.archive_attempt() == 2
    assert trial.pruning() is None
    assert set(files(trial)) == {"config.txt", "attempt_1/pruned.json"}


def test_a_result_is_written_whole_and_leaves_nothing_else(trial):
    trial.write_result(result(entry(1)))
    assert set(os.listdir(trial.path)) == {"config.txt", "result.json"}
    assert json.loads(files(trial)["result.json"])["status"] == "success"
    assert trial.result() == result(entry(1))


def test_a_result_that_cannot_be_written_leaves_the_old_one(trial, monkeypatch):
    trial.write_result(result(entry(1)))

    def full(descriptor, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            trial.write_result(result(entry(1), attempt=2))
    assert trial.result().attempt == 1
    assert set(os.listdir(trial.path)) == {"config.txt", "result.json"}


THINGS = ["pipe", "link", "sparse", "directory"]


def put(thing, path, outside):
    """What a program may have in the place of a file."""
    if thing == "pipe":
        os.mkfifo(path)
    elif thing == "link":
        os.symlink(outside, path)
    elif thing == "sparse":
        with open(path, "w") as file:
            file.truncate(10 << 30)
    else:
        os.mkdir(path)
        with open(f"{path}/inside", "w") as file:
            file.write("the program's")


@pytest.fixture
def outside(tmp_path):
    """A whole record that is none of the trial's."""
    other = TrialDir.create(f"{tmp_path}/outside", "CONFIG_X=2\n")
    other.write_result(result(entry(2)))
    before = files(other)
    yield other.result_path
    assert files(other) == before


@pytest.mark.parametrize("thing", THINGS)
def test_what_a_program_puts_in_the_place_of_our_files_says_nothing(trial, outside, thing):
    for path in (trial.result_path, trial.started_path, trial.pruned_path):
        put(thing, path, outside)
    assert (trial.result(), trial.started(), trial.pruning()) == (None, None, None)


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("suffix", ["", ".ksweep-new"])
def test_our_files_take_the_place_of_what_a_program_puts_there(trial, outside, thing, suffix):
    for path in (trial.result_path, trial.started_path, trial.pruned_path, trial.config_copy_path):
        put(thing, f"{path}{suffix}", outside)
    trial.write_result(result(entry(1)))
    started = {"pid": 1, "started_at": result(entry(1)).started_at}
    trial.write_started(started)
    trial.write_pruning(Pruning(9, 71.2, "median"))
    assert (trial.result(), trial.started()) == (result(entry(1)), started)
    assert trial.pruning() == Pruning(9, 71.2, "median")
    with open(trial.copy_config(trial.config_text())) as file:
        assert file.read() == "CONFIG_X=1\n"
    kept = [path for path in files(trial) if path.endswith("/inside")]
    assert len(kept) == (4 if thing == "directory" else 0)


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ("pipe", "it is no regular file"),
        ("link", "it is a symbolic link"),
        ("sparse", "File too large"),
        ("directory", "Is a directory"),
    ],
)
def test_a_configuration_that_is_no_file_is_told(trial, outside, thing, why):
    os.unlink(trial.config_path)
    put(thing, trial.config_path, outside)
    with pytest.raises(SurroundingsError, match=rf"config\.txt: cannot read this: {why}"):
        trial.config_text()


@pytest.mark.parametrize("thing", THINGS)
def test_what_only_has_the_name_of_an_archiving_is_archived_itself(trial, outside, thing):
    trial.write_result(result(entry(1)))
    put(thing, f"{trial.path}/.attempt", os.path.dirname(outside))
    trial.finish_archiving()
    assert (trial.attempt, trial.result()) == (1, result(entry(1)))
    assert trial.archive_attempt() == 2
    assert set(os.listdir(trial.path)) == {"config.txt", "attempt_1"}
    assert len(os.listdir(f"{trial.path}/attempt_1")) == 2


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("linked", [True, False])
def test_only_files_are_taken_over(trial, outside, tmp_path, monkeypatch, thing, linked):
    put(thing, trial.log_path, outside)
    with open(trial.metrics_path, "w") as file:
        file.write("{}")

    def far(*names, **options):
        raise OSError(18, "Invalid cross-device link")

    if not linked:
        monkeypatch.setattr(os, "link", far)
    other = TrialDir.create(f"{tmp_path}/other", "")
    other.take_outputs(trial)
    hollow = {"output.log"} if thing == "sparse" and linked else set()
    assert set(os.listdir(other.path)) == {"config.txt", "training_metrics.json"} | hollow


@pytest.mark.parametrize("content", [b'{"version":99,"acc":1}', b'{"version":99}', b"[99]"])
def test_a_file_of_the_programs_is_not_from_a_newer_ksweep(trial, content):
    with open(trial.result_path, "wb") as file:
        file.write(content)
    assert trial.result() is None


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b'{"version":1,"name":"conf'])
def test_a_damaged_result_is_none(trial, content):
    with open(trial.result_path, "wb") as file:
        file.write(content)
    assert trial.result() is None


def test_archiving_moves_all_but_the_configuration_and_earlier_attempts(trial):
    fill(trial)
    before = files(trial)
    assert trial.archive_attempt() == 2
    moved = {f"attempt_1/{name}": text for name, text in before.items() if name != CONFIG}
    assert files(trial) == {CONFIG: "CONFIG_X=1\n", **moved}
    fill(trial, "second")
    assert trial.archive_attempt() == 3
    assert files(trial)["attempt_1/model.bin"] == "first"
    assert files(trial)["attempt_2/checkpoints/1"] == "second"


def test_nothing_to_archive_is_no_attempt(trial):
    assert trial.archive_attempt() == 1
    assert os.listdir(trial.path) == ["config.txt"]


def test_archiving_can_be_cut_off_anywhere_and_loses_nothing(tmp_path, monkeypatch):
    """Killed before each of its steps in turn: the next archiving finishes what was begun."""
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: sorted(listdir(path)))
    steps = 0
    while True:
        trial = TrialDir.create(f"{tmp_path}/{steps}", "CONFIG_X=1\n")
        fill(trial)
        before = files(trial)
        if not cut_off(trial, steps, monkeypatch):
            break
        if os.path.exists(f"{trial.path}/.attempt") and os.listdir(f"{trial.path}/.attempt"):
            assert trial.result() is None
        trial.finish_archiving()
        if trial.attempt == 1:
            trial.archive_attempt()
        moved = {f"attempt_1/{name}": text for name, text in before.items() if name != CONFIG}
        assert files(trial) == {CONFIG: "CONFIG_X=1\n", **moved}
        assert (trial.attempt, trial.result()) == (2, None)
        steps += 1
    assert steps >= 7  # a directory, five entries, its name


class Killed(BaseException):
    pass


def cut_off(trial, steps, monkeypatch):
    left = steps

    def counting(function):
        def call(*arguments):
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return function(*arguments)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", counting(os.mkdir))
        patch.setattr(os, "rename", counting(os.rename))
        try:
            trial.archive_attempt()
        except Killed:
            return True
    return False


def test_outputs_of_another_trial_are_taken_over(trial, tmp_path):
    fill(trial)
    other = TrialDir.create(f"{tmp_path}/other", "")
    with open(other.log_path, "w") as file:
        file.write("half taken over before")
    other.take_outputs(trial)
    assert set(files(other)) == {"config.txt", "output.log", "training_metrics.json"}
    assert files(other)["output.log"] == "first"

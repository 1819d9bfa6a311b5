"""What is read from logs and metric files, and what harms nobody."""

from __future__ import annotations

import json
import math
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksweep import metrics
from ksweep.errors import InputError
from ksweep.metrics import Follower, LogReader, Metrics
from ksweep.model import MetricQuery

ASKED = MetricQuery(("test_acc", "loss"))


def read(directory: Path, log: str | bytes = "", query: MetricQuery = ASKED) -> Metrics:
    data = log.encode() if isinstance(log, str) else log
    (directory / "output.log").write_bytes(data)
    paths = directory / "training_metrics.json", directory / "output.log"
    return metrics.read(str(paths[0]), LogReader(str(paths[1]), query))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("test_acc = 88.5", 88.5),
        ("epoch 3: Test_Acc: 88.5%, loss 0.1", 88.5),
        ("test_acc 1e-3", 1e-3),
        ("\x1b[32mtest_acc\x1b[0m: \x1b[1m7\x1b[0m", 7),
        ("best_test_acc = 3", None),
        ("test_accuracy = 3", None),
        ("test_acc = high", None),
    ],
)
def test_names_in_the_log(tmp_path: Path, line: str, value: float | None) -> None:
    assert read(tmp_path, line + "\n").final.get("test_acc") == value


def test_matches_count_steps_from_one_and_the_last_is_final(tmp_path: Path) -> None:
    found = read(tmp_path, "loss=3\rloss=2\rloss=1\n")  # as progress bars print
    assert found.final == {"loss": 1}
    assert found.histories["loss"] == ((1, 3), (2, 2), (3, 1))


def test_reports(tmp_path: Path) -> None:
    log = 'KSWEEP {"step": 5, "acc": 1, "name": "x"}\nKSWEEP {"step": 9, "acc": 2}\nKSWEEP {"f1": 3}\n'
    found = read(tmp_path, log)
    assert found.final == {"acc": 2, "f1": 3}
    assert found.histories == {"acc": ((5, 1), (9, 2))}


def test_the_first_way_that_has_a_name_counts(tmp_path: Path) -> None:
    document = {"epoch": [10, 20], "test_acc": [1, 2], "f1": 5}
    (tmp_path / "training_metrics.json").write_text(json.dumps(document))
    found = read(tmp_path, 'KSWEEP {"test_acc": 50, "loss": 60}\nloss = 70\n')
    assert (found.final["test_acc"], found.final["loss"], found.final["f1"]) == (2, 60, 5)
    assert found.histories["test_acc"] == ((10, 1), (20, 2))


def test_a_final_value_is_the_last_finite_one(tmp_path: Path) -> None:
    found = read(tmp_path, "loss = 3\nloss = nan\ntest_acc = inf\n")
    assert found.final == {"loss": 3, "test_acc": math.inf}


def test_a_regular_expression_replaces_the_pattern(tmp_path: Path) -> None:
    log = "val 3 of 7\ntest_acc = 9\n"
    named = MetricQuery(("test_acc",), r"val (?P<low>\d+) of (?P<high>\d+)")
    assert read(tmp_path, log, named).final == {"low": 3, "high": 7}
    assert read(tmp_path, log, MetricQuery(("test_acc",), r"val (\d+)")).final == {"test_acc": 3}
    with pytest.raises(InputError):
        read(tmp_path, log, MetricQuery(("x",), "("))


def test_other_files_than_regular_ones_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "training_metrics.json"
    os.mkfifo(file)
    assert read(tmp_path, "loss = 1\n").final == {"loss": 1}
    file.unlink()
    (tmp_path / "outside.json").write_text('{"loss": 5}')
    file.symlink_to(tmp_path / "outside.json")
    assert read(tmp_path).final == {}
    file.unlink()
    with file.open("w") as sparse:
        sparse.truncate(10 << 30)
    assert read(tmp_path).final == {}
    file.unlink()
    file.mkdir()
    assert read(tmp_path).final == {}


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a": ', "3", "[1]", '{"a": {"b": 1}}', '{"a": true}']
)
def test_broken_metric_files_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "training_metrics.json").write_text(text)
    assert read(tmp_path).final == {}


def test_very_long_lines_are_read_in_part(tmp_path: Path) -> None:
    found = read(tmp_path, b"x" * (10 << 20) + b" loss = 1\nloss = 2\n")
    assert found.final == {"loss": 2}


def test_a_line_without_end_takes_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "output.log").open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    read_log = LogReader(str(tmp_path / "output.log"), ASKED)
    read_log.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_growing_log_is_followed_and_a_torn_line_waits(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    reader = LogReader(str(path), ASKED)
    reader.update()
    assert reader.metrics().final == {}
    with path.open("w") as file:
        file.write("loss = 1\nloss = 2")
        file.flush()
        reader.update()
        assert reader.metrics().final == {"loss": 1}
        file.write("5\n")
    reader.update()
    assert reader.metrics().final == {"loss": 25}


def test_a_log_that_is_made_shorter_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("loss = 1\nloss = 2\n")
    reader = LogReader(str(path), ASKED)
    reader.update()
    path.write_text("loss = 7\n")
    reader.update()
    assert reader.metrics().histories == {"loss": ((1, 7),)}


def follower(directory: Path) -> Follower:
    return Follower(str(directory / "training_metrics.json"), str(directory / "output.log"), ASKED)


def history(found: Metrics | None, name: str = "loss") -> tuple[tuple[float, float], ...]:
    assert found is not None
    return found.histories.get(name, ())


def test_a_running_trial_is_followed_in_all_three_ways(tmp_path: Path) -> None:
    follow = follower(tmp_path)
    assert follow.update() is None  # nothing is there yet
    with (tmp_path / "output.log").open("a", buffering=1) as log:
        log.write("loss = 3\nloss = 2")
        found = follow.update()
        assert found == Metrics({"loss": 3}, {"loss": ((1, 3),)})
        log.write("\n")
        assert history(follow.update()) == ((1, 3), (2, 2))
        log.write('KSWEEP {"step": 10, "loss": 7}\n')
        assert history(follow.update()) == ((10, 7),)
        (tmp_path / "training_metrics.json").write_text('{"epochs": [4], "loss": [1]}')
        assert history(follow.update()) == ((4, 1),)
        (tmp_path / "training_metrics.json").write_text('{"epochs": [4, 8], "loss": [1, 0]}')
        log.write("loss = 9")
        found = follow.update()
        assert found == Metrics({"loss": 0}, {"loss": ((4, 1), (8, 0))})
    assert follow.finish() == found


def test_the_end_of_a_followed_trial_is_read_with_its_torn_line(tmp_path: Path) -> None:
    follow = follower(tmp_path)
    (tmp_path / "output.log").write_text("loss = 3\nloss = 2")
    assert history(follow.update()) == ((1, 3),)
    assert history(follow.finish()) == ((1, 3), (2, 2))


@pytest.mark.parametrize("torn", ["", '{"loss": [3, 2', "[]"])
def test_a_metric_file_that_is_being_written_says_what_it_said(tmp_path: Path, torn: str) -> None:
    file = tmp_path / "training_metrics.json"
    follow = follower(tmp_path)
    file.write_text('{"loss": [3]}')
    assert history(follow.update()) == ((1, 3),)
    file.write_text(torn)
    assert history(follow.update()) == ((1, 3),)
    file.write_text('{"loss": [3, 2, 1]}')
    assert history(follow.update()) == ((1, 3), (2, 2), (3, 1))
    file.unlink()
    assert history(follow.update()) == ((1, 3), (2, 2), (3, 1))
    assert follow.finish() == Metrics()


def test_a_metric_file_that_takes_anothers_place_is_read(tmp_path: Path) -> None:
    """As a program does that replaces it in one step: same size, and the same time here."""
    file, new = tmp_path / "training_metrics.json", tmp_path / "new"
    follow = follower(tmp_path)
    for number in (1, 2):
        new.write_text(json.dumps({"loss": [number]}))
        os.utime(new, (1, 1))
        new.rename(file)
        assert history(follow.update()) == ((1, number),)


def test_what_has_not_changed_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "training_metrics.json").write_text('{"loss": [3]}')
    (tmp_path / "output.log").write_text("test_acc = 1\n")
    follow = follower(tmp_path)
    assert follow.update() == Metrics(
        {"loss": 3, "test_acc": 1}, {"loss": ((1, 3),), "test_acc": ((1, 1),)}
    )
    opened: list[object] = []
    real = os.open

    def opening(path: str, *how: int, **where: int) -> int:
        opened.append(os.path.basename(path))
        return real(path, *how, **where)

    monkeypatch.setattr(os, "open", opening)
    assert [follow.update() for _ in range(20)] == [None] * 20
    assert opened == []
    with (tmp_path / "output.log").open("a") as log:
        log.write("test_acc = 2\n")
    assert history(follow.update(), "test_acc") == ((1, 1), (2, 2))
    assert opened == [tmp_path.name, "output.log"]


def test_what_a_program_puts_in_the_place_of_its_files_harms_no_follower(tmp_path: Path) -> None:
    follow = follower(tmp_path)
    (tmp_path / "training_metrics.json").write_text('{"loss": [3]}')
    follow.update()
    for name in ("training_metrics.json", "output.log"):
        (tmp_path / name).unlink(missing_ok=True)
        os.mkfifo(tmp_path / name)
    assert history(follow.update()) == ((1, 3),)


@given(st.binary(max_size=400))
def test_no_log_is_too_strange(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    read(tmp_path_factory.mktemp("log"), b'KSWEEP {"loss": ' + data + b"\nloss " + data)


def test_the_tail_is_harmless_and_short(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\n".join(b"line %d" % n for n in range(100)) + b"\n\x1b[31mred\x07\x9b\n")
    tail = metrics.tail(str(path))
    assert tail is not None
    assert tail.splitlines()[0] == "line 81"
    assert tail.splitlines()[-1].startswith("red\ufffd")


def test_the_holes_of_a_log_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    with open(path, "wb") as file:
        file.write(b"score: 1\n")
        file.seek(20 << 30)
        file.write(b"\nscore: 2\n")
        file.truncate(40 << 30)
    reader = LogReader(str(path), MetricQuery(("score",)))
    begun = time.monotonic()
    reader.finish()
    assert reader.metrics().final == {"score": 2}
    assert time.monotonic() - begun < 5

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
from ksweep.metrics import Metrics
from ksweep.metrics.attempt import Attempt
from ksweep.metrics.log import LogReader
from ksweep.metrics.series import merged
from ksweep.model import MetricQuery

ASKED = MetricQuery(("test_acc", "loss"))


def read(directory: Path, log: str | bytes = "", query: MetricQuery = ASKED) -> Metrics:
    data = log.encode() if isinstance(log, str) else log
    (directory / "output.log").write_bytes(data)
    paths = directory / "training_metrics.json", directory / "output.log"
    return Attempt(str(paths[0]), str(paths[1]), query).read()


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


@pytest.mark.parametrize(
    "line",
    [
        "{'test_acc': np.float64(0.9)}",
        "test_acc=tensor(0.9, device='cuda:0')",
        "test_acc: jnp.array(0.9, dtype=float32)",
        "test_acc Decimal('0.9')",
        "\u2502   test_acc   \u2502   0.9   \u2502",
        "| test_acc | 0.9 |",
        '"test_acc": "0.9"',
        "**test_acc**: **0.9**",
        "test_acc (%)....: 0.9 %",
        "test_acc=0.9\u00b10.02",
        "test_acc:0.9,loss:0.3",
    ],
)
def test_wrapped_numbers(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, line + "\n").final["test_acc"] == 0.9


@pytest.mark.parametrize(
    "value",
    [
        "91/100",
        "91 / 100",
        "91 of 100",
        "2.D-03",
        "1.2.3",
        "0.9-1",
        "1e",
        "0x1f",
        "12:30",
        "2024-05-01",
        "0.91s",
        "1,200",
        "1_000",
        "3*4",
        "1+2j",
        "0.9.pt",
        "log(0.5)",
        "tensor([0.9, 0.8])",
        "tensor(0.9, 0.8)",
    ],
)
def test_a_part_of_a_number_is_none_and_is_told(tmp_path: Path, value: str) -> None:
    found = read(tmp_path, f"test_acc: {value}\n")
    assert found.final == {}
    assert found.incomplete == f"no number is read from `test_acc: {value}` in output.log"


def test_a_name_with_a_number_elsewhere_is_not_told(tmp_path: Path) -> None:
    assert read(tmp_path, "saves the best test_acc\ntest_acc: 3\n").incomplete is None


@pytest.mark.parametrize("way", ["{}: {}\n", 'KSWEEP {{"step": 1, "{}": {}}}\n'])
def test_the_same_letters_count_first_and_then_any_case(tmp_path: Path, way: str) -> None:
    both = way.format("Loss", 1) + way.format("loss", 2) + way.format("LOSS", 3)
    assert read(tmp_path, both).final["loss"] == 2
    assert read(tmp_path, both).histories["loss"] == ((1, 2),)
    other = read(tmp_path, way.format("LOSS", 3))
    assert (other.final, other.histories) == ({"loss": 3}, {"loss": ((1, 3),)})


def test_both_of_two_names_that_differ_in_case(tmp_path: Path) -> None:
    query = MetricQuery(("Loss", "loss"))
    assert read(tmp_path, "Loss: 1\nloss: 2\n", query).final == {"Loss": 1, "loss": 2}


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
    assert read(tmp_path) == Metrics({}, {}, "training_metrics.json has more than 64 MiB")
    file.unlink()
    file.mkdir()
    assert read(tmp_path).final == {}
    assert (read(tmp_path).incomplete or "").startswith("training_metrics.json cannot be read: ")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[" * 100_000, "training_metrics.json is nested too deeply"),
        (b'{"a": ', "training_metrics.json is no JSON: Expecting value: line 1 column 7 (char 6)"),
        (b"3", 'training_metrics.json is no JSON object like {"test_acc": 0.9}'),
        (b"[1]", 'training_metrics.json is no JSON object like {"test_acc": 0.9}'),
        (b'{"a": "\xff"}', "training_metrics.json is not UTF-8"),
        (b'{"loss": {"b": 1}}', "no number is read from `loss: 'dict'` in training_metrics.json"),
        (b'{"loss": null}', "no number is read from `loss: None` in training_metrics.json"),
        (b'{"loss": "0.9"}', "no number is read from `loss: '0.9'` in training_metrics.json"),
        (b'{"loss": ["x"]}', "no number is read from `loss: ['x']` in training_metrics.json"),
        (b'{"other": true}', None),
        (b"{}", None),
    ],
)
def test_a_metric_file_without_numbers_is_told(
    tmp_path: Path, content: bytes, why: str | None
) -> None:
    (tmp_path / "training_metrics.json").write_bytes(content)
    assert read(tmp_path) == Metrics({}, {}, why)


def test_very_long_lines_are_read_in_part(tmp_path: Path) -> None:
    found = read(tmp_path, b"x" * (10 << 20) + b" loss = 1\nloss = 2\n")
    assert found.final == {"loss": 2}


def test_a_line_without_end_takes_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "output.log").open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    Attempt("nowhere", str(tmp_path / "output.log"), ASKED).read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def update(reader: LogReader) -> None:
    for _ in reader.pieces():
        pass


def test_a_growing_log_is_followed_and_a_torn_line_waits(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    reader = LogReader(str(path), ASKED)
    update(reader)
    assert merged(reader.sources(), ASKED.names).final == {}
    with path.open("w") as file:
        file.write("loss = 1\nloss = 2")
        file.flush()
        update(reader)
        assert merged(reader.sources(), ASKED.names).final == {"loss": 1}
        file.write("5\n")
    update(reader)
    assert merged(reader.sources(), ASKED.names).final == {"loss": 25}


def test_a_log_that_is_made_shorter_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("loss = 1\nloss = 2\n")
    reader = LogReader(str(path), ASKED)
    update(reader)
    path.write_text("loss = 7\n")
    update(reader)
    assert merged(reader.sources(), ASKED.names).histories == {"loss": ((1, 7),)}


@given(st.binary(max_size=400))
def test_no_log_is_too_strange(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    read(tmp_path_factory.mktemp("log"), b'KSWEEP {"loss": ' + data + b"\nloss " + data)


def test_the_tail_is_harmless_and_short(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\n".join(b"line %d" % n for n in range(100)) + b"\n\x1b[31mred\x07\x9b\n")
    tail = metrics.tail_of(str(path))
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
    begun = time.monotonic()
    assert Attempt("nowhere", str(path), MetricQuery(("score",))).read().final == {"score": 2}
    assert time.monotonic() - begun < 5

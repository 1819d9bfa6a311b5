"""What trials said, read by a process beside this one: what it meets, and how it ends."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ksweep.metrics import Follower, Metrics, Reader, bounds
from ksweep.metrics import attempt as attempt_
from ksweep.metrics import reader as reader_
from ksweep.model import MetricQuery
from ksweep.proctable import here

ASKED = MetricQuery(("test_acc", "loss"))
PATIENCE_S = 60


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Reader() as made:
        yield made


class Following:
    """A trial in a directory, followed step by step."""

    def __init__(self, reader: Reader, directory: Path, wanted: list[str] | None = None) -> None:
        self.reader = reader
        paths = str(directory / "training_metrics.json"), str(directory / "output.log")
        self.follower: Follower = reader.follow(*paths, ASKED, wanted)

    def update(self) -> Metrics:
        self.reader.ask(self.follower)
        return self.known()

    def finish(self) -> Metrics:
        self.reader.finish(self.follower)
        return self.known()

    def known(self) -> Metrics:
        self.reader.wait(self.follower, time.monotonic() + PATIENCE_S)
        assert not self.follower.busy
        return self.follower.metrics


def history(found: Metrics | None, name: str = "loss") -> tuple[tuple[float, float], ...]:
    assert found is not None
    return found.histories.get(name, ())


def test_a_running_trial_is_followed_in_all_three_ways(reader: Reader, tmp_path: Path) -> None:
    follow = Following(reader, tmp_path)
    assert follow.update() == Metrics()  # nothing is there yet
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


def test_the_end_of_a_followed_trial_is_read_with_its_torn_line(
    reader: Reader, tmp_path: Path
) -> None:
    follow = Following(reader, tmp_path)
    (tmp_path / "output.log").write_text("loss = 3\nloss = 2")
    assert history(follow.update()) == ((1, 3),)
    assert history(follow.finish()) == ((1, 3), (2, 2))


@pytest.mark.parametrize("torn", ["", '{"loss": [3, 2', "[]"])
def test_a_metric_file_that_is_being_written_says_what_it_said(
    reader: Reader, tmp_path: Path, torn: str
) -> None:
    file = tmp_path / "training_metrics.json"
    follow = Following(reader, tmp_path)
    file.write_text('{"loss": [3]}')
    assert history(follow.update()) == ((1, 3),)
    file.write_text(torn)
    assert history(follow.update()) == ((1, 3),)
    file.write_text('{"loss": [3, 2, 1]}')
    assert history(follow.update()) == ((1, 3), (2, 2), (3, 1))
    file.unlink()
    assert history(follow.update()) == ((1, 3), (2, 2), (3, 1))
    assert follow.finish() == Metrics()


def test_a_metric_file_that_takes_anothers_place_is_read(reader: Reader, tmp_path: Path) -> None:
    """As a program does that replaces it in one step: same size, and the same time here."""
    file, new = tmp_path / "training_metrics.json", tmp_path / "new"
    follow = Following(reader, tmp_path)
    for number in (1, 2):
        new.write_text(json.dumps({"loss": [number]}))
        os.utime(new, (1, 1))
        new.rename(file)
        assert history(follow.update()) == ((1, number),)


def test_what_has_not_changed_is_not_asked_for(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "training_metrics.json").write_text('{"loss": [3]}')
    (tmp_path / "output.log").write_text("test_acc = 1\n")
    follow = Following(reader, tmp_path)
    assert follow.update() == Metrics(
        {"loss": 3, "test_acc": 1}, {"loss": ((1, 3),), "test_acc": ((1, 1),)}
    )
    asked: list[object] = []
    monkeypatch.setattr(Reader, "_request", lambda self, follower: asked.append(follower))
    for _ in range(20):
        reader.ask(follow.follower)
        reader.poll()
    assert asked == []
    with (tmp_path / "output.log").open("a") as log:
        log.write("test_acc = 2\n")
    reader.ask(follow.follower)
    reader.poll()
    assert asked == [follow.follower]


def test_what_a_program_puts_in_the_place_of_its_files_harms_no_follower(
    reader: Reader, tmp_path: Path
) -> None:
    follow = Following(reader, tmp_path)
    (tmp_path / "training_metrics.json").write_text('{"loss": [3]}')
    follow.update()
    for name in ("training_metrics.json", "output.log"):
        (tmp_path / name).unlink(missing_ok=True)
        os.mkfifo(tmp_path / name)
    assert history(follow.update()) == ((1, 3),)


def said(
    reader: Reader,
    directory: Path,
    log: bytes,
    query: MetricQuery = ASKED,
    file: bytes | None = None,
) -> Metrics:
    """All that an attempt which has ended said."""
    (directory / "output.log").write_bytes(log)
    path = directory / "training_metrics.json"
    if file is not None:
        path.write_bytes(file)
    return reader.read(str(path), str(directory / "output.log"), query)


def own_seconds(since: float = 0.0) -> float:
    return time.process_time() - since


BACKTRACKING = MetricQuery(("loss",), r"loss=([0-9]+)|(a+)+b")
HANGING = b"loss=3\n" + b"a" * 40 + b"\n"


def test_who_said_nothing_needs_no_process(reader: Reader, tmp_path: Path) -> None:
    before = here().children(os.getpid())
    assert said(reader, tmp_path, b"") == Metrics()
    assert here().children(os.getpid()) == before


def test_an_expression_that_backtracks_without_end_is_left(reader: Reader, tmp_path: Path) -> None:
    begun = own_seconds()
    found = said(reader, tmp_path, HANGING, BACKTRACKING)
    assert found.final == {"loss": 3}
    assert found.incomplete == (
        "a line of output.log takes more than 1 s to be searched: see CONFIG_SWEEP_METRIC_REGEX"
    )
    assert own_seconds(begun) < 0.3
    assert said(reader, tmp_path, b"loss=4\n") == Metrics({"loss": 4}, {"loss": ((1, 4),)})


def test_a_file_that_takes_too_much_memory_is_left(reader: Reader, tmp_path: Path) -> None:
    file = b"[" + b"[]," * 22_000_000 + b"[]]"
    begun, held = own_seconds(), here().row(os.getpid())
    found = said(reader, tmp_path, b"loss = 3\n", file=file)
    assert found.final == {"loss": 3}
    assert found.incomplete == "training_metrics.json takes too much memory to be read"
    assert own_seconds(begun) < 0.5
    after = here().row(os.getpid())
    assert held is not None
    assert after is not None
    assert after.rss_bytes - held.rss_bytes < 20 << 20


def test_names_without_end_are_cut_off(reader: Reader, tmp_path: Path) -> None:
    lines = (f'KSWEEP {{"step": 1, "name{n}": {n}}}\n' for n in range(10_500))
    found = said(reader, tmp_path, "".join(lines).encode())
    assert len(found.final) == len(found.histories) == 10_000
    assert found.incomplete == "it has more than 10,000 metrics"


def test_histories_without_end_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt_, "POINTS", 10)
    one = attempt_.Attempt("none", "none", ASKED)
    assert [one.allowed(count) for count in (6, 3, 2, 1)] == [6, 3, 1, 0]
    assert one.incomplete == "its histories have more than 10 points"


def test_numbers_come_over_as_they_were(reader: Reader, tmp_path: Path) -> None:
    log = b'KSWEEP {"step": 9007199254740993, "acc": NaN}\nKSWEEP {"step": 0.5, "acc": -Infinity}\n'
    found = said(reader, tmp_path, log)
    (first, nan), (second, infinite) = found.histories["acc"]
    assert (first, type(first), second, infinite) == (9007199254740993, int, 0.5, -math.inf)
    assert math.isnan(nan)


def test_only_wanted_histories_are_sent(reader: Reader, tmp_path: Path) -> None:
    follow = Following(reader, tmp_path, wanted=["loss"])
    (tmp_path / "output.log").write_text("loss = 3 test_acc = 4\n")
    assert follow.finish() == Metrics({"loss": 3, "test_acc": 4}, {"loss": ((1, 3),)})


def test_what_prints_without_end_does_not_keep_others_from_being_read(
    reader: Reader, tmp_path: Path
) -> None:
    """Pieces of all are read in turns: the second is done long before the first."""
    (tmp_path / "long").mkdir()
    (tmp_path / "short").mkdir()
    with (tmp_path / "long/output.log").open("wb") as log:
        for _ in range(12):
            log.write(b"loss = 3\n" * 29_000)  # a piece
    (tmp_path / "short/output.log").write_text("loss = 4\n")
    long, short = (Following(reader, tmp_path / name, []) for name in ("long", "short"))
    reader.finish(long.follower)
    assert short.finish().final == {"loss": 4}
    assert not long.follower.ended
    assert long.finish().final == {"loss": 3}


def process_of(reader: Reader) -> int:
    """The process that reads; what it does is seen from outside."""
    assert reader._process is not None
    return reader._process.pid


def test_a_process_that_dies_is_replaced(reader: Reader, tmp_path: Path) -> None:
    follow = Following(reader, tmp_path)
    log = tmp_path / "output.log"
    log.write_text("loss = 3\n")
    assert history(follow.update()) == ((1, 3),)
    os.kill(process_of(reader), signal.SIGKILL)
    with log.open("a") as file:
        file.write("loss = 4\n")
    assert history(follow.update()) == ((1, 3), (2, 4))
    os.kill(process_of(reader), signal.SIGKILL)
    assert history(follow.finish()) == ((1, 3), (2, 4))


def test_who_makes_it_die_or_hang_is_found_and_given_up(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped again and again while it reads one of three, it answers for the others."""
    monkeypatch.setattr(reader_, "_ANSWER_S", 3.0)
    asked: list[Following] = []
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "output.log").write_text("loss = 3\n")
        asked.append(Following(reader, tmp_path / name, []))
    guilty = asked[1].follower
    real = Reader._request

    def request(self: Reader, follower: Follower) -> None:
        real(self, follower)
        if follower is guilty:
            os.kill(process_of(reader), signal.SIGSTOP)

    monkeypatch.setattr(Reader, "_request", request)
    for one in asked:
        reader.finish(one.follower)
    assert [one.known().final for one in asked] == [{"loss": 3}, {}, {"loss": 3}]
    assert guilty.incomplete == "the process that reads it did not answer for 3 s"


def test_it_gives_its_memory_back(reader: Reader, tmp_path: Path) -> None:
    follow = Following(reader, tmp_path)
    (tmp_path / "output.log").write_text("loss = 3\n")
    assert history(follow.update()) == ((1, 3),)
    other = tmp_path / "other"
    other.mkdir()
    log = "".join(f'KSWEEP {{"m{n}": 1}}\n' for n in range(9000)) + "x" * (64 << 10)
    file = json.dumps({f"{n:0900}": [n] * 2 for n in range(10_000)}).encode()
    said(reader, other, log.encode(), file=file)
    with (tmp_path / "output.log").open("a") as more:
        more.write("loss = 4\n")
    assert history(follow.update()) == ((1, 3), (2, 4))
    row = here().row(process_of(reader))
    assert row is not None
    assert row.rss_bytes < bounds.LARGE_BYTES


def test_what_was_read_is_enough_when_there_is_no_time(reader: Reader, tmp_path: Path) -> None:
    with (tmp_path / "output.log").open("wb") as log:
        for _ in range(1000):
            log.write(b"loss = 3\n" * 29_000)
    follow = Following(reader, tmp_path, wanted=[])
    reader.finish(follow.follower)
    reader.wait(follow.follower, time.monotonic() + 0.5)
    begun = time.monotonic()
    reader.cut(follow.follower)
    assert follow.known().incomplete == "reading it was interrupted"
    assert follow.follower.ended
    assert time.monotonic() - begun < 5


def test_it_ends_with_its_owner(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text("loss = 3\n")
    script = (
        "import sys, time; from ksweep.metrics import Reader; from ksweep.model import MetricQuery\n"
        "reader = Reader(); reader.read('none', sys.argv[1], MetricQuery(('loss',)))\n"
        "print(reader._process.pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "output.log")], stdout=subprocess.PIPE
    )
    with owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    until = time.monotonic() + PATIENCE_S
    while (row := here().row(pid)) is not None and row.alive and time.monotonic() < until:
        time.sleep(0.02)
    assert row is None or not row.alive


def test_where_it_cannot_be_started_what_was_asked_says_so(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_, "_START_S", 0.2)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    found = said(reader, tmp_path, b"loss = 3\n")
    assert found.final == {}
    assert found.incomplete == (
        "the process that reads it cannot be started: No such file or directory"
    )

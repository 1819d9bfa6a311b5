"""Several writers of one file, and what killed ones have left."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from ksweep.store import atomic, parts

SIZE, ROUNDS = 1 << 16, 150


def test_a_writer_leaves_alone_what_another_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with atomic._replacing(str(path)) as descriptor:
        os.write(descriptor, b"first, ")
        atomic.write(str(path), b"second")
        assert path.read_bytes() == b"second"
        os.write(descriptor, b"and whole")
    assert path.read_bytes() == b"first, and whole"
    assert os.listdir(tmp_path) == ["file"]


def write_often(path: str, letter: bytes) -> None:
    for _ in range(ROUNDS):
        atomic.write(path, letter * SIZE)


def test_what_is_read_is_whole_whoever_writes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a" * SIZE)
    writers = [
        multiprocessing.get_context("fork").Process(target=write_often, args=(str(path), letter))
        for letter in (b"a", b"b", b"c")
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        content = path.read_bytes()
        assert (len(content), len(set(content))) == (SIZE, 1)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert os.listdir(tmp_path) == ["file"]


def die_while_writing(path: str) -> None:
    with atomic._replacing(path):
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("act", [lambda path: atomic.write(path, b""), atomic.remove_part])
def test_what_a_killed_writer_left_goes(tmp_path: Path, act: object) -> None:
    path = tmp_path / "file"
    writer = multiprocessing.get_context("fork").Process(
        target=die_while_writing, args=(str(path),)
    )
    writer.start()
    writer.join()
    assert os.listdir(tmp_path) == [f"file{parts.SUFFIX}"]
    act(str(path))  # type: ignore[operator]
    assert set(os.listdir(tmp_path)) <= {"file"}


def test_a_directory_in_the_place_of_a_part_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "file"
    (tmp_path / f"file{parts.SUFFIX}").mkdir()
    atomic.write(str(path), b"whole")
    assert path.read_bytes() == b"whole"
    assert sorted(os.listdir(tmp_path)) == ["file", f"file{parts.SUFFIX}~"]

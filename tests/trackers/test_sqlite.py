"""A new database is there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from ksweep.trackers.sqlite import make_whole


def make(uri: str) -> None:
    """Tables, made one after the other."""
    with sqlite3.connect(uri.removeprefix("sqlite:///")) as base:
        base.execute("create table first (one)")
        base.execute("create table second (one)")


def tables(file: Path) -> list[str]:
    with sqlite3.connect(file) as base:
        return [name for (name,) in base.execute("select name from sqlite_master")]


def test_it_is_whole_and_alone(tmp_path: Path) -> None:
    make_whole(f"sqlite:///{tmp_path}/a.db", make)
    assert tables(tmp_path / "a.db") == ["first", "second"]
    assert os.listdir(tmp_path) == ["a.db"]


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("notes")
    make_whole(f"sqlite:///{tmp_path}/a.db", make)
    assert (tmp_path / "a.db").read_text() == "notes"


def test_the_first_of_two_at_once_stays(tmp_path: Path) -> None:
    def make_late(uri: str) -> None:
        make(uri)
        (tmp_path / "a.db").write_text("of the first")

    make_whole(f"sqlite:///{tmp_path}/a.db", make_late)
    assert (tmp_path / "a.db").read_text() == "of the first"
    assert os.listdir(tmp_path) == ["a.db"]


def test_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(uri: str) -> None:
        make(uri)
        raise RuntimeError("no luck")

    with pytest.raises(RuntimeError):
        make_whole(f"sqlite:///{tmp_path}/a.db", fail)
    assert os.listdir(tmp_path) == []


def test_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left"):
        make_whole(f"sqlite:///{tmp_path}/a.db", make)
    assert os.listdir(tmp_path) == []


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: str, target: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    make_whole(f"sqlite:///{tmp_path}/a.db", make)
    assert tables(tmp_path / "a.db") == ["first", "second"]
    assert os.listdir(tmp_path) == ["a.db"]


@pytest.mark.parametrize(
    "uri",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://box/db", "http://box:5000"],
)
def test_what_is_no_file_is_left_alone(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_whole(uri, make)
    assert os.listdir(tmp_path) == []

"""Opening what may be anything: nothing outside is read or written, nothing blocks."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from store.making import entry, result

from ksweep import exposed
from ksweep.store import atomic, ledger
from ksweep.trackers.reading import entry_of

WRITING = os.O_WRONLY | os.O_CREAT | os.O_APPEND
THINGS: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "link": (lambda path, victim: path.symlink_to(victim), "it is a symbolic link"),
    "link to nothing": (lambda path, victim: path.symlink_to(f"{victim}~"), "a symbolic link"),
    "link to a device": (lambda path, victim: path.symlink_to("/dev/zero"), "a symbolic link"),
    "pipe": (lambda path, victim: os.mkfifo(path), "it is no regular file"),
    "directory": (lambda path, victim: path.mkdir(), "Is a directory"),
}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/victim").write_text("as it was")
    return tmp_path / "outside/victim"


@pytest.mark.parametrize("flags", [os.O_RDONLY, WRITING, os.O_RDWR])
@pytest.mark.parametrize("thing", THINGS)
def test_nothing_but_a_file_is_opened(tmp_path: Path, victim: Path, thing: str, flags: int) -> None:
    put, why = THINGS[thing]
    put(tmp_path / "file", victim)
    with pytest.raises(OSError, match=why):
        exposed.open_regular(str(tmp_path / "file"), flags)
    assert [path.name for path in victim.parent.iterdir()] == ["victim"]


@pytest.mark.parametrize("flags", [os.O_RDONLY, WRITING])
def test_nothing_in_a_directory_that_is_a_link_is_opened(
    tmp_path: Path, victim: Path, flags: int
) -> None:
    (tmp_path / "link").symlink_to(victim.parent)
    with pytest.raises(NotADirectoryError):
        exposed.open_regular(str(tmp_path / "link/victim"), flags)
    with pytest.raises(NotADirectoryError):
        atomic.write(str(tmp_path / "link/victim"), b"")
    assert victim.read_text() == "as it was"


def test_a_file_with_another_name_is_read_and_not_written(tmp_path: Path, victim: Path) -> None:
    os.link(victim, tmp_path / "file")
    assert exposed.read(str(tmp_path / "file"), 100) == b"as it was"
    with pytest.raises(OSError, match="hard link"):
        exposed.open_regular(str(tmp_path / "file"), WRITING)


def test_a_ledger_with_another_name_is_written_anew(tmp_path: Path, victim: Path) -> None:
    os.link(victim, tmp_path / "results.jsonl")
    assert not ledger.read(str(tmp_path / "results.jsonl"))[1]
    ledger.rewrite(str(tmp_path / "results.jsonl"), [])
    assert victim.read_text() == "as it was"


def test_huge_files_take_neither_time_nor_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("one\ntwo\n")
    os.truncate(path, 1 << 40)
    with pytest.raises(OSError, match="File too large"):
        exposed.read(str(path), 1 << 50)
    lines = [line.strip(b"\0") for line in atomic.read_lines(str(path))]
    assert b"".join(lines) == b"one\ntwo\n"


@pytest.mark.parametrize("text", ["[],", "{},", '[{"a":', "[" * 100])
def test_a_document_that_would_fill_the_memory_is_none(text: str) -> None:
    for count in (1, 1 << 20):
        assert atomic.parse(b"[" + text.encode() * count + b"1") is None


@pytest.mark.parametrize(
    "name", ["../config_001", "config_001/..", "config_1", "config_001.r1", ""]
)
def test_no_trial_has_a_name_that_leads_elsewhere(name: str) -> None:
    assert entry_of(replace(result(entry(1)), name=name)) is None
    assert entry_of(replace(result(entry(1)), id="../000000000")) is None
    assert entry_of(result(entry(1))) == entry(1)

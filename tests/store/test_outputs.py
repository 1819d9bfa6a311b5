"""Files that are written side by side: each whole, or all left as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ksweep.store import atomic


def test_each_file_has_its_parts(tmp_path):
    paths = [str(tmp_path / name) for name in ("a", "b")]
    atomic.write_side_by_side(paths, [(b"1", b"x"), (b"2", b""), (b"3", b"y")])
    assert [(tmp_path / name).read_bytes() for name in ("a", "b")] == [b"123", b"xy"]


def test_what_fails_on_the_way_leaves_the_old_files_and_nothing_else(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    paths = [str(tmp_path / name) for name in ("a", "b")]

    def pieces() -> Iterator[tuple[bytes, bytes]]:
        yield b"new", b"new"
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        atomic.write_side_by_side(paths, pieces())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_where_a_file_cannot_be_made_none_is(tmp_path):
    paths = [str(tmp_path / "a"), str(tmp_path / "absent" / "b")]
    with pytest.raises(FileNotFoundError):
        atomic.write_side_by_side(paths, [(b"1", b"2")])
    assert list(tmp_path.iterdir()) == []

"""The diff of the code: whole or not there, and nobody's to read but its owner's."""

import os
import stat
import threading

import pytest

from ksweep.errors import SurroundingsError
from ksweep.store import layout
from store.disk import fill, small_disk
from store.making import lay_out


@pytest.fixture
def results(tmp_path):
    before = os.umask(0)  # nothing but the mode that is asked for protects the file
    try:
        yield lay_out(tmp_path / "out")
    finally:
        os.umask(before)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_it_lies_beside_sweep_json_for_its_owner_alone(results):
    results.write_diff(b"\0diff\xff")
    path = os.path.join(results.path, "code.diff")
    assert path == results.diff_path
    with open(path, "rb") as file:
        assert file.read() == b"\0diff\xff"
    assert mode(path) == 0o600


def test_it_is_never_open_to_others_while_it_is_written(results, monkeypatch):
    seen = []
    write_all = layout.atomic.write_all

    def watched(descriptor, data):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        assert not os.path.lexists(results.diff_path)
        write_all(descriptor, data)

    monkeypatch.setattr(layout.atomic, "write_all", watched)
    results.write_diff(b"diff")
    assert seen == [0o600]


def test_a_file_that_others_hold_open_is_not_written_to(results):
    left = f"{results.path}/code.diff.ksweep-new"
    with open(left, "wb"), open(results.diff_path, "wb"):
        assert mode(left) == 0o666
    with open(left, "rb") as first, open(results.diff_path, "rb") as second:
        results.write_diff(b"secret")
        assert first.read() == second.read() == b""
    assert mode(results.diff_path) == 0o600
    assert not os.path.lexists(left)


def test_a_link_in_its_place_is_not_followed(results, tmp_path):
    (tmp_path / "public").write_text("")
    for name in ("code.diff", "code.diff.ksweep-new"):
        os.symlink(tmp_path / "public", f"{results.path}/{name}")
    results.write_diff(b"secret")
    assert (tmp_path / "public").read_text() == ""
    assert not os.path.islink(results.diff_path)


def test_a_reader_finds_the_old_one_or_the_new(results):
    contents = [b"a" * 300_000, b"b" * 300_000]
    results.write_diff(contents[0])
    seen, done = set(), threading.Event()

    def read():
        while not done.is_set():
            with open(results.diff_path, "rb") as file:
                seen.add(file.read())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(50):
        results.write_diff(contents[number % 2])
    done.set()
    reader.join()
    assert seen <= set(contents)


def test_without_room_nothing_is_left(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        results = lay_out(disk / "out")
        fill(disk)
        with pytest.raises(SurroundingsError) as caught:
            results.write_diff(b"x" * 100_000)
        assert str(caught.value).startswith(
            f"{results.path}/code.diff: cannot write this: No space left on device; "
        )
        assert [name for name in os.listdir(results.path) if "diff" in name] == []

import errno
import os
from pathlib import Path

import pytest

from ksweep.process.forked import forked


def test_the_work_is_done_beside_the_block_by_another_process(tmp_path: Path) -> None:
    begun, done = tmp_path / "begun", tmp_path / "done"
    os.mkfifo(begun)

    def work() -> None:
        begun.read_text()  # waits for the block
        done.write_text(str(os.getpid()))

    with forked(work):
        begun.write_text("now")
    assert int(done.read_text()) != os.getpid()


def test_what_the_copy_could_not_do_is_done_here(tmp_path: Path) -> None:
    here, done = os.getpid(), tmp_path / "done"

    def work() -> None:
        if os.getpid() != here:
            raise SystemExit(0)  # whatever it raises
        done.write_text(str(here))

    with forked(work):
        assert not done.exists()
    assert done.read_text() == str(here)


def test_an_error_is_raised_here(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(OSError, match="no space"), forked(work):
        pass
    assert capfd.readouterr() == ("", "")


def test_a_block_that_raises_ends_after_the_work(tmp_path: Path) -> None:
    done = tmp_path / "done"
    with pytest.raises(ZeroDivisionError), forked(lambda: done.touch()):
        _ = 1 / 0
    assert done.exists()


def test_where_there_can_be_no_copy_it_is_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    monkeypatch.setattr(os, "fork", refuse)
    done = tmp_path / "done"
    with forked(lambda: done.touch()):
        assert not done.exists()
    assert done.exists()

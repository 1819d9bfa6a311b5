"""Who reads, replaces or makes a directory of generated configurations at the same time."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from ksweep.errors import SurroundingsError
from ksweep.store import ConfigDir, Entry, Results, atomic, layout, listing, staging
from store.making import lay_out

OLD, NEW = "1" * 12, "2" * 12


@pytest.fixture
def there(tmp_path: Path) -> Path:
    generate(tmp_path / "sweep_configs", OLD)
    return tmp_path / "sweep_configs"


def generate(path: Path, identity: str) -> None:
    with ConfigDir(str(path)).staged() as staged:
        staged.write_plan({"configurations": listing([Entry("config_001", identity, {})])})


def now(path: Path) -> str:
    with ConfigDir(str(path)).reading() as generated:
        return generated.entries[0].id


def beside(path: Path) -> list[str]:
    return sorted(os.listdir(path.parent))


def refuse_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)


def test_a_replacement_waits_for_a_reader(there: Path) -> None:
    writer = threading.Thread(target=generate, args=(there, NEW))
    with ConfigDir(str(there)).reading() as generated:
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        assert now(there) == OLD == generated.entries[0].id
    writer.join()
    assert now(there) == NEW
    assert beside(there) == ["sweep_configs"]


def test_a_reader_that_never_ends_is_told(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_PATIENCE_S", 0.1)
    with (
        ConfigDir(str(there)).reading(),
        pytest.raises(SurroundingsError, match="another command has been at work here for"),
    ):
        generate(there, NEW)
    assert now(there) == OLD
    assert beside(there) == ["sweep_configs"]


def test_what_is_being_made_elsewhere_takes_its_turn(there: Path) -> None:
    makers = [threading.Thread(target=generate, args=(there, f"{n:012}")) for n in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert int(now(there)) in range(8)
    assert beside(there) == ["sweep_configs"]


def test_without_locks_all_works_and_nothing_of_others_is_removed(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_locks(monkeypatch)
    other = there.parent / ".sweep_configs.0123abcd.ksweep-new"
    other.mkdir()
    generate(there, NEW)
    assert now(there) == NEW
    assert beside(there) == [other.name, "sweep_configs"]
    monkeypatch.undo()
    assert now(there) == NEW
    assert beside(there) == ["sweep_configs"]


class Killed(BaseException):
    """The process is gone: nothing that it would have done is done."""


@pytest.mark.parametrize("steps", range(5))
def test_an_exchange_in_steps_is_finished_by_the_next_command(
    there: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    counted, rename = itertools.count(), os.rename

    def cut_off(source: str, target: str) -> None:
        if next(counted) == steps:
            raise Killed
        rename(source, target)

    new = there.parent / "new"
    generate(new, NEW)
    monkeypatch.setattr(os, "rename", cut_off)
    monkeypatch.setattr(atomic, "exchange", lambda first, second: False)
    with suppress(Killed):
        staging._exchange_in_steps(str(new), str(there))
    monkeypatch.undo()
    names = set(beside(there)) - {"new"}
    assert names <= {"sweep_configs", "sweep_configs.ksweep-new", "sweep_configs.ksweep-old"}
    assert now(there) == (OLD if steps < 2 else NEW)
    assert set(beside(there)) - {"new"} == {"sweep_configs"}


def test_an_exchange_in_steps_that_fails_changes_nothing(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (there.parent / "sweep_configs.ksweep-old").mkdir()
    (there.parent / "sweep_configs.ksweep-old/mine").touch()
    monkeypatch.setattr(atomic, "exchange", lambda first, second: False)
    with pytest.raises(SurroundingsError, match="Directory not empty"):
        generate(there, NEW)
    assert now(there) == OLD
    assert beside(there) == ["sweep_configs", "sweep_configs.ksweep-old"]


def unlinked(out: Path) -> tuple[Path, Path]:
    """A sweep that was cut off between its name and `latest`, and the link that tells of it."""
    lay_out(out)
    second = Path(lay_out(out).path)
    link = out / ".sweep.0123abcd.ksweep-new-latest"
    link.symlink_to(second.name)
    return second, link


def test_a_sweep_that_is_not_latest_yet_goes_with_the_next(tmp_path: Path) -> None:
    second, _ = unlinked(tmp_path)
    (second / "mark").touch()
    lay_out(tmp_path)
    assert not (second / "mark").exists()
    assert len(os.listdir(tmp_path)) == 3


def test_one_that_somebody_has_run_stays(tmp_path: Path) -> None:
    second, link = unlinked(tmp_path)
    with Results.open(str(second), "").lock():
        assert not link.is_symlink()
    lay_out(tmp_path)
    assert second.exists()


@pytest.mark.parametrize("name", ["staged", "named"])
def test_one_that_is_being_made_stays(tmp_path: Path, name: str) -> None:
    second, link = unlinked(tmp_path)
    if name == "staged":
        second = second.rename(link.with_name(link.name.removesuffix("-latest")))
    with staging.held(str(second), staging.Hold.REPLACING):
        layout.tidy(str(tmp_path))
        assert second.exists()
        assert link.is_symlink()


@pytest.mark.parametrize("target", ["../outside", "other", "latest"])
def test_nothing_but_a_sweep_goes(tmp_path: Path, target: str) -> None:
    out = tmp_path / "out"
    for path in (tmp_path / "outside", out / "other"):
        path.mkdir(parents=True)
    lay_out(out)
    (out / ".sweep.0123abcd.ksweep-new-latest").symlink_to(target)
    before = sorted(tmp_path.rglob("*"))
    layout.tidy(str(out))
    assert sorted(tmp_path.rglob("*")) == before

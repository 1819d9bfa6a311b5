import json
import os
import subprocess
import sys

import pytest

from ksweep.errors import InputError, SurroundingsError
from ksweep.model import Configuration
from ksweep.store import ConfigDir, atomic, entry_of, listing
from ksweep.store import configs as configs_
from store import making
from store.making import config_text, lay_out


def entry(number):
    """An entry that knows its text."""
    plain = making.entry(number)
    return entry_of(plain.base, Configuration(plain.id, plain.params, config_text(plain)))


@pytest.fixture
def there(tmp_path):
    return tmp_path / "sweep_configs"


def generate(path, trials=2, setting="old"):
    entries = [entry(number + 1) for number in range(trials)]
    with ConfigDir(str(path)).staged() as staged:
        for one in entries:
            staged.write_config(one.name, text_of(one, setting))
        staged.write_summary("summary\n")
        staged.write_plan({"settings": {}, "configurations": listing(entries)})


def text_of(one, setting="old"):
    """With a setting, which is no part of what is generated."""
    return f'{config_text(one)}CONFIG_SWEEP_COMMAND="{setting}"\n'


def contents(path):
    return {name: (path / name).read_text() for name in os.listdir(path)}


def test_a_plan_is_written_and_read_back(there):
    generate(there)
    assert set(os.listdir(there)) == {
        "combinations_summary.txt", "config_001", "config_002", "sweep.json",
    }  # fmt: skip
    with ConfigDir(str(there)).reading() as generated:
        assert list(generated.document) == ["version", "kind", "settings", "configurations"]
        assert generated.entries == (entry(1), entry(2))
        assert generated.config_text(entry(2)) == text_of(entry(2))
    assert os.listdir(there.parent) == ["sweep_configs"]


def test_every_key_and_configuration_has_a_line_of_its_own(there):
    generate(there)
    lines = (there / "sweep.json").read_text().splitlines()
    assert sum('"name": "config_' in line for line in lines) == 2
    assert json.loads("\n".join(lines))["version"] == 1


def test_a_new_plan_takes_the_place_of_the_old_one(there):
    generate(there, 3)
    generate(there, 1, "new")
    assert contents(there)["config_001"] == text_of(entry(1), "new")
    assert "config_002" not in contents(there)
    assert os.listdir(there.parent) == ["sweep_configs"]


def test_without_an_exchange_the_old_plan_is_moved_aside(there, monkeypatch):
    monkeypatch.setattr(atomic, "exchange", lambda first, second: False)
    generate(there, 3)
    generate(there, 1, "new")
    assert contents(there)["config_001"] == text_of(entry(1), "new")
    assert os.listdir(there.parent) == ["sweep_configs"]


def test_the_exchange_is_one_step(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "is").write_text(name)
    assert atomic.exchange(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "a" / "is").read_text() == "b"
    with pytest.raises(OSError, match="No such file"):
        atomic.exchange(str(tmp_path / "a"), str(tmp_path / "none"))


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt()])
def test_a_generation_that_fails_leaves_the_old_plan(there, error):
    generate(there)
    before = contents(there)
    with pytest.raises(type(error)), ConfigDir(str(there)).staged():
        raise error
    assert contents(there) == before
    assert os.listdir(there.parent) == ["sweep_configs"]


def test_a_system_error_names_the_directory(there):
    generate(there)
    with (
        pytest.raises(SurroundingsError) as caught,
        ConfigDir(str(there)).staged(),
    ):
        raise OSError(28, "No space left on device")
    assert str(caught.value) == (
        f"{there}: cannot write this: No space left on device; "
        "free space or mend the permissions there, then go on"
    )


def test_an_empty_directory_is_used(there):
    there.mkdir()
    generate(there)
    assert "sweep.json" in contents(there)


def foreign_file(there):
    there.write_text("mine")
    return "it is not a directory"


def foreign_link(there):
    target = there.parent / "elsewhere"
    generate(target)
    there.symlink_to(target)
    return "it is a symbolic link"


def foreign_directory(there):
    there.mkdir()
    (there / "thesis.tex").write_text("years of work")
    return "it was not written by `ksweep generate` (no sweep.json of one)"


def foreign_sweep_json(there):
    there.mkdir()
    (there / "sweep.json").write_text('{"version": 1, "sweeps": "somebody else\'s"}')
    return "it was not written by `ksweep generate` (no sweep.json of one)"


def file_of_the_user(there):
    generate(there)
    (there / "notes.txt").write_text("mine")
    return "it holds `notes.txt`, which ksweep did not write"


def results_directory(there):
    os.rename(lay_out(there.parent / "out").path, there)
    return "it was not written by `ksweep generate` (no sweep.json of one)"


FOREIGN = [
    foreign_file, foreign_link, foreign_directory, foreign_sweep_json, file_of_the_user,
    results_directory,
]  # fmt: skip


@pytest.mark.parametrize("make", FOREIGN)
@pytest.mark.parametrize("act", [generate, lambda path: ConfigDir(str(path)).clean()])
def test_what_is_not_ours_is_neither_replaced_nor_removed(there, make, act):
    why = make(there)
    listed = subprocess.check_output(["find", str(there.parent), "-ls"])
    with pytest.raises(InputError) as caught:
        act(there)
    assert str(caught.value) == (
        f"{there}: this will not be replaced or removed: {why}; "
        "move it away, or name another directory"
    )
    assert subprocess.check_output(["find", str(there.parent), "-ls"]) == listed


@pytest.mark.parametrize("path", [".", "..", "/", "~", "here/.."])
def test_the_places_that_one_works_in_are_never_touched(tmp_path, monkeypatch, path):
    (tmp_path / "home").mkdir()
    (tmp_path / "work" / "here").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(InputError, match="your home, or the directory that you work in is in it"):
        ConfigDir(os.path.expanduser(path)).check_replaceable()


def test_a_plan_of_a_newer_version_stays(there):
    generate(there)
    text = (there / "sweep.json").read_text()
    (there / "sweep.json").write_text(text.replace('"version": 1', '"version": 2'))
    with pytest.raises(InputError, match="version 2 of the format, and this ksweep knows up to 1"):
        generate(there)


def test_clean_removes_a_plan_and_an_empty_directory(there):
    generate(there)
    assert ConfigDir(str(there)).clean()
    assert not ConfigDir(str(there)).clean()
    there.mkdir()
    assert ConfigDir(str(there)).clean()
    assert os.listdir(there.parent) == []


KILLED = """
import os, signal, sys
from ksweep.store import ConfigDir
with ConfigDir(sys.argv[1]).staged() as staged:
    staged.write_config("config_001", "new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_generation_left_is_removed_by_the_next(there):
    generate(there)
    subprocess.run([sys.executable, "-c", KILLED, str(there)], check=False)
    assert len(os.listdir(there.parent)) == 2
    assert contents(there)["config_001"] == text_of(entry(1))
    generate(there, 1, "new")
    assert os.listdir(there.parent) == ["sweep_configs"]


def test_a_generation_that_runs_elsewhere_is_left_alone(there):
    with ConfigDir(str(there)).staged() as first:
        first.write_config("config_001", "first")
        generate(there, 1, "second")
        first.write_plan({"configurations": listing([entry(1)])})
    assert contents(there)["config_001"] == "first"
    assert os.listdir(there.parent) == ["sweep_configs"]


def make_ours_and_theirs(there):
    with ConfigDir(str(there)).staged() as staged:
        staged.write_plan({"configurations": []})
        (there / "thesis.tex").write_text("written meanwhile")


def test_what_appears_while_a_plan_is_written_is_not_replaced(there):
    there.mkdir()
    with pytest.raises(InputError, match="will not be replaced or removed"):
        make_ours_and_theirs(there)
    assert contents(there) == {"thesis.tex": "written meanwhile"}


def test_a_directory_without_a_plan_says_how_to_make_one(there):
    with pytest.raises(InputError) as caught, ConfigDir(str(there)).reading():
        pass
    assert str(caught.value) == (
        f"{there}: there is no generated sweep here (no sweep.json of one); write one with "
        "`make sweep-generate RANGE_CONFIG=file` (`ksweep generate file`)"
    )


def test_a_configuration_that_is_gone_is_named(there):
    generate(there)
    (there / "config_002").unlink()
    with ConfigDir(str(there)).reading() as generated, pytest.raises(InputError) as caught:
        generated.config_text(entry(2))
    assert str(caught.value) == (
        f"{there}/config_002: this configuration is listed in sweep.json but not there; "
        "generate the sweep again"
    )


def test_many_configurations_are_all_ours(there):
    """The names grow with the number, and are still known as ours."""
    assert configs_._OURS.fullmatch("config_1000000")
    generate(there, 1001)
    generate(there, 1)
    assert len(contents(there)) == 3

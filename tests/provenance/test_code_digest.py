"""The digest of the code, on real git work trees."""

import json
import os
import time
from dataclasses import asdict

import pytest

from ksweep import provenance
from provenance.trees import commit, git


def code(root, *inputs, own=()):
    return provenance.code_of(str(root), [str(path) for path in inputs], list(map(str, own)))


def digest(root, *inputs):
    return code(root, *inputs).digest


def differing(root, one, other):
    return provenance.differing(str(root), one, other)


def test_the_digest_is_of_contents_committed_or_not(tree):
    first = digest(tree)
    assert len(first) == 64
    (tree / "train.py").write_text("print(2)\n")
    changed = digest(tree)
    assert changed != first
    git(tree, "add", "-A")
    assert digest(tree) == changed
    commit(tree)
    assert digest(tree) == changed
    (tree / "train.py").write_text("print(1)\n")
    assert digest(tree) == first


def test_a_touched_file_is_the_same(tree):
    first = digest(tree)
    os.utime(tree / "train.py", (1, 1))
    assert digest(tree) == first


def test_every_directory_of_the_tree_gives_the_same_digest(tree):
    assert digest(tree / "src") == digest(tree)


@pytest.mark.parametrize(
    "name",
    [
        "defconfigs/wide-range", "defconfigs/deeper/other-range", ".config", ".config.old",
        "sub/.config", "sweep_configs/config_001", "test_matrix_results/latest/x",
        "src/__pycache__/model.cpython-311.pyc", "old.pyc",
    ],
)  # fmt: skip
def test_what_a_sweep_reads_and_writes_is_no_code(tree, name):
    first = digest(tree)
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("another\n")
    git(tree, "add", "-Af")
    assert digest(tree) == first


def test_a_defconfig_is_code(tree):
    first = digest(tree)
    (tree / "defconfigs" / "base_defconfig").write_text("CONFIG_LR=2\n")
    assert digest(tree) != first


def test_files_and_directories_can_be_left_out(tree):
    first = digest(tree, str(tree / "src"), str(tree / "train.py"))
    (tree / "src" / "model.py").write_text("layers = 3\n")
    (tree / "train.py").write_text("print(2)\n")
    assert digest(tree, str(tree / "src"), str(tree / "train.py")) == first
    assert digest(tree) != first


def test_a_file_that_git_does_not_know_counts(tree):
    first = digest(tree)
    (tree / "new.py").write_text("layers = 1")
    second = digest(tree)
    (tree / "new.py").write_text("layers = 2")
    third = digest(tree)
    assert len({first, second, third}) == 3
    commit(tree)
    assert digest(tree) == third


def test_what_git_ignores_does_not_count(tree):
    (tree / ".gitignore").write_text("*.ckpt\n/data/\n")
    first = digest(tree)
    (tree / "model.ckpt").write_text("weights")
    (tree / "data").mkdir()
    (tree / "data" / "x").write_text("1")
    assert digest(tree) == first


def test_a_large_file_that_git_does_not_know_is_told_by_size_and_time(tree):
    with open(tree / "data.bin", "wb") as file:
        file.truncate(65 << 20)
    first = digest(tree)
    assert digest(tree) == first
    os.utime(tree / "data.bin", (1, 1))
    assert digest(tree) != first


def test_a_repository_inside_counts_with_what_it_has(tree):
    inner = tree / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "a").write_text("1")
    seen = {digest(tree)}
    commit(inner)
    seen.add(digest(tree))
    (inner / "a").write_text("2")
    seen.add(digest(tree))
    (inner / "b").write_text("2")
    seen.add(digest(tree))
    assert len(seen) == 4


@pytest.mark.parametrize("change", ["remove", "rename", "link", "link to file"])
def test_other_changes_count(tree, change):
    first = digest(tree)
    if change == "remove":
        (tree / "train.py").unlink()
    elif change == "rename":
        git(tree, "mv", "train.py", "run.py")
    else:
        (tree / "link").unlink()
        if change == "link":
            os.symlink("src/model.py", tree / "link")
        else:
            (tree / "link").write_text("text")
    changed = digest(tree)
    assert changed != first
    commit(tree)
    assert digest(tree) == changed


def test_odd_names(tree):
    for name in ("a b.py", 'q"uo\tte.py', "new\nline.py", "é.py"):
        (tree / name).write_text("1")
    commit(tree)
    first = digest(tree)
    for name in ('q"uo\tte.py', "new\nline.py", "é.py"):
        (tree / name).write_text("2")
        changed = digest(tree)
        assert changed != first
        first = changed
    commit(tree)
    assert digest(tree) == first


def test_outside_git_it_is_of_the_files_of_the_command(tmp_path):
    (tmp_path / "lib").mkdir()
    for name in ("train.py", "model.py", "lib/layers.py", "notes.txt", "run.sh"):
        (tmp_path / name).write_text("1")
    own = [tmp_path / "train.py", tmp_path / "missing.py"]
    assert code(tmp_path) is None
    first = code(tmp_path, own=own)
    assert first.changed.keys() == {"train.py", "model.py", "lib/layers.py"}
    (tmp_path / "notes.txt").write_text("2")
    assert code(tmp_path, own=own) == first
    (tmp_path / "lib" / "layers.py").write_text("2")
    changed = code(tmp_path, own=own)
    assert differing(tmp_path, first, changed) == ["lib/layers.py"]


def test_of_a_command_outside_the_directory_only_its_own_file_counts(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("tool.sh", "other.sh"):
        (tmp_path / name).write_text("1")
    assert code(inner, own=[tmp_path / "tool.sh"]).changed.keys() == {"../tool.sh"}


def test_without_git_nothing_is_known_of_a_work_tree(tree, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert code(tree) is None


# -- how two states differ -----------------------------------------------------------------------


def test_which_files_differ_is_named_committed_or_not(tree):
    before = code(tree)
    (tree / "train.py").write_text("print(2)\n")
    (tree / "new.py").write_text("1")
    (tree / "src" / "model.py").unlink()
    names = ["new.py", "src/model.py", "train.py"]
    assert differing(tree, before, code(tree)) == names
    commit(tree)
    assert differing(tree, before, code(tree)) == names
    assert differing(tree, code(tree), before) == names


def test_the_inputs_of_either_state_make_no_difference(tree):
    (tree / "a-sweep").write_text("CONFIG_LR=1|2\n")
    (tree / "b-sweep").write_text("CONFIG_LR=1|2|3\n")
    one, other = code(tree, tree / "a-sweep"), code(tree, tree / "b-sweep")
    assert one.digest != other.digest
    assert differing(tree, one, other) == []
    (tree / "train.py").write_text("print(2)\n")
    assert differing(tree, one, code(tree, tree / "b-sweep")) == ["train.py"]


def test_a_state_survives_being_written_down(tree):
    (tree / "train.py").write_text("print(2)\n")
    found = provenance.collect(str(tree), [str(tree / "src")])
    written = json.loads(json.dumps(asdict(found)))
    assert provenance.Code.from_json(written) == code(tree, tree / "src")


@pytest.mark.parametrize("damage", [{}, {"code": 3}, {"code": None}])
def test_a_state_that_is_not_told(damage):
    assert provenance.Code.from_json(damage) is None


def test_which_files_differ_is_not_known_where_the_commit_is_gone(tree):
    before = code(tree)
    (tree / "train.py").write_text("print(2)\n")
    gone = provenance.Code(before.digest, "0" * 40, {}, ())
    assert differing(tree, gone, code(tree)) is None
    assert differing(tree, before, before) == []


def test_a_state_with_very_many_changes_keeps_no_list_of_them(tree, monkeypatch):
    monkeypatch.setattr("ksweep.provenance.code._MOST_CHANGED", 1)
    (tree / "a").write_text("1")
    assert code(tree).changed == {"a": code(tree).changed["a"]}
    (tree / "b").write_text("1")
    assert code(tree).changed is None


# -- submodules and oddities ---------------------------------------------------------------------


def test_a_submodule_is_the_commit_that_is_checked_out(tree, submodule):
    first = digest(tree)
    (submodule / "a").write_text("2")
    commit(submodule)
    changed = digest(tree)
    assert changed != first
    commit(tree)
    assert digest(tree) == changed
    (submodule / "a").write_text("3")
    assert digest(tree) != changed


@pytest.mark.parametrize("change", ["pipe", "directory"])
def test_what_is_no_file_any_more_is_not_read(tree, change):
    first = digest(tree)
    (tree / "train.py").unlink()
    (os.mkfifo if change == "pipe" else os.mkdir)(tree / "train.py")
    changed = digest(tree)
    assert changed != first
    (tree / "src" / "model.py").write_text("layers = 3\n")
    commit(tree, "src")
    (tree / "src" / "model.py").write_text("layers = 2\n")
    assert digest(tree) == changed  # the commit is no part of it


def test_a_large_tree_is_quick(tree):
    for number in range(3000):
        (tree / "src" / f"{number}.c").write_text(f"int x{number};\n")
    commit(tree)
    start = time.perf_counter()
    assert digest(tree)
    assert time.perf_counter() - start < 2

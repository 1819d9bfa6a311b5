"""The digest of the code, on real git work trees."""

import os
import time

import pytest

from ksweep import provenance
from provenance.trees import commit, git


def digest(root, *exclude):
    return provenance.code_digest(str(root), exclude)


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


def test_files_that_git_does_not_know_do_not_count(tree):
    first = digest(tree)
    (tree / "model.bin").write_text("weights")
    assert digest(tree) == first


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


def test_outside_git_there_is_none(tmp_path):
    assert digest(tmp_path) is None


def test_without_git_nothing_is_known(tree, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert digest(tree) is None


def test_a_submodule_is_the_commit_that_is_checked_out(tree, submodule):
    first = digest(tree)
    (submodule / "a").write_text("2")
    commit(submodule)
    changed = digest(tree)
    assert changed != first
    commit(tree)
    assert digest(tree) == changed


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

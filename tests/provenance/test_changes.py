"""The diff of the tracked files, applied again to see that it has everything."""

import os
import subprocess

import pytest

from ksweep import provenance
from ksweep.provenance import Changes, changes
from provenance.trees import commit, git

NOTHING = Changes(None, None)


def diff(root):
    return provenance.diff(str(root))


def applied(tree, tmp_path, data):
    """Path → content of what the commit and a diff make together."""
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", str(tree), str(copy))
    patch = tmp_path / "patch"
    patch.write_bytes(data)
    git(copy, "apply", "--whitespace=nowarn", str(patch))
    return content(copy)


def content(root):
    files = (path for path in root.rglob("*") if ".git" not in path.relative_to(root).parts)
    return {
        str(path.relative_to(root)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in files
        if path.is_symlink() or path.is_file()
    }


def change_much(tree):
    (tree / "train.py").write_text("print(2)\n")
    (tree / "src" / "model.py").unlink()
    (tree / "link").unlink()
    os.symlink("elsewhere", tree / "link")
    git(tree, "mv", "defconfigs/base_defconfig", "defconfigs/other_defconfig")
    for name in ("weights.bin", "a b.txt", 'q"uo\tte', "new\nline", "é"):
        (tree / name).write_bytes(b"\0\1\xff" + os.urandom(5000) + name.encode())
    git(tree, "add", "-A")
    (tree / "weights.bin").write_bytes(b"\0binary, not staged")


def test_it_makes_the_work_tree_of_the_commit(tree, tmp_path):
    change_much(tree)
    found = diff(tree)
    assert found.note is None
    assert applied(tree, tmp_path, found.diff) == content(tree)


def test_from_a_directory_of_the_tree_it_is_the_same(tree):
    change_much(tree)
    assert diff(tree / "src") == diff(tree)


def test_no_configuration_changes_its_form(tree, submodule):
    change_much(tree)
    (tree / "train.py").write_text("\n".join(map(str, range(100))))
    commit(tree)
    (tree / "train.py").write_text("\n".join(map(str, [*range(50), 0, *range(50, 100)])))
    git(tree, "mv", "src/../weights.bin", "other.bin")
    (submodule / "a").write_text("2")
    commit(submodule)
    found = diff(tree)
    settings = {
        "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.context": "0",
        "diff.relative": "true", "color.ui": "always", "diff.renames": "copies",
        "diff.orderFile": "missing", "diff.submodule": "diff", "diff.autoRefreshIndex": "false",
        "diff.ignoreSubmodules": "all", "diff.wsErrorHighlight": "all", "core.abbrev": "5",
    }  # fmt: skip
    for name, value in settings.items():
        git(tree, "config", name, value)
    assert diff(tree / "src") == found


def test_a_clean_tree_has_none(tree):
    (tree / "new.py").write_text("not tracked")
    os.utime(tree / "train.py", (1, 1))
    assert diff(tree) == NOTHING


def test_a_touched_file_is_not_in_it(tree, monkeypatch):
    (tree / "data.bin").write_bytes(b"x" * 4000)
    commit(tree)
    monkeypatch.setattr(changes, "LIMIT_BYTES", 3000)
    os.utime(tree / "data.bin", (1, 1))
    os.utime(tree / "src" / "model.py", (1, 1))
    (tree / "train.py").write_text("print(2)\n")
    found = diff(tree)
    assert found.diff.count(b"diff --git") == 1
    assert found.note is None


def test_where_there_is_no_git_there_is_none(tree, tmp_path, monkeypatch):
    assert diff(tmp_path) == NOTHING
    (tree / "train.py").write_text("2")
    monkeypatch.setenv("PATH", "")
    assert diff(tree) == NOTHING


def test_without_a_commit_there_is_none(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    assert diff(tmp_path) == NOTHING


def test_of_a_submodule_it_has_the_commit(tree, submodule):
    (submodule / "a").write_text("secret")
    assert diff(tree) == NOTHING
    commit(submodule)
    found = diff(tree).diff
    assert b"+Subproject commit " + git(submodule, "rev-parse", "HEAD").encode() in found
    assert b"secret" not in found


@pytest.mark.parametrize("change", ["made larger", "made smaller", "removed"])
def test_large_files_are_left_out_and_named(tree, change, monkeypatch, tmp_path):
    monkeypatch.setattr(changes, "LIMIT_BYTES", 3000)
    (tree / "data [1]*.bin").write_bytes(b"x" * (10 if change == "made larger" else 4000))
    (tree / "data 1.bin").write_bytes(b"x")
    commit(tree)
    if change == "removed":
        (tree / "data [1]*.bin").unlink()
    else:
        (tree / "data [1]*.bin").write_bytes(b"y" * (4000 if change == "made larger" else 10))
    (tree / "data 1.bin").write_bytes(b"y")
    found = diff(tree)
    assert found.note == "larger than 16 MiB and not in the diff: data [1]*.bin"
    left = {**content(tree), "data [1]*.bin": b""}
    assert {**applied(tree, tmp_path, found.diff), "data [1]*.bin": b""} == left


def test_a_large_file_with_a_new_name(tree, monkeypatch):
    (tree / "old.bin").write_bytes(b"x" * 4000)
    commit(tree)
    git(tree, "mv", "old.bin", "new.bin")
    monkeypatch.setattr(changes, "LIMIT_BYTES", 3000)
    assert diff(tree).note == "larger than 16 MiB and not in the diff: new.bin, old.bin"


def test_only_large_files(tree, monkeypatch):
    for number in range(7):
        (tree / f"{number}.bin").write_bytes(b"x")
    commit(tree)
    monkeypatch.setattr(changes, "LIMIT_BYTES", 3000)
    for number in range(7):
        (tree / f"{number}.bin").write_bytes(b"y" * 4000)
    names = "0.bin, 1.bin, 2.bin, 3.bin, 4.bin and 2 more"
    assert diff(tree) == Changes(None, f"larger than 16 MiB and not in the diff: {names}")


def test_a_diff_that_is_too_large_is_none(tree, monkeypatch):
    for number in range(300):
        (tree / f"{number}.py").write_text("x\n")
    commit(tree)
    for number in range(300):
        (tree / f"{number}.py").write_text("y\n")
    size = len(diff(tree).diff)
    monkeypatch.setattr(changes, "LIMIT_BYTES", size)
    assert len(diff(tree).diff) == size
    monkeypatch.setattr(changes, "LIMIT_BYTES", size - 1)
    assert diff(tree) == Changes(None, "no diff: it is larger than 16 MiB")


def test_a_huge_sparse_file_is_not_read(tree):
    with open(tree / "train.py", "wb") as file:
        file.truncate(1 << 34)
    (tree / "src" / "model.py").write_text("layers = 3\n")
    found = diff(tree)
    assert b"+layers = 3" in found.diff
    assert "train.py" in found.note


def test_a_file_that_is_a_directory_now(tree):
    (tree / "train.py").unlink()
    (tree / "train.py").mkdir()
    assert b"-print(1)" in diff(tree).diff


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tree):
    (tree / "train.py").unlink()
    os.mkfifo(tree / "train.py")
    assert diff(tree) == Changes(None, "no diff: git could not make it")


def test_a_file_in_conflict(tree):
    git(tree, "checkout", "-q", "-b", "other")
    (tree / "train.py").write_text("print(2)\n")
    commit(tree)
    git(tree, "checkout", "-q", "main")
    (tree / "train.py").write_text("print(3)\n")
    commit(tree)
    identity = ("-c", "user.name=n", "-c", "user.email=e")
    with pytest.raises(subprocess.CalledProcessError):
        git(tree, *identity, "merge", "other")
    assert b"+print(2)" in diff(tree).diff


def test_an_object_that_is_missing(tree):
    (tree / "train.py").write_text("print(2)\n")
    blob = git(tree, "rev-parse", "HEAD:train.py").strip()
    (tree / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert diff(tree) == Changes(None, "no diff: git could not make it")

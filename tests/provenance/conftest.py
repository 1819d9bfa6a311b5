"""A small project in git."""

import os

import pytest

from provenance.trees import commit, git


@pytest.fixture(autouse=True)
def _own_git(tmp_path, monkeypatch):
    """No configuration but the test's own, and no repository around it."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    (root / "src").mkdir(parents=True)
    (root / "defconfigs").mkdir()
    (root / "train.py").write_text("print(1)\n")
    (root / "src" / "model.py").write_text("layers = 2\n")
    (root / "defconfigs" / "wide-range").write_text("CONFIG_LR=1|2\n")
    (root / "defconfigs" / "base_defconfig").write_text("CONFIG_LR=1\n")
    os.symlink("train.py", root / "link")
    git(root, "init", "-q", "-b", "main")
    commit(root)
    return root


@pytest.fixture
def submodule(tree, tmp_path):
    """A submodule of the tree, committed, with one file `a`."""
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "-q")
    (library / "a").write_text("1\n")
    commit(library)
    git(tree, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "lib")
    commit(tree)
    return tree / "lib"

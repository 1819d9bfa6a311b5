"""A repository's configuration names programs; looking at its work tree runs none of them."""

import os

import pytest

from ksweep import provenance
from provenance.trees import commit, git


@pytest.fixture
def trap(tmp_path):
    """A program that leaves a note when it runs, and otherwise does what a filter does."""
    program = tmp_path / "trap.sh"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/ran\ncat 2>/dev/null\n')
    program.chmod(0o755)
    return program


def look(root):
    """Everything that asks git."""
    return provenance.collect(str(root), []), provenance.diff(str(root))


def note_of(trap):
    note = trap.with_name("ran")
    return note.read_text() if note.exists() else ""


SETTINGS = {
    "file system monitor": {"core.fsmonitor": "{trap}"},
    "the monitor of git itself": {"core.fsmonitor": "true"},
    "external diff": {"diff.external": "{trap}"},
    "external diff of a kind of file": {"diff.evil.command": "{trap}"},
    "text conversion": {"diff.evil.textconv": "{trap}", "diff.evil.cachetextconv": "true"},
    "filter": {"filter.evil.clean": "{trap}", "filter.evil.smudge": "{trap}"},
    "filter that is required": {"filter.evil.clean": "{trap}", "filter.evil.required": "true"},
    "long filter": {"filter.evil.process": "{trap}"},
    "pager": {"core.pager": "{trap}", "pager.diff": "{trap}", "pager.status": "{trap}"},
    "alias": {"alias.status": "!{trap}", "alias.diff": "!{trap}"},
    "hooks": {"core.hooksPath": "{hooks}"},
    "summary of submodules": {"status.submoduleSummary": "true", "diff.submodule": "diff"},
}


def change(root):
    """Changes to look at: of content, and of times alone, which git looks at more closely."""
    (root / "train.py").write_text("print(2)\n")
    os.utime(root / "src" / "model.py", (1, 1))


def configure(root, settings, trap):
    hooks = trap.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in (hooks, root / ".git" / "hooks"):
        if hook.is_dir():
            (hook / "post-index-change").unlink(missing_ok=True)
            os.symlink(trap, hook / "post-index-change")
    for name, value in settings.items():
        git(root, "config", name, value.format(trap=trap, hooks=hooks))


@pytest.mark.parametrize("kind", SETTINGS)
def test_nothing_of_the_repository_is_run(tree, kind, trap):
    (tree / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    commit(tree)
    change(tree)
    before = look(tree)
    configure(tree, SETTINGS[kind], trap)
    os.utime(tree / "src" / "model.py", (2, 2))
    assert look(tree) == before
    assert before[1].diff is not None
    assert note_of(trap) == ""


@pytest.mark.parametrize("kind", ["file system monitor", "filter that is required", "hooks"])
def test_nothing_of_a_submodule_is_run(tree, submodule, kind, trap):
    (submodule / ".gitattributes").write_text("* filter=evil diff=evil\n")
    commit(submodule)
    commit(tree)
    (submodule / "a").write_text("2")
    configure(submodule, SETTINGS[kind], trap)
    assert look(tree)[0].dirty
    assert note_of(trap) == ""


@pytest.mark.parametrize(
    "command",
    [
        ("-c", "core.fsmonitor={trap}", "status"),
        ("-c", "diff.external={trap}", "diff"),
        ("-c", "filter.evil.clean={trap}", "status"),
        ("-c", "diff.evil.textconv={trap}", "diff"),
        ("-c", "core.hooksPath={hooks}", "diff"),
    ],
)
def test_the_trap_works(tree, command, trap):
    (tree / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    commit(tree)
    change(tree)
    configure(tree, {}, trap)
    git(tree, *(word.format(trap=trap, hooks=trap.parent / "hooks") for word in command))
    assert str(trap.parent) in note_of(trap)


@pytest.mark.parametrize("name", ["a b", "a.b", 'a"b', "A", "a=b", "a.clean=", "é", ""])
def test_a_filter_of_any_name_is_not_run(tree, name, trap):
    """Git splits what it is given at the first `=`; such a name cannot be switched off."""
    (tree / ".gitattributes").write_text(f"*.py filter={name}\n")
    commit(tree)
    change(tree)
    quoted = name.replace('"', '\\"')
    with open(tree / ".git" / "config", "a") as file:
        file.write(f'[filter "{quoted}"]\nclean = {trap}\nprocess = {trap}\nrequired = true\n')
    found, changes = look(tree)
    assert note_of(trap) == ""
    assert (found.commit is None) == (changes.diff is None) == ("=" in name)


def test_filters_that_the_repository_includes_are_not_run(tree, trap, tmp_path):
    (tree / ".gitattributes").write_text("*.py filter=evil\n")
    (tree / "gitconfig").write_text(f'[filter "evil"]\nclean = {trap}\n')
    commit(tree)
    change(tree)
    git(tree, "config", "include.path", "../gitconfig")
    git(tree, "config", "extensions.worktreeConfig", "true")
    git(tree, "config", "--worktree", "filter.more.clean", str(trap))
    (tree / "src" / ".gitattributes").write_text("*.py filter=more\n")
    assert look(tree)[1].diff is not None
    assert note_of(trap) == ""


def test_filters_of_the_user_are_run(tree, tmp_path, trap):
    (tmp_path / "gitconfig").write_text(f'[filter "mine"]\nclean = {trap}\n')
    (tree / ".gitattributes").write_text("*.py filter=mine\n")
    commit(tree)
    change(tree)
    (tmp_path / "ran").unlink(missing_ok=True)
    look(tree)
    assert note_of(trap)


@pytest.mark.parametrize("url", ["ext::{trap} %S", "ssh://host/x", "{trap}://x", "/nowhere"])
def test_missing_objects_are_not_fetched(tree, url, trap, monkeypatch):
    (tree / "train.py").write_text("print(2)\n")
    blob = git(tree, "rev-parse", "HEAD:train.py").strip()
    (tree / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    settings = {
        "core.repositoryFormatVersion": "1", "extensions.partialClone": "origin",
        "remote.origin.promisor": "true", "remote.origin.url": url.format(trap=trap),
        "remote.origin.uploadpack": str(trap), "core.sshCommand": str(trap),
        "protocol.ext.allow": "always", "protocol.allow": "always",
    }  # fmt: skip
    for name, value in settings.items():
        git(tree, "config", name, value)
    assert look(tree)[1].diff is None
    assert note_of(trap) == ""

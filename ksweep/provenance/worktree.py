"""Asking git about a work tree, without running what the repository's configuration names.

A repository that was unpacked from an archive, or that lies in a directory of somebody else, may
configure programs for git to run: a file system monitor, hooks, external diffs and text
conversions, filters, a transport to fetch missing objects with. None of them runs here. Filters
of the user's own configuration (that of Git LFS, say) do.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

_GITLINK = b"160000"  # the mode of a submodule

_OPTIONS = (
    "--no-pager",
    *("-c", "core.fsmonitor="),  # `false` is a program's name before git 2.36
    *("-c", "diff.orderFile=/dev/null"),  # where it is missing, git gives up
    *("-c", "core.hooksPath=/dev/null"),  # should it write the index all the same
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # where git does not know the one before
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_OURS = frozenset({b"local", b"worktree"})  # the scopes that a repository decides


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The work tree at `root`; `options` keep git from running programs."""

    root: str
    options: tuple[str, ...]

    def ask(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        """What git answers; None where it fails."""
        return _ask(self.root, *self.options, *arguments, stdin=stdin)

    def ask_for_little(self, limit_bytes: int, *arguments: str) -> bytes | None:
        """The first `limit_bytes` of what git answers, and no more; None where it fails."""
        command = ["git", *self.options, *arguments]
        try:
            process = subprocess.Popen(
                command,
                cwd=self.root,
                env=os.environ | _ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return None
        with process:
            assert process.stdout is not None
            data = process.stdout.read(limit_bytes)
            whole = len(data) < limit_bytes
            if not whole:
                process.kill()
        return data if process.returncode == 0 or not whole else None

    def changed(self) -> frozenset[str] | None:
        """The tracked files that differ from the commit; submodules where their commit does.

        None where git fails.
        """
        options = ("--porcelain", "-z", "--no-renames", "--untracked-files=no")
        listed = self.ask("status", *options, "--ignore-submodules=dirty")
        if listed is None:
            return None
        return frozenset(os.fsdecode(item[3:]) for item in listed.split(b"\0") if item)

    def submodules(self) -> Iterator[WorkTree]:
        """Those that are checked out."""
        for item in (self.ask("ls-files", "-s", "-z") or b"").split(b"\0"):
            head, _, name = item.partition(b"\t")
            if head.startswith(_GITLINK):
                found = at(os.path.join(self.root, os.fsdecode(name)))
                if found is not None:
                    yield found


def find(cwd: str) -> WorkTree | None:
    """The work tree that holds a directory; None where there is none, or no git."""
    top = _ask(cwd, *_OPTIONS, "rev-parse", "--show-toplevel")
    if top is None:
        return None
    root = os.fsdecode(top.removesuffix(b"\n"))
    filters = _filters(root)
    return WorkTree(root, (*_OPTIONS, *filters)) if filters is not None else None


def at(root: str) -> WorkTree | None:
    """The work tree with this very root: where a submodule is, if it is checked out."""
    found = find(root)
    return found if found is not None and found.root == os.path.realpath(root) else None


def _filters(root: str) -> tuple[str, ...] | None:
    """Options that switch off the filters of the repository's own configuration.

    None where that cannot be done: by a git before 2.26, or of a name with `=` in it.
    """
    listed = _run(root, *_OPTIONS, "config", "-z", "--show-scope", "--get-regexp", r"^filter\.")
    if listed is None or listed.returncode not in (0, 1):
        return None
    fields = listed.stdout.split(b"\0")
    names = {
        item.partition(b"\n")[0].rpartition(b".")[0]
        for scope, item in zip(fields[::2], fields[1::2], strict=False)
        if scope in _OURS
    }
    if any(b"=" in name for name in names):
        return None
    values = (b".clean=", b".smudge=", b".process=", b".required=false")
    settings = (os.fsdecode(name + value) for name in sorted(names) for value in values)
    return tuple(word for setting in settings for word in ("-c", setting))


def _ask(cwd: str, *arguments: str, stdin: bytes = b"") -> bytes | None:
    done = _run(cwd, *arguments, stdin=stdin)
    return done.stdout if done is not None and done.returncode == 0 else None


def _run(
    cwd: str, *arguments: str, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes] | None:
    """What came of git; None where it cannot be started."""
    environment = os.environ | _ENVIRONMENT
    try:
        return subprocess.run(
            ["git", *arguments], cwd=cwd, input=stdin, env=environment, capture_output=True
        )
    except OSError:
        return None

"""What the tracked files of a work tree have that its commit has not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from ksweep.provenance import worktree
from ksweep.provenance.worktree import WorkTree

LIMIT_BYTES = 16 << 20

_FAILED = "no diff: git could not make it"
_NAMES = 5
_DIFF = (
    # Nothing is run or written, and no configuration changes what `git apply` has to read.
    *("-c", "diff.autoRefreshIndex=false"),
    *("diff", "--no-ext-diff", "--no-textconv", "--submodule=short", "--ignore-submodules=dirty"),
    *("--no-color", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/"),
)


@dataclass(frozen=True, slots=True)
class Changes:
    """A diff that `git apply` takes; None where there is none. `note` says what is not in it."""

    diff: bytes | None = None
    note: str | None = None


def diff(cwd: str) -> Changes:
    """How the tracked files of the work tree that holds `cwd` differ from its commit.

    Binary files are in it. Files of more than 16 MiB, before or after, are not; if what is left
    of the diff is larger than that, there is none. Outside git there is neither diff nor note.
    """
    tree = worktree.find(cwd)
    if tree is None or not tree.ask("rev-parse", "--verify", "--quiet", "HEAD"):
        return Changes()
    changed = tree.changed()
    if changed is None:
        return Changes(note=_FAILED)
    if not changed:
        return Changes()
    large = sorted(path for path, size in _sizes(tree) if path in changed and size > LIMIT_BYTES)
    left_out = (f":(exclude,top,literal){path}" for path in large)
    command = (*_DIFF, "-U3", "--binary", "--full-index", "HEAD", "--", ":/", *left_out)
    found = tree.ask_for_little(LIMIT_BYTES + 1, *command)
    if found is None:
        return Changes(note=_FAILED)
    if len(found) > LIMIT_BYTES:
        return Changes(note="no diff: it is larger than 16 MiB")
    return Changes(found or None, _without(large) if large else None)


def _without(paths: list[str]) -> str:
    more = len(paths) - _NAMES
    names = ", ".join(paths[:_NAMES]) + (f" and {more} more" if more > 0 else "")
    return f"larger than 16 MiB and not in the diff: {names}"


def _sizes(tree: WorkTree) -> Iterator[tuple[str, int]]:
    """Path and bytes of each file that may differ, of the larger side.

    Git would take all of a file into memory, some times over.
    """
    listed = tree.ask(*_DIFF, "--raw", "-z", "--no-abbrev", "HEAD") or b""
    heads, paths = listed.split(b"\0")[:-1:2], listed.split(b"\0")[1::2]
    blobs = b"".join(head.split()[2] + b"\n" for head in heads)
    answers = tree.ask("cat-file", "--batch-check=%(objectsize)", stdin=blobs) or b""
    for path, size in zip_longest(paths, answers.splitlines()[: len(paths)], fillvalue=b""):
        before = int(size) if size.isdigit() else 0
        name = os.fsdecode(path)
        yield name, max(before, _size(os.path.join(tree.root, name)))


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0

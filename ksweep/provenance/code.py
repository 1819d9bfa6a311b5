"""A digest of the code that a sweep runs, as its work tree has it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection

from ksweep.provenance import worktree
from ksweep.provenance.worktree import WorkTree

_LEFT_OUT = re.compile(
    r"(?s)(.*/)?(\.config(\.old)?|sweep_configs/.*|test_matrix_results/.*|defconfigs/.*range)"
)


def code_digest(cwd: str, exclude: Collection[str]) -> str | None:
    """A digest of the contents of the tracked files in the work tree that holds `cwd`.

    Range files, `.config` and outputs are left out, so that another sweep over the same code has
    the same digest; so is what `exclude` names (absolute files and directories). It is of what is
    in the work tree, committed or not.

    Returns:
        64 hex digits; None outside git.
    """
    tree = worktree.find(cwd)
    return None if tree is None else digest(tree, exclude)


def digest(tree: WorkTree, exclude: Collection[str]) -> str | None:
    """What `code_digest` gives, of a work tree; None where git fails."""
    listing = tree.ask("ls-files", "-s", "-z")
    if listing is None:
        return None
    inside = [os.path.relpath(os.path.realpath(path), tree.root) for path in exclude]
    wanted = _wanted(listing, inside)
    changed = set(map(os.fsdecode, (tree.ask("ls-files", "-m", "-z") or b"").split(b"\0")))
    unchanged = {path: blob for path, blob in wanted.items() if path not in changed}
    objects = unchanged | _in_work_tree(tree, wanted.keys() & changed)
    lines = (os.fsencode(path) + b"\0" + blob + b"\n" for path, blob in sorted(objects.items()))
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _wanted(listing: bytes, exclude: Collection[str]) -> dict[str, bytes]:
    """Path → object of each tracked file that counts, as the index has it."""
    found = {}
    for item in listing.split(b"\0")[:-1]:
        head, _, name = item.partition(b"\t")
        path = os.fsdecode(name)
        outside = any(path == one or path.startswith(one + "/") for one in exclude)
        if not outside and not _LEFT_OUT.fullmatch(path):
            found[path] = head.split()[1]
    return found


def _in_work_tree(tree: WorkTree, paths: Collection[str]) -> dict[str, bytes]:
    """The objects of files that differ from the index; those that are gone are left out."""
    there = [path for path in paths if os.path.lexists(os.path.join(tree.root, path))]
    plain = [path for path in there if "\n" not in path and _is_regular(tree, path)]
    found = dict(zip(plain, _hashed(tree, plain), strict=True))
    return found | {path: _special(tree, path) for path in there if path not in found}


def _is_regular(tree: WorkTree, path: str) -> bool:
    full = os.path.join(tree.root, path)
    return os.path.isfile(full) and not os.path.islink(full)


def _hashed(tree: WorkTree, paths: Collection[str]) -> list[bytes]:
    """The objects that git would make of plain files, its own conversions included."""
    if not paths:
        return []
    names = "".join(f"{path}\n" for path in paths)
    hashed = tree.ask("hash-object", "--stdin-paths", stdin=os.fsencode(names))
    if hashed is None:  # one of them cannot be read: then none is known
        return [b"unreadable"] * len(paths)
    return hashed.split()


def _special(tree: WorkTree, path: str) -> bytes:
    """The object of a link, a submodule, or a file with a line feed in its name."""
    full = os.path.join(tree.root, path)
    answer = None
    if os.path.islink(full):
        answer = tree.ask("hash-object", "--stdin", stdin=os.fsencode(os.readlink(full)))
    elif os.path.isfile(full):
        answer = tree.ask("hash-object", "--", path)
    elif (submodule := worktree.at(full)) is not None:
        answer = submodule.ask("rev-parse", "HEAD")
    return (answer or b"unreadable").strip()

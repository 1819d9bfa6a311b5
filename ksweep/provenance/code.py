"""The code that a sweep runs: what a trial can read of its work tree, and how two states differ."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ksweep.provenance import worktree
from ksweep.provenance.worktree import WorkTree

_LEFT_OUT = re.compile(
    r"(?s)(.*/)?(\.config(\.old)?|sweep_configs/.*|test_matrix_results/.*|defconfigs/.*range"
    r"|__pycache__/.*|[^/]+\.pyc|[^/]*\.ksweep-(new|old)[^/]*(/.*)?)"
)
_LARGE_BYTES = 64 << 20
_MOST_CHANGED = 10_000
_MOST_BESIDE = 1_000
_UNREADABLE = "unreadable"
_SUBMODULE = b"160000"  # the mode of a submodule

Objects = Mapping[str, str]
"""Paths, relative to the root of the work tree, and what stands for each file's content."""


@dataclass(frozen=True, slots=True)
class Code:
    """The files that a trial can read, as they were at one moment.

    Attributes:
        digest: of their paths and contents, 64 hex digits, whether committed or not.
        commit: of the work tree; None outside git, and before the first commit.
        changed: what is not as in the commit, a file that is gone as None; outside git everything.
            None where that is more than 10,000 files.
        inputs: files and directories that are left out, as a sweep has them beside its code.
    """

    digest: str
    commit: str | None
    changed: Mapping[str, str | None] | None
    inputs: tuple[str, ...]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Code | None:
        """The code that `sweep.json` tells of under `provenance`; None where it tells of none."""
        digest, commit = document.get("code"), document.get("commit")
        changed, inputs = document.get("changed"), document.get("inputs")
        if not isinstance(digest, str):
            return None
        return cls(
            digest,
            commit if isinstance(commit, str) else None,
            changed if isinstance(changed, dict) else None,
            tuple(filter(_is_text, inputs)) if isinstance(inputs, list) else (),
        )


def code_of(cwd: str, inputs: Collection[str], own: Collection[str] = ()) -> Code | None:
    """What a trial that runs in `cwd` can read.

    Within git these are the files of the work tree, tracked or not. Left out are what git ignores,
    other sweeps' range files, `.config`, outputs, caches of Python, and `inputs`. Of a file of more
    than 64 MiB that git does not know as it is, size and time stand for its content.

    Outside git they are the command's own files, and what lies beside and below each of these with
    the same ending.

    Args:
        cwd: a directory.
        inputs: files and directories that are no code, as absolute paths.
        own: the files that the command names, as absolute paths.

    Returns:
        None where nothing is known: git fails, or outside git the command names no file.
    """
    tree = worktree.find(cwd)
    if tree is not None:
        return code_in(tree, inputs)
    root = os.path.realpath(cwd)
    objects = _beside(root, own, _relative(root, inputs))
    return Code(_digest(objects), None, dict(objects), ()) if objects else None


def code_in(tree: WorkTree, inputs: Collection[str]) -> Code | None:
    """What `code_of` gives, of a work tree."""
    relative = _relative(tree.root, inputs)
    objects = _objects(tree, relative)
    if objects is None:
        return None
    head = tree.ask("rev-parse", "--verify", "--quiet", "HEAD")
    commit = head.decode("ascii").strip() if head else None
    changed = _changed(objects, _committed(tree, commit), relative)
    return Code(_digest(objects), commit, changed, relative)


def differing(
    cwd: str, one: Code, other: Code, ran: tuple[float, float] = (0.0, 0.0)
) -> list[str] | None:
    """The files whose contents are not the same, inputs of either left out.

    A file that git does not know, that the first state has not, and that was last written while
    trials of the first state ran, is taken for an output of theirs.

    Args:
        cwd: a directory of the work tree that both are of.
        one: a state of it.
        other: its state now.
        ran: from when to when trials of the first state ran, in seconds since the epoch.

    Returns:
        Paths, sorted; None where the states differ and the files are not known: a commit is gone.
    """
    if one.digest == other.digest:
        return []
    tree = worktree.find(cwd)
    left, right = _expanded(tree, one), _expanded(tree, other)
    if left is None or right is None:
        return None
    inputs = (*one.inputs, *other.inputs)
    paths = (path for path in left.keys() | right.keys() if left.get(path) != right.get(path))
    found = sorted(path for path in paths if _is_code(path, inputs))
    known = _committed(tree, other.commit) if tree is not None else None
    if tree is None or known is None:
        return found
    new = {path for path in found if path not in left and path not in known}
    outputs = {path for path in new if ran[0] <= _written(tree.root, path) <= ran[1]}
    return [path for path in found if path not in outputs]


def _expanded(tree: WorkTree | None, code: Code) -> Objects | None:
    """All files of a state; None where they are not known."""
    committed: Objects | None = {}
    if code.commit is not None:
        committed = _committed(tree, code.commit) if tree is not None else None
    if committed is None or code.changed is None:
        return None
    objects: dict[str, str | None] = {**committed, **code.changed}
    return {path: content for path, content in objects.items() if content is not None}


def _changed(
    objects: Objects, committed: Objects | None, inputs: Collection[str]
) -> dict[str, str | None] | None:
    if committed is None:
        return None
    gone = (path for path in committed if path not in objects and _is_code(path, inputs))
    changed: dict[str, str | None] = dict.fromkeys(gone)
    changed |= {path: found for path, found in objects.items() if committed.get(path) != found}
    return changed if len(changed) <= _MOST_CHANGED else None


def _committed(tree: WorkTree, commit: str | None) -> Objects | None:
    """What a commit has; None where the repository has no such commit."""
    if commit is None:
        return {}
    listing = tree.ask("ls-tree", "-r", "-z", "--full-tree", commit, "--")
    if listing is None:
        return None
    items = (item.partition(b"\t") for item in listing.split(b"\0")[:-1])
    return {os.fsdecode(name): head.split()[2].decode("ascii") for head, _, name in items}


def _objects(tree: WorkTree, inputs: Collection[str]) -> Objects | None:
    """Each file of the work tree that counts; None where git fails."""
    listing = tree.ask("ls-files", "-s", "-z")
    modified = tree.ask("ls-files", "-m", "-z")
    untracked = tree.ask("ls-files", "-o", "--exclude-standard", "-z")
    if listing is None or modified is None or untracked is None:
        return None
    indexed, modules = _indexed(listing)
    looked = {*_names(modified), *_names(untracked), *modules}
    wanted = {path for path in looked if _is_code(path, inputs)}
    kept = {path: one for path, one in indexed.items() if path not in looked}
    kept = {path: one for path, one in kept.items() if _is_code(path, inputs)}
    return kept | _in_work_tree(tree, wanted)


def _indexed(listing: bytes) -> tuple[dict[str, str], set[str]]:
    """The objects of the index, and which of them are submodules."""
    objects, modules = {}, set()
    for item in listing.split(b"\0")[:-1]:
        head, _, name = item.partition(b"\t")
        path = os.fsdecode(name)
        objects[path] = head.split()[1].decode("ascii")
        if head.startswith(_SUBMODULE):
            modules.add(path)
    return objects, modules


def _names(listing: bytes) -> list[str]:
    return [os.fsdecode(name) for name in listing.split(b"\0")[:-1]]


def _is_code(path: str, inputs: Collection[str]) -> bool:
    if _LEFT_OUT.fullmatch(path):
        return False
    return not any(path == one or path.startswith(f"{one}/") for one in inputs)


def _relative(root: str, paths: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({os.path.relpath(os.path.realpath(path), root) for path in paths}))


def _in_work_tree(tree: WorkTree, paths: Collection[str]) -> dict[str, str]:
    """The objects of files as they are now; those that are gone are left out."""
    there = [path for path in sorted(paths) if os.path.lexists(os.path.join(tree.root, path))]
    plain = [path for path in there if "\n" not in path and _is_small(tree.root, path)]
    found = dict(zip(plain, _hashed(tree, plain), strict=True))
    return found | {path: _special(tree, path) for path in there if path not in found}


def _is_small(root: str, path: str) -> bool:
    full = Path(root, path)
    return full.is_file() and not full.is_symlink() and full.stat().st_size <= _LARGE_BYTES


def _hashed(tree: WorkTree, paths: Collection[str]) -> list[str]:
    """The objects that git would make of plain files, its own conversions included."""
    if not paths:
        return []
    names = "".join(f"{path}\n" for path in paths)
    hashed = tree.ask("hash-object", "--stdin-paths", stdin=os.fsencode(names))
    if hashed is None:  # one of them cannot be read: then none is known
        return [_UNREADABLE] * len(paths)
    return hashed.decode("ascii").split()


def _special(tree: WorkTree, path: str) -> str:
    """What stands for a link, a work tree in this one, a large file, or one with an odd name."""
    full = os.path.join(tree.root, path)
    answer = None
    if os.path.islink(full):
        answer = tree.ask("hash-object", "--stdin", stdin=os.fsencode(os.readlink(full)))
    elif os.path.isfile(full) and not _is_small(tree.root, path):
        return _stamp(full)
    elif os.path.isfile(full):
        answer = tree.ask("hash-object", "--", path)
    elif (inner := worktree.at(full.rstrip("/"))) is not None:
        return _work_tree(inner)
    return answer.decode("ascii").strip() if answer else _UNREADABLE


def _work_tree(tree: WorkTree) -> str:
    """Its commit, where it is as in that; else the digest of what it has."""
    code = code_in(tree, ())
    if code is None:
        return _UNREADABLE
    return code.commit if code.commit is not None and code.changed == {} else code.digest


def _beside(root: str, own: Collection[str], inputs: Collection[str]) -> Objects:
    """The files that a command names, and those beside and below them that end alike."""
    objects: dict[str, str] = {}
    for path in map(os.path.realpath, own):
        relative = os.path.relpath(path, root)
        if not os.path.isfile(path):
            continue
        objects[relative] = _content(path)
        ending = os.path.splitext(path)[1]
        if ending and not relative.startswith(".."):
            near = (one for one in _below(os.path.dirname(path)) if one.endswith(ending))
            for file in near:
                name = os.path.relpath(file, root)
                if _is_code(name, inputs) and len(objects) < _MOST_BESIDE:
                    objects[name] = _content(file)
    return objects


def _below(directory: str) -> list[str]:
    """Files of a directory and those below it, without what is hidden."""
    found = []
    for path, directories, files in os.walk(directory):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        found += [os.path.join(path, name) for name in sorted(files) if not name.startswith(".")]
    return found


def _content(path: str) -> str:
    try:
        if os.path.getsize(path) > _LARGE_BYTES or not os.path.isfile(path):
            return _stamp(path)
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return _UNREADABLE


def _written(root: str, path: str) -> float:
    try:
        return os.lstat(os.path.join(root, path)).st_mtime
    except OSError:
        return -1.0


def _stamp(path: str) -> str:
    status = os.lstat(path)
    return f"{status.st_size} bytes of {status.st_mtime_ns}"


def _digest(objects: Objects) -> str:
    lines = (f"{path}\0{content}\n" for path, content in sorted(objects.items()))
    return hashlib.sha256(os.fsencode("".join(lines))).hexdigest()


def _is_text(value: object) -> bool:
    return isinstance(value, str)

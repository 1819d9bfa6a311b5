"""What is worth knowing later of where a sweep ran and of the code that it ran."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import socket
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from importlib import metadata

import ksweep

_GITLINK = b"160000"
_LEFT_OUT = re.compile(
    r"(?s)(.*/)?(\.config(\.old)?|sweep_configs/.*|test_matrix_results/.*|defconfigs/.*range)"
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a sweep was started, and with what.

    `commit` and `code` are None outside git; `code` is what `code_digest` gives.
    """

    host: str
    platform: str
    versions: dict[str, str]
    commit: str | None
    dirty: bool
    code: str | None


def collect(cwd: str, exclude: Collection[str]) -> Provenance:
    """Look at this machine and at the work tree that holds `cwd`; see `code_digest`."""
    commit = _git(cwd, "rev-parse", "--verify", "--quiet", "HEAD")
    changes = _git(cwd, "status", "--porcelain", "--untracked-files=no")
    return Provenance(
        host=socket.gethostname(),
        platform=platform.platform(),
        versions=versions(),
        commit=commit.decode("ascii").strip() if commit else None,
        dirty=bool(changes),
        code=code_digest(cwd, exclude),
    )


def versions() -> dict[str, str]:
    """What decides how a range file is read and run."""
    return {
        "ksweep": ksweep.__version__,
        "python": platform.python_version(),
        "kconfiglib": metadata.version("kconfiglib"),
    }


def code_digest(cwd: str, exclude: Collection[str]) -> str | None:
    """A digest of the contents of the tracked files in the work tree that holds `cwd`.

    Range files, `.config` and outputs are left out, so that another sweep over the same code has
    the same digest; so is what `exclude` names (absolute files and directories). It is of what is
    in the work tree, committed or not.

    Returns:
        64 hex digits; None outside git.
    """
    listing = _git(cwd, "ls-files", "-s", "-z", "--full-name", ":/")
    top = _git(cwd, "rev-parse", "--show-toplevel")
    if listing is None or top is None:
        return None
    root = os.fsdecode(top.removesuffix(b"\n"))
    wanted = _wanted(listing, [os.path.relpath(os.path.realpath(path), root) for path in exclude])
    changed = set(map(os.fsdecode, (_git(root, "ls-files", "-m", "-z") or b"").split(b"\0")))
    differing = {path: wanted.pop(path)[0] for path in changed & wanted.keys()}
    objects = {path: blob for path, (_, blob) in wanted.items()} | _in_work_tree(root, differing)
    lines = (os.fsencode(path) + b"\0" + blob + b"\n" for path, blob in sorted(objects.items()))
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _wanted(listing: bytes, exclude: Collection[str]) -> dict[str, tuple[bytes, bytes]]:
    """Path → mode and object of each tracked file that counts, as the index has it."""
    found = {}
    for item in listing.split(b"\0")[:-1]:
        head, _, name = item.partition(b"\t")
        path = os.fsdecode(name)
        outside = any(path == one or path.startswith(one + "/") for one in exclude)
        if not outside and not _LEFT_OUT.fullmatch(path):
            mode, blob, _ = head.split()
            found[path] = mode, blob
    return found


def _in_work_tree(root: str, modes: dict[str, bytes]) -> dict[str, bytes]:
    """The objects of files that differ from the index; those that are gone are left out."""
    there = [path for path in modes if os.path.lexists(os.path.join(root, path))]
    special = [p for p in there if "\n" in p or os.path.islink(os.path.join(root, p))]
    special += [p for p in there if modes[p] == _GITLINK]
    plain = [p for p in there if p not in special]
    found = dict(zip(plain, _hashed(root, plain), strict=True))
    return found | {path: _special(root, path) for path in special}


def _hashed(root: str, paths: Collection[str]) -> list[bytes]:
    """The objects that git would make of plain files, its own conversions included."""
    if not paths:
        return []
    names = "".join(f"{path}\n" for path in paths)
    hashed = _git(root, "hash-object", "--stdin-paths", stdin=os.fsencode(names))
    if hashed is None:  # one of them cannot be read: then none is known
        return [b"unreadable"] * len(paths)
    return hashed.split()


def _special(root: str, path: str) -> bytes:
    """The object of a link, a submodule, or a file with a line feed in its name."""
    full = os.path.join(root, path)
    if os.path.islink(full):
        answer = _git(root, "hash-object", "--stdin", stdin=os.fsencode(os.readlink(full)))
    elif os.path.isdir(full):
        answer = _git(full, "rev-parse", "HEAD")
    else:
        answer = _git(root, "hash-object", "--", path)
    return (answer or b"unreadable").strip()


def _git(cwd: str, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """What git answers; None where it fails or is not there."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, input=stdin, env=environment, capture_output=True
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None

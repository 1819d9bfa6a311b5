"""One look at everything: the machine, the environment, the work tree."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

import ksweep
from ksweep.provenance import machine, variables, worktree
from ksweep.provenance.code import code_of
from ksweep.provenance.machine import Device
from ksweep.provenance.worktree import WorkTree


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a sweep was started, and with what.

    Attributes:
        cpu: the model's name; None where the machine does not tell.
        cores: how many this process may use.
        memory_mb: all of the machine's.
        gpus: what the caller found.
        environment: a few variables that change what a program does; see `variables`.
        commit: None outside git, and before the first commit.
        dirty: whether tracked files differ from it, those of submodules included; true where git
            cannot tell.
        code: the digest of the code; with `changed` and `inputs` what `Code` has of it. None where
            nothing is known of it.
    """

    host: str
    platform: str
    cpu: str | None
    cores: int
    memory_mb: float
    gpus: tuple[Device, ...]
    versions: dict[str, str]
    environment: dict[str, str]
    commit: str | None
    dirty: bool
    code: str | None
    changed: Mapping[str, str | None] | None
    inputs: tuple[str, ...]


def collect(
    cwd: str, inputs: Collection[str], gpus: Iterable[Device] = (), own: Collection[str] = ()
) -> Provenance:
    """Look at this machine and at what a trial can read; see `code_of`."""
    tree = worktree.find(cwd)
    code = code_of(cwd, inputs, own)
    return Provenance(
        host=socket.gethostname(),
        platform=platform.platform(),
        cpu=machine.cpu_model(),
        cores=machine.cores(),
        memory_mb=machine.memory_mb(),
        gpus=tuple(gpus),
        versions=versions(),
        environment=variables.telling(os.environ),
        commit=_commit(tree) if tree is not None else None,
        dirty=tree is not None and _dirty(tree),
        code=code.digest if code is not None else None,
        changed=code.changed if code is not None else None,
        inputs=code.inputs if code is not None else (),
    )


def versions() -> dict[str, str]:
    """What decides how a range file is read and run."""
    return {
        "ksweep": ksweep.__version__,
        "python": platform.python_version(),
        "kconfiglib": metadata.version("kconfiglib"),
    }


def _commit(tree: WorkTree) -> str | None:
    found = tree.ask("rev-parse", "--verify", "--quiet", "HEAD")
    return found.decode("ascii").strip() if found else None


def _dirty(tree: WorkTree) -> bool:
    changed = tree.changed()
    return changed is None or bool(changed) or any(map(_dirty, tree.submodules()))

"""The memory that control groups leave to this process."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ksweep.process.cgroup import own_directory, read

_VERSIONS = (  # controller; files of the limit and the use; its files could be dropped at once
    (b"", ("memory.max", "memory.current"), b""),
    (b"memory", ("memory.limit_in_bytes", "memory.usage_in_bytes"), b"total_"),
)
_CACHED = (b"inactive_file", b"active_file")


def memory_limits() -> Iterator[tuple[int, int]]:
    """The limit and the use of this process' group and each above it, in bytes.

    Groups without a limit are left out.
    """
    for controller, names, prefix in _VERSIONS:
        directory = own_directory(controller)
        while directory is not None and os.path.exists(f"{directory}/cgroup.procs"):
            limit, use = (read(f"{directory}/{name}").strip() for name in names)
            if limit.isdigit() and use.isdigit():
                stat = dict(line.split() for line in read(f"{directory}/memory.stat").splitlines())
                cached = (int(stat.get(prefix + kind, 0)) for kind in _CACHED)
                yield int(limit), int(use) - sum(cached)
            directory = os.path.dirname(directory)

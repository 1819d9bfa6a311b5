"""The memory that control groups leave to this process."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ksweep.process.cgroup import own_directory, read

_VERSIONS = (  # controller; files of the limit and the use; what of that could be dropped at once
    (b"", ("memory.max", "memory.current"), b"inactive_file"),
    (b"memory", ("memory.limit_in_bytes", "memory.usage_in_bytes"), b"total_inactive_file"),
)


def memory_limits() -> Iterator[tuple[int, int]]:
    """The limit and the use of this process' group and each above it, in bytes.

    Groups without a limit are left out.
    """
    for controller, names, droppable in _VERSIONS:
        directory = own_directory(controller)
        while directory is not None and os.path.exists(f"{directory}/{names[0]}"):
            limit, use = (read(f"{directory}/{name}").strip() for name in names)
            if limit.isdigit() and use.isdigit():
                stat = dict(line.split() for line in read(f"{directory}/memory.stat").splitlines())
                yield int(limit), int(use) - int(stat.get(droppable, 0))
            directory = os.path.dirname(directory)

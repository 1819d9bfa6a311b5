"""A small file system of one's own, to fill up or to make read-only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """A new file system of 1 MiB, mounted at `path`; skips the test where none may be mounted."""
    path.mkdir()
    done = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path))
    if done.returncode:
        pytest.skip(f"no file system of one's own can be mounted here: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mount", *arguments], capture_output=True, text=True)


def fill(path: Path) -> None:
    """Leave no room; removing `filler` makes it again."""
    with open(path / "filler", "wb", 0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))

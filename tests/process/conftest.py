"""Supervisors by every means that there is, and what starts trees in them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ksweep.process import Supervisor
from ksweep.proctable import ProcFs, PsutilTable
from process.making import Starter, marked


def _without_cgroups() -> Supervisor:
    return Supervisor(ProcFs(), None, adopts=Supervisor.here()._adopts)


def _as_on_macos() -> Supervisor:
    set_child_subreaper = 36
    ctypes.CDLL(None).prctl(set_child_subreaper, 0, 0, 0, 0)
    return Supervisor(PsutilTable(), None, adopts=False)


MEANS: dict[str, Callable[[], Supervisor]] = {
    "everything": Supervisor.here,
    "without control groups": _without_cgroups,
    "as on macOS": _as_on_macos,
}


@pytest.fixture(params=MEANS)
def supervisor(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Supervisor]:
    if request.param == "as on macOS":
        monkeypatch.delattr(os, "pidfd_open")
        monkeypatch.delattr(os, "waitid")
    made = MEANS[request.param]()
    yield made
    made.close()


@pytest.fixture
def best() -> Iterator[Supervisor]:
    made = Supervisor.here()
    yield made
    made.close()


@pytest.fixture
def without_cgroups() -> Iterator[Supervisor]:
    made = _without_cgroups()
    yield made
    made.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    yield Starter(tmp_path)
    assert marked(tmp_path) == []

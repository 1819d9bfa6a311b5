"""Optional libraries: there, or how to get them."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from ksweep import extras
from ksweep.errors import InputError


@pytest.fixture
def _without(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such library, even where it is installed."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "pynvml"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [])


def test_a_library_that_is_there() -> None:
    assert extras.find("json") is json


@pytest.mark.usefixtures("_without")
def test_a_library_that_is_not_there() -> None:
    assert extras.find("pynvml") is None


@pytest.mark.usefixtures("_without")
def test_a_library_that_somebody_asked_for() -> None:
    with pytest.raises(InputError) as caught:
        extras.load("pynvml", "pynvml", "CONFIG_SWEEP_GPUS")
    assert str(caught.value) == (
        "CONFIG_SWEEP_GPUS: it needs pynvml, which is not installed; "
        f"install the extra `gpu`: {sys.executable} -m pip install 'ksweep[gpu]'"
    )


def test_a_directory_of_that_name_is_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W&B makes a directory `wandb` wherever it runs."""
    (tmp_path / "wandb").mkdir()
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    importlib.invalidate_caches()
    with pytest.raises(InputError, match="CONFIG_SWEEP_TRACK_WANDB: it needs wandb, which is not"):
        extras.require("wandb", "CONFIG_SWEEP_TRACK_WANDB")

"""A machine whose GPUs a test makes up."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ksweep.probe import Gpus

FAKES = Path(__file__).parent.parent / "fakes"


class Machine:
    """`library` is the fake module, `file` what it reads."""

    def __init__(self, file: Path, library: ModuleType) -> None:
        self.file = file
        self.library = library

    def has(self, *gpus: dict[str, Any], **machine: Any) -> None:
        self.file.write_text(json.dumps({"gpus": gpus, **machine}))

    def found(self, *gpus: dict[str, Any]) -> Gpus:
        self.has(*gpus)
        found = Gpus.find(self.library)
        assert found is not None
        return found


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    spec = importlib.util.spec_from_file_location("fake_pynvml", FAKES / "pynvml.py")
    assert spec is not None
    assert spec.loader is not None
    library = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(library)
    file = tmp_path / "nvml.json"
    monkeypatch.setenv("KSWEEP_FAKE_NVML", str(file))
    return Machine(file, library)

"""The tables of many results, written by a copy of the process, are the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ksweep.errors import SurroundingsError
from ksweep.report import summary, writing
from ksweep.report.reading import read_view
from ksweep.report.writing import tables_written
from ksweep.store import Results
from report.sweeps import lay_out, trials


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return lay_out(tmp_path, trials(12))


@pytest.fixture(params=["copy", "here"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "copy":
        monkeypatch.setattr(writing, "_LEAST", 1)
    return str(request.param)


def test_both_are_there_after_the_block(
    results: Results, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, made_here = os.getpid(), []
    pieces = summary.pieces
    monkeypatch.setattr(
        writing, "pieces", lambda view: made_here.append(os.getpid()) or pieces(view)
    )
    view = read_view(results)
    with tables_written(results, view):
        pass
    assert Path(results.outputs.summary).read_text() == summary.summary_json(view)
    assert Path(results.outputs.table).read_text() == summary.results_csv(view)
    assert made_here == ([] if place == "copy" else [here])


def test_what_cannot_be_written_is_told_once(
    results: Results, place: str, capfd: pytest.CaptureFixture[str]
) -> None:
    os.mkdir(results.outputs.table)
    os.mkdir(f"{results.outputs.table}/in the way")
    with pytest.raises(SurroundingsError), tables_written(results, read_view(results)):
        pass
    assert not Path(results.outputs.summary).exists()
    assert not [name for name in os.listdir(results.path) if "ksweep-new" in name]
    assert capfd.readouterr() == ("", "")

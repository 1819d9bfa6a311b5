"""The best few again: a range file with them and nothing else, by identity."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.runs import repeated_axes
from ksweep.errors import InputError
from ksweep.report.reading import config_reader, read_view
from ksweep.report.refined import RangeSource
from ksweep.report.rerun import rerun_text
from ksweep.space import Space
from ksweep.store import Results
from report.test_refined import Score, hash_of, lines_of, range_files, read, swept


def again(results: Results, top: int, repeat: int | None = 3) -> tuple[str, Overview]:
    view = read_view(results)
    found = overview(view, rank(view.results, choose_basis(view.results, view.settings)))
    text = rerun_text(RangeSource(results), view, found, config_reader(results), top, repeat)
    return text, found


def ids(space: Space) -> set[str]:
    return {space.resolve(point).id for point in space.enumerate(20_000).points}


def check(text: str, score: Score, top: int) -> str:
    """The file has the configurations of the best and no other, with all that only repeats."""
    results = swept(text, score)
    written, found = again(results, top)
    repeated = repeated_axes(read_view(results))
    best = [result.params for result in found.ranking.ranked[:top]]
    wanted = {
        entry.id
        for entry in results.entries
        if {n: v for n, v in entry.params.items() if n not in repeated} in best
    }
    assert ids(read(written)[1]) == wanted
    return written


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_linked_axis_carries_the_best():
    text = 'CONFIG_SWEEP_JOBS=2\nCONFIG_BATCH=1|2|4\nCONFIG_MODEL="a, \\"b|c"|x\nCONFIG_AMP=y|n\n'
    found = check(text, lambda params: float(hash_of(params) % 17), 3)
    assert lines_of(found)[:2] == ["CONFIG_SWEEP_JOBS=2", "CONFIG_SWEEP_REPEAT=3"]
    assert sum(line.startswith("(CONFIG_BATCH, CONFIG_MODEL, CONFIG_AMP)=(") for line in
               lines_of(found)) == 1  # fmt: skip
    assert "exclude" not in found


def test_choices_and_what_they_hide():
    text = (
        "CONFIG_OPT_SGD|CONFIG_OPT_ADAM|CONFIG_OPT_RMS=y\nCONFIG_MOMENTUM=0.5|0.9\n"
        "CONFIG_NESTEROV=y|n\nCONFIG_LR=0.1|0.20|3\nCONFIG_SEED=1|2\n"
        'CONFIG_SWEEP_REPLICATE="SEED"\n(CONFIG_WARMUP, CONFIG_RAMP)=(100, 70)|(200, 80)\n'
        "CONFIG_AMP=*\n"
    )
    for top in (1, 2, 5, 30):
        found = check(text, lambda params: float(hash_of(params) % 101), top)
        assert "CONFIG_SEED=1|2" in lines_of(found)


def test_what_was_drawn_runs_again_by_the_grid():
    text = "CONFIG_SWEEP_METHOD_QMC=y\nCONFIG_SWEEP_TRIALS=9\nCONFIG_LR=loguniform(1e-5, 1e-1)\n"
    found = check(text, lambda params: float(params["CONFIG_LR"]), 4)
    assert "CONFIG_SWEEP_METHOD_QMC=y" not in found


@settings(max_examples=12)
@given(range_files(), st.integers(1, 6), st.integers(0, 10**6))
def test_it_has_exactly_the_best(text, top, seed):
    random = Random(seed)
    with tempfile.TemporaryDirectory() as directory, chdir(directory):
        os.environ.pop("srctree", None)

        def score(params: Mapping[str, str]) -> float | None:
            return None if random.random() < 0.1 else random.random()

        try:
            results = swept(text, score)
        except InputError:
            return
        view = read_view(results)
        if rank(view.results, choose_basis(view.results, view.settings)).best is None:
            return
        written, found = again(results, top, None)
        repeated = repeated_axes(view)
        best = [result.params for result in found.ranking.ranked[:top]]
        wanted = {
            entry.id
            for entry in results.entries
            if {n: v for n, v in entry.params.items() if n not in repeated} in best
        }
        assert ids(read(written)[1]) == wanted

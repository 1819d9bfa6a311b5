"""What is done so that very many results take little time and memory changes nothing of them."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from ksweep.model import TrialState
from ksweep.store import uncollected
from ksweep.store.record import from_line, from_lines, to_line
from store.making import entry, finish, lay_out, result


def test_results_whose_directories_are_gone_are_in_the_ledger(tmp_path: Path) -> None:
    results = lay_out(tmp_path, 3)
    for one in results.entries[:2]:
        finish(results, one)
    before = results.results()
    for one in (results.entries[0], results.entries[2]):
        shutil.rmtree(results.trial(one).path)
    found = results.results()
    assert found == before
    assert [one.status for one in found[1:]] == [TrialState.SUCCESS, TrialState.PENDING]


def test_a_result_has_the_very_parameters_that_it_was_thought_to_have() -> None:
    one = entry(1, CONFIG_X="1", CONFIG_Y="y")
    line = to_line(result(one))
    read = from_line(line, "here", {one.name: one.params})
    assert read == result(one)
    assert read is not None
    assert read.params is one.params
    other = from_line(line, "here", {one.name: {"CONFIG_X": "1"}, "config_002": one.params})
    assert other == result(one)


@pytest.mark.parametrize("tail", [b" ", b"\n\n", b""])
def test_white_space_around_a_record_is_no_damage(tail: bytes) -> None:
    line = to_line(result(entry(1)))
    assert from_line(b"\n " + line.rstrip() + tail, "here") == result(entry(1))
    assert from_line(line + b"{}", "here") is None


@pytest.mark.parametrize(
    "other",
    [b"", b"{", b"1,2", b"]", b"[1", b"\xff", b'{"version":1}', b"[" * 100_000],
    ids=["empty", "torn", "several", "closed", "open", "no text", "nobody's", "deep"],
)
def test_lines_that_are_read_at_once_say_what_each_of_them_says(other: bytes) -> None:
    lines = [to_line(result(entry(number))) for number in (1, 2)]
    several = [lines[0], other, lines[1]]
    found = from_lines(several, "here")
    assert found == [from_line(line, "here") for line in several]
    assert found == [result(entry(1)), None, result(entry(2))]


def test_a_line_that_was_torn_into_two() -> None:
    lines = [to_line(result(entry(number))) for number in (1, 2, 3)]
    half = len(lines[1]) // 2
    several = [lines[0], lines[1][:half], lines[1][half:], lines[2]]
    assert from_lines(several, "here") == [result(entry(1)), None, None, result(entry(3))]


def test_the_search_for_garbage_goes_on_afterwards() -> None:
    assert gc.isenabled()
    with uncollected(), uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        _ = 1 / 0
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()  # as it was
    finally:
        gc.enable()

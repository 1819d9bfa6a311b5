"""Nothing that others wrote is too strange: a value or an error in words, in bounded time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import bounds
from fuzz.bounds import UnboundedError
from fuzz.seeds import CASES, seeds
from fuzz.strategies import examples
from fuzz.targets import TARGETS
from ksweep.errors import InputError, KsweepError

FOUND = sorted(CASES.glob("*/*"))
LARGE = {
    "range": [
        b'CONFIG_S="' + b"x" * 1_000_000 + b'"\n',
        b"CONFIG_S=" + b"|".join(b"v%d" % n for n in range(20_000)) + b"\n",
        b"(CONFIG_S, CONFIG_R)=" + b"|".join(b"(a%d, b)" % n for n in range(5_000)) + b"\n",
        b"CONFIG_I=1\n" * 10_000,
        b'CONFIG_S="\\' * 100_000,
        b"exclude if " + b"(" * 100_000 + b"\n",
        b'CONFIG_SWEEP_OBJECTIVES="' + b",".join(b"m%d:max" % n for n in range(5_000)) + b'"\n',
    ],
    "expression": [
        b"!" * 100_000 + b"I",
        b"I+" * 50_000 + b"1",
        b"9" * 1_000_000,
        b"0x" + b"f" * 1_000_000,
        b"I" + b" " * 1_000_000 + b"?",
    ],
    "command": [b"a" * 3_000_000, b"{I}" * 30_000, b"'" * 100_001],
    "regex": [b"(" * 100_000, b"(" + b"|".join(b"a%d" % n for n in range(10_000)) + b")"],
    "log": [
        b"loss=" + b"1" * 60_000 + b"x\n",
        b"loss=" + b"1." * 30_000 + b"x\n",
        b"loss" + b" " * 60_000 + b"x\n",
        b"\x1b[" + b"0" * 60_000 + b"\n" + b"\x1b]" * 30_000,
        b"loss=1 " * 1_500_000,
        b'KSWEEP {"loss": 1, "x": "' + b"x" * 10_000_000 + b'"}\n',
        b'KSWEEP {"loss": ' + b"[" * 60_000 + b"\n",
        b'KSWEEP {"loss": ' + b"9" * 50_000 + b"}\n",
        b'KSWEEP {"step": 1e999999999, "loss": 1e999999999}\n',
    ],
    "metric_file": [
        b"[" * 100_000,
        b'{"loss": ' + b"9" * 100_000 + b"}",
        b'{"loss": [' + b"1.5," * 30_000 + b"1]}",
        b'{"loss": 1, "loss": 2}',
    ],
    "record": [b"[" * 100_000, b'{"version": ' + b"9" * 100_000 + b"}"],
    "ledger": [b"\0" * 5_000_000, b"\n" * 300_000],
    "base": [
        b"CONFIG_H=0x" + b"f" * 100_000 + b"\nCONFIG_I=" + b"9" * 100_000 + b"\n",
        b'CONFIG_S="' + b"x" * 1_000_000 + b'"\n',
        b"CONFIG_X=y\n" * 10_000,
        b'CONFIG_S="' + b'\\"' * 100_000 + b'"\n',
    ],
}


@pytest.mark.timeout(120)
@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("target", TARGETS)
@given(data=st.data())
def test_nothing_is_too_strange(target: str, data: st.DataObject) -> None:
    bounds.check(TARGETS[target], data.draw(examples(target)))


@pytest.mark.timeout(30)
@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_once(path: Path) -> None:
    bounds.check(TARGETS[path.parent.name], path.read_bytes())


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("target", "data"),
    [(target, data) for target, several in LARGE.items() for data in several],
    ids=lambda value: value if isinstance(value, str) else repr(value[:20]),
)
def test_nothing_is_too_large(target: str, data: bytes) -> None:
    bounds.check(TARGETS[target], data)


@pytest.mark.parametrize("target", set(TARGETS) - {"search"})
def test_what_is_as_it_should_be_is_read_to_its_end(target: str) -> None:
    """Else the fuzzing would only ever see the first error."""
    found = len(list(CASES.glob(f"{target}/*")))
    TARGETS[target](seeds(target)[-1 - found])


def test_a_search_is_read_to_its_digest() -> None:
    with pytest.raises(InputError, match="has changed since this search began"):
        TARGETS["search"](seeds("search")[0])


def test_words_are_an_answer_and_anything_else_is_a_finding() -> None:
    def told(data: bytes) -> None:
        raise KsweepError("this is wrong")

    def silent(data: bytes) -> None:
        raise KsweepError("")

    def broken(data: bytes) -> None:
        raise ValueError("how it came about is the user's to find out")

    bounds.check(told, b"")
    with pytest.raises(AssertionError):
        bounds.check(silent, b"")
    with pytest.raises(ValueError, match="how it came about"):
        bounds.check(broken, b"")


def test_what_takes_too_long_or_too_much_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(data: bytes) -> None:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    monkeypatch.setattr(bounds, "SECONDS", 0.01)
    with pytest.raises(UnboundedError, match="s for 3 bytes"):
        bounds.check(slow, b"abc")
    monkeypatch.setattr(bounds, "SECONDS", 60)
    monkeypatch.setattr(bounds, "MEGABYTES", -1)
    with pytest.raises(UnboundedError, match="MB for 3 bytes"):
        bounds.check(slow, b"abc")

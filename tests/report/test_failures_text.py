from __future__ import annotations

import pytest
from analysis.making import made, view_of

from ksweep.analysis.failures import causes
from ksweep.model import TrialState
from ksweep.report.failures_text import failures_lines, names_line, shared_clause

FAILED, OOM = TrialState.FAILED, TrialState.OOM
A, B = "CONFIG_A", "CONFIG_B"


def ended(number, a, b="1", status=FAILED, error="exit code 3"):
    code = 3 if status is FAILED else 0
    return made(number, status, params={A: a, B: b}, error=error, exit_code=code)


def worked(number, a, b="1"):
    return made(number, params={A: a, B: b})


@pytest.mark.parametrize(
    ("trials", "clause"),
    [
        ([ended(1, "1", "1"), ended(2, "1", "2")], "; they share: exit code 3, CONFIG_A=1"),
        ([ended(1, "1", "1"), ended(2, "2", "2")], "; they share: exit code 3"),
        ([ended(1, "1")], "; its cause: exit code 3"),
        ([ended(1, "1", status=OOM, error=None)], "; its cause: oom"),
        (
            [ended(1, "1", "1"), ended(2, "1", "2", OOM, "too much"), ended(3, "1", "3")],
            "; they share: CONFIG_A=1; 2 of 3: exit code 3",
        ),
        (
            [ended(1, "1", "1"), ended(2, "2", "2", OOM, "too much")],
            "; 1 of 2: exit code 3",
        ),
        (
            [ended(1, "1"), ended(2, "1"), worked(3, "2"), worked(4, "2")],
            "; they share: exit code 3, CONFIG_A=1",
        ),
    ],
)
def test_the_clause(trials, clause):
    assert shared_clause(view_of(*trials, parameters=(A, B))) == clause


def test_the_clause_does_not_say_of_all_what_holds_for_nearly_all():
    bad = [ended(number, "1" if number else "2") for number in range(20)]
    good = [worked(number, "2") for number in range(20, 60)]
    view = view_of(*bad, *good, parameters=(A, B))
    assert shared_clause(view) == "; they share: exit code 3"
    assert "   19 of 20 failures have CONFIG_A=1, 0 of 40 trials that succeeded have it" in list(
        failures_lines(causes(view))
    )


def test_nothing_said_garbles_a_terminal():
    trials = [
        made(number, FAILED, params={A: "\x1b[2Jx\n" + "9" * 500}, error="\x07\u202eboom\n" * 900)
        for number in (1, 2)
    ]
    view = view_of(*trials, parameters=(A,))
    for text in (shared_clause(view), *failures_lines(causes(view))):
        assert text.isascii()
        assert all(c.isprintable() for c in text)
        assert len(text) < 300


@pytest.mark.parametrize(
    ("tail", "shown"),
    [
        ("a\nb\n", "b"),
        ("a\n \n\n", "a"),
        ("\x1b]0;title\x07b\n", r"\x1b]0;title\x07b"),
        ("x" * 4096, "x" * 157 + "..."),
    ],
)
def test_the_last_line_of_the_log(tail, shown):
    view = view_of(made(1, FAILED, log_tail=tail))
    assert list(failures_lines(causes(view)))[-1] == f"   its log ends: {shown}"


@pytest.mark.parametrize("tail", [None, "", " \n\n"])
def test_a_log_that_says_nothing(tail):
    view = view_of(made(1, FAILED, exit_code=1, error="exit code 1", log_tail=tail))
    assert list(failures_lines(causes(view))) == ["", "config_001: failed", "   exit code 1"]


def test_a_few_names_and_how_many_more():
    results = [made(number) for number in range(1, 1013)]
    assert names_line(results[:2]) == "config_001, config_002"
    assert names_line(results).endswith(", config_009, config_010 and 1,002 more")


def test_a_bound_of_an_oom_names_the_axis():
    trials = [ended(n, str(2**n), "1", OOM, "too much") for n in (8, 9)]
    trials += [worked(n, str(2**n)) for n in (6, 7)]
    assert list(failures_lines(causes(view_of(*trials, parameters=(A, B))))) == [
        "",
        "2 trials: oom",
        "   too much",
        "   config_008, config_009",
        "   most likely to blame: CONFIG_A"
        " (2 of 2 failures have CONFIG_A >= 256, 0 of 2 trials that succeeded have it)",
    ]
